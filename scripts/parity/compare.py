"""Compares references made now with the committed ones.

Usage: compare.py COMMITTED_DIR FRESH_DIR [NAME...]

Files called NAME.* are those that could not be made again here.

Integers must be equal. Floats may differ by TOLERANCE of their tensor's largest value (at least 1), since another processor rounds otherwise.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

TOLERANCE = 1e-5
# Of config.json: what some releases of transformers write and others do not, and what names the release.
OF_THE_RELEASE = {"add_cross_attention", "bos_token_id", "dtype", "eos_token_id", "is_decoder", "position_embedding_type", "tie_word_embeddings",
                  "torch_dtype", "transformers_version"}


def tensor_difference(committed: torch.Tensor, fresh: torch.Tensor) -> str | None:
    """Returns what is wrong with fresh, or nothing."""
    if committed.shape != fresh.shape or committed.dtype != fresh.dtype:
        return f"{tuple(fresh.shape)} {fresh.dtype}, committed {tuple(committed.shape)} {committed.dtype}"
    if not committed.is_floating_point():
        return None if torch.equal(committed, fresh) else "integers differ"
    if not (committed.isfinite().all() and fresh.isfinite().all()):
        return "not finite"
    scale = max(1.0, committed.abs().max().item())
    worst = (committed - fresh).abs().max().item() / scale
    return None if worst <= TOLERANCE else f"differs by {worst:.2e} of its largest value"


def file_differences(committed: Path, fresh: Path) -> list[str]:
    """Returns what differs between two files of the same name."""
    if committed.suffix == ".safetensors":
        old, new = load_file(str(committed)), load_file(str(fresh))
        if old.keys() != new.keys():
            return [f"tensors {sorted(old.keys() ^ new.keys())} are in one only"]
        found = ((name, tensor_difference(old[name], new[name])) for name in sorted(old))
        return [f"{name}: {difference}" for name, difference in found if difference]
    old_text, new_text = committed.read_text(encoding="utf-8"), fresh.read_text(encoding="utf-8")
    if committed.suffix == ".json":
        old_json, new_json = json.loads(old_text), json.loads(new_text)
        aside = OF_THE_RELEASE if committed.name == "config.json" else {"torch"}
        return [key for key in sorted({*old_json, *new_json} - aside) if old_json.get(key) != new_json.get(key)]
    return [] if old_text == new_text else ["text differs"]


def main() -> None:
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    committed, fresh = Path(sys.argv[1]), Path(sys.argv[2])
    names = sorted(path.name for path in fresh.iterdir())
    problems = [f"{path.name}: committed, but not made any more" for path in committed.iterdir()
                if path.suffix in (".json", ".safetensors") and path.name not in names and path.stem not in sys.argv[3:]]
    for name in names:
        if not (committed / name).exists():
            problems.append(f"{name}: not committed")
            continue
        problems += [f"{name}: {difference}" for difference in file_differences(committed / name, fresh / name)]
    for problem in problems:
        print(f"{committed}: {problem}", file=sys.stderr)
    if problems:
        raise SystemExit(1)
    print(f"{committed}: {len(names)} files as committed (floats within {TOLERANCE:g})")


if __name__ == "__main__":
    main()

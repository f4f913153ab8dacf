"""A reference: named tensors in NAME.safetensors and what they are in NAME.json, as testdata/reference/README.md lists them."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

torch.set_num_threads(2)


def write(folder: Path, name: str, about: str, settings: dict, tensors: dict[str, torch.Tensor]) -> None:
    """Writes one reference. Floats become float32; integers and masks become int64."""
    stored = {}
    for key, tensor in tensors.items():
        tensor = tensor.detach()
        stored[key] = tensor.to(torch.float32 if tensor.is_floating_point() else torch.int64).contiguous().clone()
    folder.mkdir(parents=True, exist_ok=True)
    save_file(stored, str(folder / f"{name}.safetensors"))
    description = {
        "about": about,
        "torch": torch.__version__,
        "settings": settings,
        "tensors": {key: list(tensor.shape) for key, tensor in sorted(stored.items())},
    }
    (folder / f"{name}.json").write_text(json.dumps(description, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def scalar(value: torch.Tensor) -> torch.Tensor:
    """Returns a 0-dimensional tensor as shape [1], which every reader of safetensors handles."""
    return value.reshape(1)


def unit_rows(rows: int, size: int, generator: torch.Generator) -> torch.Tensor:
    """Returns random rows of length 1, as a bi-encoder's outputs are."""
    return torch.nn.functional.normalize(torch.randn(rows, size, generator=generator), dim=1)


def parameter(*shape: int, generator: torch.Generator, deviation: float) -> torch.Tensor:
    """Returns a random trainable tensor."""
    return (torch.randn(*shape, generator=generator) * deviation).requires_grad_()

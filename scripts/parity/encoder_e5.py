"""Hidden states of the bilingual e5-small of ../shared, in BERT's layout and in RoBERTa's, as transformers computes them.

The folder's weights are multilingual-e5-small from a 4-bit copy with the vocabulary cut to Chinese and English, not an official release.
"""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModel

import encoder_minilm
import reference
import sentences

NAMES = ("e5-small-zh-en", "e5-small-zh-en-roberta")
PADDING = 1  # the tokenizer's <pad>, from which RoBERTa counts positions
ABOUT = (
    "e5-small-zh-en of ../shared over sentences that begin with \"query: \", as one padded batch (batches of 32 for the larger set): transformers' "
    "last_hidden_state, stored packed. Its rewriting in RoBERTa's layout gives the same to 1e-6, which is checked here."
)


def load_tokenizer(folder: Path) -> Tokenizer:
    """Loads tokenizer.json, of whose Metaspace tokenizers 0.15.2 wants an older spelling: it has no "split" and always splits."""
    content = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    for part in (content["pre_tokenizer"], content["decoder"]):
        if part.pop("split") is not True:
            raise SystemExit(f"{folder}: tokenizers 0.15.2 cannot keep words together")
        part["add_prefix_space"] = True
    return Tokenizer.from_str(json.dumps(content))


@torch.no_grad()
def encode(folder: Path, ids: list[list[int]], batch: int) -> torch.Tensor:
    """Returns the packed hidden states [N, H] of the sequences."""
    model = AutoModel.from_pretrained(str(folder), dtype=torch.float32, add_pooling_layer=False).eval()
    parts = []
    for start in range(0, len(ids), batch):
        input_ids, mask = encoder_minilm.padded(ids[start : start + batch])
        input_ids[mask == 0] = PADDING
        parts.append(model(input_ids=input_ids, attention_mask=mask).last_hidden_state[mask.bool()])
    return torch.cat(parts)


def write(folder: Path, models: Path, texts: list[str], batch: int) -> None:
    """Writes the reference encoder-e5 of the texts."""
    texts = ["query: " + text for text in texts]
    ids = [encoding.ids for encoding in load_tokenizer(models / NAMES[0]).encode_batch(texts)]
    bert, roberta = (encode(models / name, ids, batch) for name in NAMES)
    if (worst := (bert - roberta).abs().max().item()) > 1e-6:
        raise SystemExit(f"the two layouts of e5-small-zh-en differ by {worst:.2e}")
    input_ids, mask = encoder_minilm.padded(ids)
    reference.write(folder, "encoder-e5", ABOUT, {"texts": texts, "batch": batch}, {
        "input_ids": input_ids, "lengths": mask.sum(1), "hidden": bert,
    })


def fixed(folder: Path, models: Path) -> None:
    """Writes encoder-e5, the committed reference."""
    write(folder, models, sentences.FIXED[:6], batch=6)


def larger(folder: Path, models: Path) -> None:
    """Writes encoder-e5 over more sentences, too large to commit."""
    write(folder, models, sentences.mixed(200, seed=8), batch=32)

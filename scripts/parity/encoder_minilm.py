"""Hidden states and mean-pooled embeddings of MiniLM-L6 as transformers computes them."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertModel
from tokenizers import Tokenizer

import reference
import sentences

# The architecture of all-MiniLM-L6-v2. Written here because the package that carries the weights has another file as config.json.
CONFIG = dict(
    vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536,
    max_position_embeddings=512, type_vocab_size=2, hidden_act="gelu", layer_norm_eps=1e-12,
)
MAX_LENGTH = 256  # sentence_bert_config.json of the same model
ABOUT = (
    "all-MiniLM-L6-v2 over sentences as one padded batch (batches of 32 for the larger set): transformers' last_hidden_state, stored "
    "packed, that is without the padding's rows, sentence after sentence; and the mean over the tokens of each sentence, L2-normalised."
)


def load_encoder(folder: Path) -> BertModel:
    """Loads the weights and checks that all of them, and no others, have been taken."""
    model = BertModel(BertConfig(**CONFIG), add_pooling_layer=False)
    stored = load_file(str(folder / "model.safetensors"))
    missing, unexpected = model.load_state_dict(stored, strict=False)
    unexpected = [name for name in unexpected if not name.startswith("pooler.") and name != "embeddings.position_ids"]
    missing = [name for name in missing if name != "embeddings.position_ids"]
    if missing or unexpected:
        raise SystemExit(f"encoder weights {folder}: missing {missing}, unexpected {unexpected}")
    return model.eval()


def load_tokenizer(folder: Path, max_length: int = MAX_LENGTH) -> Tokenizer:
    """Loads tokenizer.json with truncation at max_length and without its fixed padding."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    return tokenizer


def padded(ids: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the ids [B, T], 0 at padding, and the mask [B, T], 1 at tokens."""
    longest = max(map(len, ids))
    input_ids = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
    return input_ids, mask


@torch.no_grad()
def encode(model: BertModel, ids: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the packed hidden states [N, H] and the normalised mean-pooled embeddings [B, H] of one batch."""
    input_ids, mask = padded(ids)
    hidden = model(input_ids=input_ids, attention_mask=mask).last_hidden_state
    weights = mask.unsqueeze(-1).float()
    pooled = (hidden * weights).sum(1) / weights.sum(1)
    return hidden[mask.bool()], torch.nn.functional.normalize(pooled, dim=1)


def write(folder: Path, name: str, model_folder: Path, texts: list[str], batch: int) -> None:
    """Writes the reference of the texts, encoded batch by batch in their order."""
    model = load_encoder(model_folder)
    ids = [encoding.ids for encoding in load_tokenizer(model_folder).encode_batch(texts)]
    parts = [encode(model, ids[start : start + batch]) for start in range(0, len(ids), batch)]
    input_ids, mask = padded(ids)
    settings = {"model": "all-MiniLM-L6-v2", "max_length": MAX_LENGTH, "batch": batch, "texts": texts, "config": CONFIG}
    reference.write(folder, name, ABOUT, settings, {
        "input_ids": input_ids,
        "attention_mask": mask,
        "lengths": mask.sum(1),
        "hidden": torch.cat([hidden for hidden, _ in parts]),
        "embedding": torch.cat([embedding for _, embedding in parts]),
    })


def fixed(folder: Path, model_folder: Path) -> None:
    """Writes encoder-minilm, the committed reference."""
    write(folder, "encoder-minilm", model_folder, sentences.FIXED, batch=len(sentences.FIXED))


def larger(folder: Path, model_folder: Path, count: int = 200) -> None:
    """Writes encoder-minilm over more sentences, too large to commit."""
    write(folder, "encoder-minilm", model_folder, sentences.mixed(count, seed=7), batch=32)

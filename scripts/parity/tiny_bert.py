"""A tiny BERT with random weights in Hugging Face's layout, its hidden states and the gradients of all its parameters."""

import json
import shutil
import tempfile
from pathlib import Path

import torch
from transformers import BertConfig, BertModel, BertTokenizerFast

import encoder_minilm
import reference

PIECES = [
    "we", "you", "they", "need", "want", "a", "an", "the", "and", "or", "in", "of", "to", "for", "with", "on", "is", "are", "must", "can",
    "develop", "design", "test", "weld", "paint", "drive", "teach", "cook", "repair", "plan", "sell", "write", "team", "data", "code", "go",
    "java", "truck", "pump", "bread", "garden", "nurse", "welder", "driver", "teacher", "report", "budget", "law", "tax", "safety", "pay",
    "holiday", "bonus", "free", "fruit", "work", "skill", "year", "good", "new", "##s", "##ing", "##er", "##ed", "##or", "##ment", "##al",
    "##ly", "##able", "##tion", "数", "据", "分", "析", "工", "程", "师", "团", "队", "焊", "接", "会", "计", "的", "我", "们", "需", "要",
]
TEXTS = [
    "We need a welder.", "Go", "You test code, write reports and plan the budget of a new team!", "我们需要工程师", "Free fruit & a bonus",
    "teachers can be drivers: a good holiday is tax-free, paint the garden pump with care",
]
ABOUT = (
    "testdata/tiny-bert over six texts as one padded batch, dropout off. loss = sum(hidden * loss_weights) over the packed hidden states; "
    "grad.NAME is its gradient with respect to the parameter NAME of model.safetensors. The pooler takes no part."
)


def vocabulary(size: int) -> list[str]:
    """Returns the special tokens, single characters, their continuations and PIECES, filled up to size with unused entries."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *("##" + letter for letter in letters), *".,:;!?&-+()0123456789"]
    tokens += [piece for piece in PIECES if piece not in tokens]
    assert len(tokens) == len(set(tokens)) <= size, len(tokens)
    return tokens + [f"[unused{i}]" for i in range(size - len(tokens))]


def random_model() -> BertModel:
    """Returns the model with weights large enough for attention and gelu to leave their linear range."""
    config = BertConfig(
        vocab_size=200, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64, type_vocab_size=2, hidden_act="gelu", layer_norm_eps=1e-12,
    )
    return randomise(BertModel(config), seed=11)


def in_order(name: str) -> int:
    """Orders the tables of an embedding, and the classifier behind the encoder, alike under every release of transformers."""
    tables = ("word_embeddings", "position_embeddings", "token_type_embeddings", "LayerNorm")
    return next((i for i, table in enumerate(tables) if f"embeddings.{table}." in name), len(tables) + name.startswith("classifier."))


def randomise(model: torch.nn.Module, seed: int) -> torch.nn.Module:
    """Replaces all weights by random ones."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters(), key=lambda parameter: in_order(parameter[0])):
            noise = torch.randn(weight.shape, generator=generator)
            if name.endswith("LayerNorm.weight"):
                weight.copy_(1 + 0.2 * noise)
            else:
                weight.copy_(0.2 * noise)
    return model.eval()


def save_folder(model: BertModel, folder: Path) -> None:
    """Saves config.json, model.safetensors, vocab.txt and tokenizer_config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        model.save_pretrained(temporary, safe_serialization=True)
        for name in ("config.json", "model.safetensors"):
            shutil.copyfile(Path(temporary) / name, folder / name)
    (folder / "vocab.txt").write_text("\n".join(vocabulary(200)) + "\n", encoding="utf-8")
    settings = {"do_lower_case": True, "model_max_length": 64, "tokenizer_class": "BertTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n")


def write(folder: Path, model_folder: Path) -> None:
    """Writes the model's folder and the reference tiny-bert."""
    save_folder(random_model(), model_folder)
    model = BertModel.from_pretrained(str(model_folder)).eval()
    tokenizer = BertTokenizerFast.from_pretrained(str(model_folder))
    ids = [tokenizer(text)["input_ids"] for text in TEXTS]
    reference.write(folder, "tiny-bert", ABOUT, {"texts": TEXTS}, hidden_and_gradients(model, *encoder_minilm.padded(ids)))


def hidden_and_gradients(model: torch.nn.Module, input_ids: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
    """Returns the reference's tensors for one padded batch."""
    hidden = model(input_ids=input_ids, attention_mask=mask).last_hidden_state[mask.bool()]
    weights = torch.randn(hidden.shape, generator=torch.Generator().manual_seed(12))
    loss = (hidden * weights).sum()
    loss.backward()
    tensors = {
        "input_ids": input_ids, "attention_mask": mask, "lengths": mask.sum(1),
        "hidden": hidden, "loss_weights": weights, "loss": reference.scalar(loss),
    }
    for name, weight in model.named_parameters():
        if not name.startswith("pooler."):
            tensors[f"grad.{name}"] = weight.grad
    return tensors

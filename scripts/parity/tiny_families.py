"""Tiny encoders of the other families with random weights, their hidden states and the gradients of all their parameters.

Each is saved the way its pretrained weights usually come: some under a head's prefix, some bare.
"""

import json
import shutil
import tempfile
from pathlib import Path

import torch
from transformers import (
    CamembertConfig,
    CamembertForSequenceClassification,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    ElectraConfig,
    ElectraForSequenceClassification,
    MPNetConfig,
    MPNetModel,
    MPNetTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaModel,
)

import reference
import tiny_bert

LENGTHS = [7, 2, 19, 4]  # and one that takes all positions
ROBERTA = dict(
    vocab_size=120, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, max_position_embeddings=66,
    type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2,
)
ABOUT = (
    "testdata/{name} over five random sequences as one padded batch, dropout off. loss = sum(hidden * loss_weights) over the packed hidden "
    "states; grad.NAME is its gradient with respect to the parameter that model.safetensors holds as {prefix}NAME."
)


def xlm_roberta() -> tuple[torch.nn.Module, str]:
    return XLMRobertaModel(XLMRobertaConfig(**ROBERTA), add_pooling_layer=False), ""


def camembert() -> tuple[torch.nn.Module, str]:
    return CamembertForSequenceClassification(CamembertConfig(**ROBERTA)), "roberta."


def distilbert() -> tuple[torch.nn.Module, str]:
    config = DistilBertConfig(vocab_size=120, dim=32, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=64, activation="gelu")
    return DistilBertForSequenceClassification(config), "distilbert."


def electra() -> tuple[torch.nn.Module, str]:
    config = ElectraConfig(
        vocab_size=120, embedding_size=16, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=64, type_vocab_size=2,
    )
    return ElectraForSequenceClassification(config), "electra."


def mpnet() -> tuple[torch.nn.Module, str]:
    config = MPNetConfig(
        vocab_size=200, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, max_position_embeddings=142,
        relative_attention_num_buckets=32, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0, eos_token_id=2,
    )
    return MPNetModel(config, add_pooling_layer=False), ""


FAMILIES = {"xlm-roberta": xlm_roberta, "camembert": camembert, "distilbert": distilbert, "electra": electra, "mpnet": mpnet}


def write(references: Path, testdata: Path) -> None:
    """Writes testdata/tiny-FAMILY (config.json, model.safetensors) and the reference tiny-FAMILY of every family."""
    for seed, (family, make) in enumerate(FAMILIES.items(), start=21):
        name = f"tiny-{family}"
        torch.manual_seed(seed)
        model, prefix = make()
        tiny_bert.randomise(model, seed)
        save_folder(model, testdata / name)
        encoder = getattr(model, prefix[:-1]) if prefix else model
        input_ids, mask = random_batch(encoder.config, seed)
        tensors = tiny_bert.hidden_and_gradients(encoder, input_ids, mask)
        reference.write(references, name, ABOUT.format(name=name, prefix=prefix), {"lengths": mask.sum(1).tolist()}, tensors)
    write_mpnet_tokenizer(references, testdata / "tiny-mpnet")


def save_folder(model: torch.nn.Module, folder: Path) -> None:
    """Saves config.json and model.safetensors."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        model.save_pretrained(temporary, safe_serialization=True)
        for name in ("config.json", "model.safetensors"):
            shutil.copyfile(Path(temporary) / name, folder / name)


def random_batch(config, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns random sequences of LENGTHS and a longest one as one padded batch, and its mask. MPNet's longest one reaches every bucket of its
    position bias: from 128 places on they share the last."""
    longest = config.max_position_embeddings - (2 if config.pad_token_id == 1 else 0)
    lengths = [*LENGTHS, longest]
    generator = torch.Generator().manual_seed(100 + seed)
    rows = [torch.randint(3, config.vocab_size, (length,), generator=generator) for length in lengths]
    input_ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=config.pad_token_id)
    mask = torch.tensor([[1] * length + [0] * (longest - length) for length in lengths])
    return input_ids, mask


def write_mpnet_tokenizer(references: Path, folder: Path) -> None:
    """Writes a vocabulary as MPNet's models carry it (vocab.txt, tokenizer_config.json) and the ids of tiny_bert's texts."""
    pieces = tiny_bert.vocabulary(200)
    specials = {"[CLS]": "<s>", "[PAD]": "<pad>", "[SEP]": "</s>", "[MASK]": "<mask>", "[UNK]": "[UNK]"}
    rest = [piece for piece in pieces if piece not in specials]
    vocabulary = ["<s>", "<pad>", "</s>", *rest[: 200 - 5], "[UNK]", "<mask>"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    settings = {"do_lower_case": True, "model_max_length": 64, "tokenizer_class": "MPNetTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n")
    tokenizer = MPNetTokenizerFast.from_pretrained(str(folder))
    ids = [tokenizer(text)["input_ids"] for text in tiny_bert.TEXTS]
    text = {"texts": tiny_bert.TEXTS, "input_ids": ids}
    (references / "tiny-mpnet-tokens.json").write_text(json.dumps(text, ensure_ascii=False) + "\n", encoding="utf-8")

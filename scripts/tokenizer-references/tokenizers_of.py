"""Load Hugging Face tokenizers from a folder, without truncation and padding."""

import json
import pathlib
import shutil
import tempfile

from tokenizers import Tokenizer
from transformers import BertTokenizerFast, RobertaTokenizerFast


def metaspace_of_old(part):
    """tokenizers 0.15 does not know prepend_scheme without add_prefix_space, which later files leave out: the same, spelt for it."""
    if part and part["type"] == "Metaspace" and "add_prefix_space" not in part:
        return dict(type="Metaspace", replacement=part["replacement"], add_prefix_space=part["prepend_scheme"] != "never", prepend_scheme="always")
    return part


def from_json(folder):
    file = json.loads(pathlib.Path(folder, "tokenizer.json").read_text(encoding="utf-8"))
    for key in ("pre_tokenizer", "decoder"):
        file[key] = metaspace_of_old(file[key])
    tokenizer = Tokenizer.from_str(json.dumps(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def from_vocab(folder):
    """What transformers makes of a folder that has no tokenizer.json."""
    files = [f for f in pathlib.Path(folder).iterdir() if f.name != "tokenizer.json"]
    kind = BertTokenizerFast if any(f.name == "vocab.txt" for f in files) else RobertaTokenizerFast
    with tempfile.TemporaryDirectory() as only_vocab:
        for file in files:
            shutil.copy(file, only_vocab)
        return kind.from_pretrained(only_vocab).backend_tokenizer

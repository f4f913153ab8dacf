"""Write what Hugging Face tokenizers makes of mixed_lines.py's lines, as JSON lines for the Go tests.

A record has the text, and for each tokenizer its ids and its ids truncated to 16:
    {"text": "...", "ids": {"minilm": [...]}, "ids16": {"minilm": [...]}}
or, from the sweep over the code points, the text after BertNormalizer with each set of switches (c clean_text, h
handle_chinese_chars, s strip_accents, l lowercase):
    {"text": "...", "normalized": {"chsl": "...", "": "..."}}
"""

import argparse
import itertools
import json
import random
import tempfile
import pathlib
import shutil

from tokenizers import Tokenizer, normalizers
from transformers import BertTokenizerFast

import cased_vocabulary
import mixed_lines

SEED = 20260301


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
    with tempfile.TemporaryDirectory() as only_vocab:
        for name in ("vocab.txt", "tokenizer_config.json"):
            shutil.copy(pathlib.Path(folder) / name, only_vocab)
        return BertTokenizerFast.from_pretrained(only_vocab).backend_tokenizer


def encode(tokenizers, text):
    record = {"text": text, "ids": {}, "ids16": {}}
    for name, tokenizer in tokenizers.items():
        record["ids"][name] = tokenizer.encode(text).ids
        tokenizer.enable_truncation(16)
        record["ids16"][name] = tokenizer.encode(text).ids
        tokenizer.no_truncation()
    return record


def normalizer_of(switches):
    return normalizers.BertNormalizer(
        clean_text="c" in switches, handle_chinese_chars="h" in switches, strip_accents="s" in switches, lowercase="l" in switches
    )


def normalized(text, of):
    return {"text": text, "normalized": {switches: n.normalize_str(text) for switches, n in of.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cased", required=True, help="folder of the small cased tokenizer; made again by --make-cased")
    parser.add_argument("--make-cased", action="store_true")
    parser.add_argument("--minilm", help="folder with a tokenizer.json")
    parser.add_argument("--bge", help="folder with a tokenizer.json")
    parser.add_argument("--e5", help="folder with a tokenizer.json; not in the golden sample")
    parser.add_argument("--roberta", help="folder with a tokenizer.json; not in the golden sample")
    parser.add_argument("--lines", type=int, default=6000, help="random lines beside the fixed ones")
    parser.add_argument("--golden", action="store_true", help="a small sample for the repository, no sweep")
    parser.add_argument("out")
    args = parser.parse_args()
    if args.make_cased:
        cased_vocabulary.write(args.cased)
    tokenizers = {"cased": from_json(args.cased), "cased-vocab": from_vocab(args.cased)}
    for name in ("minilm", "bge") if args.golden else ("minilm", "bge", "e5", "roberta"):
        if folder := getattr(args, name):
            tokenizers[name] = from_json(folder)
    lines = list(mixed_lines.lines(args.lines, SEED))
    if args.golden:
        short = [line for line in lines if len(line) < 120]
        lines = random.Random(SEED).sample(short, 400) + ["漢" * 101, "welding" * 15, "a " * 300]
    with open(args.out, "w", encoding="utf-8") as out:
        for text in lines:
            print(json.dumps(encode(tokenizers, text), ensure_ascii=True, separators=(",", ":")), file=out)
        of = {s: normalizer_of(s) for s in map("".join, itertools.product(*zip("chsl", [""] * 4)))}
        if args.golden:
            of = {s: of[s] for s in ("chsl", "hl", "s", "")}
            for text in ["İSTANBUL", "DİYARBAKIR ΟΔΥΣΣΕΥΣ", *mixed_lines.REORDERED, *(line for line in lines if len(line) < 40)][:120]:
                print(json.dumps(normalized(text, of), ensure_ascii=True, separators=(",", ":")), file=out)
        else:
            for text in mixed_lines.sweep():
                print(json.dumps(encode(tokenizers, text), ensure_ascii=True, separators=(",", ":")), file=out)
            for text in itertools.chain(mixed_lines.sweep(), (line for line in lines if len(line) < 2000)):
                print(json.dumps(normalized(text, of), ensure_ascii=True, separators=(",", ":")), file=out)


main()

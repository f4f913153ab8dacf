"""Write what Hugging Face tokenizers makes of mixed_lines.py's lines, as JSON lines for the Go tests.

A record has the text, and for each tokenizer its ids and its ids truncated to 16:
    {"text": "...", "ids": {"minilm": [...]}, "ids16": {"minilm": [...]}}
or, from the sweep over the code points, the text after BertNormalizer with each set of switches (c clean_text, h
handle_chinese_chars, s strip_accents, l lowercase), and after the normalizers that Unigram tokenizers have:
    {"text": "...", "normalized": {"chsl": "...", "": "...", "nfkc": "...", "charsmap": "..."}}
"""

import argparse
import base64
import itertools
import json
import random
import pathlib

from tokenizers import normalizers

import bpe_fixture
import cased_vocabulary
import mixed_lines
import unigram_fixture
from tokenizers_of import from_json, from_vocab

SEED = 20260301


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
    parser.add_argument("--fixtures", required=True, help="folder of our own small tokenizers, cased, unigram and bpe; made again by --make-fixtures")
    parser.add_argument("--make-fixtures", action="store_true")
    parser.add_argument("--minilm", help="folder with a tokenizer.json")
    parser.add_argument("--bge", help="folder with a tokenizer.json")
    parser.add_argument("--e5", help="folder with a tokenizer.json; not in the golden sample")
    parser.add_argument("--roberta", help="folder with a tokenizer.json; not in the golden sample")
    parser.add_argument("--lines", type=int, default=6000, help="random lines beside the fixed ones")
    parser.add_argument("--golden", action="store_true", help="a small sample for the repository, no sweep")
    parser.add_argument("out")
    args = parser.parse_args()
    cased, unigram, bpe = (pathlib.Path(args.fixtures) / name for name in ("cased", "unigram", "bpe"))
    if args.make_fixtures:
        cased_vocabulary.write(cased)
        unigram_fixture.write(unigram)
        bpe_fixture.write(bpe)
    tokenizers = {"cased": from_json(cased), "cased-vocab": from_vocab(cased)}
    if not args.golden:
        tokenizers |= {"unigram": from_json(unigram), "bpe": from_json(bpe), "bpe-vocab": from_vocab(bpe)}
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
            of |= {"nfkc": normalizers.NFKC(), "charsmap": normalizers.Precompiled(base64.b64decode(unigram_fixture.characters_map()))}
            for text in mixed_lines.sweep():
                print(json.dumps(encode(tokenizers, text), ensure_ascii=True, separators=(",", ":")), file=out)
            for text in itertools.chain(mixed_lines.sweep(), mixed_lines.clusters(), (line for line in lines if len(line) < 2000)):
                print(json.dumps(normalized(text, of), ensure_ascii=True, separators=(",", ":")), file=out)


main()

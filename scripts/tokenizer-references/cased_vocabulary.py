"""Write a small cased WordPiece tokenizer, as tokenizer.json and as vocab.txt with tokenizer_config.json.

No released cased vocabulary may be committed, so this one is made here: single characters of many scripts, and the
beginnings and endings of the words that mixed_lines.py uses. Its added tokens have every flag that tokenizers knows.
"""

import json
import pathlib

import mixed_lines

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

# content, single_word, lstrip, rstrip, normalized
ADDED = [
    ("C++", True, False, False, False),
    ("<left>", False, True, False, False),
    ("<right>", False, False, True, False),
    ("<both>", True, True, True, False),
    ("<both>est", True, True, True, False),
    ("Zoë\tUnion", False, False, False, True),
    ("naïve", True, True, False, True),
    ("漢字", False, False, True, True),
]


def vocabulary():
    tokens = dict.fromkeys(SPECIAL)
    singles = [chr(c) for c in range(0x21, 0x7F)] + list(mixed_lines.SINGLE_CHARACTERS)
    for ch in singles:
        tokens[ch] = None
        tokens["##" + ch] = None
    for word in mixed_lines.WORDS:
        for size in (2, 3, 5):
            tokens[word[:size]] = None
            tokens["##" + word[-size:]] = None
        if len(word) % 2:
            tokens[word] = None
    return list(tokens)


def added_token(content, single_word, lstrip, rstrip, normalized):
    return dict(content=content, single_word=single_word, lstrip=lstrip, rstrip=rstrip, normalized=normalized, special=False)


def template():
    cls, sep = ({"SpecialToken": {"id": token, "type_id": 0}} for token in ("[CLS]", "[SEP]"))
    special = {t: {"id": t, "ids": [SPECIAL.index(t)], "tokens": [t]} for t in ("[CLS]", "[SEP]")}
    text, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    return {
        "type": "TemplateProcessing",
        "single": [cls, text, sep],
        "pair": [cls, text, sep, second, sep],
        "special_tokens": special,
    }


def write(folder):
    folder = pathlib.Path(folder)
    vocab = vocabulary()
    plain = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
    added = [dict(id=i, content=t, **plain) for i, t in enumerate(SPECIAL)]
    unheard = [t[0] for t in ADDED if t[0] not in vocab]
    ids = {token: i for i, token in enumerate(vocab + unheard)}
    added += sorted((dict(id=ids[t[0]], **added_token(*t)) for t in ADDED), key=lambda token: token["id"])
    file = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": False,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": template(),
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {token: i for i, token in enumerate(vocab)},
        },
    }
    config = {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": False,
        "strip_accents": None,
        "tokenize_chinese_chars": True,
        "added_tokens_decoder": {str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in added},
    }
    folder.mkdir(parents=True, exist_ok=True)
    dump = dict(ensure_ascii=False, indent=1)
    (folder / "tokenizer.json").write_text(json.dumps(file, **dump) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(config, **dump) + "\n", encoding="utf-8")
    (folder / "vocab.txt").write_text("".join(token + "\n" for token in vocab), encoding="utf-8")

"""Write a small Unigram tokenizer.json with everything that XLM-R's has: a compiled character map, the replacement of
spaces, white space and Metaspace, a mask that takes the space before it. The pieces are made up, and so are the scores.
"""

import base64
import json
import pathlib
import struct
import unicodedata
import zlib

import mixed_lines

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
COMPOSED = [base + mark for base in "aeiouAEIOUnsc" for mark in "\u0300\u0301\u0302\u0303\u0308\u030c"]


def pieces():
    """Single characters, and beginnings, middles and ends of words, so that most words can be cut in many ways."""
    found = dict.fromkeys(["▁", *map(chr, range(0x21, 0x7F)), *mixed_lines.SINGLE_CHARACTERS])
    for word in mixed_lines.WORDS:
        for start in range(len(word)):
            for size in (2, 3, 5):
                if zlib.crc32(f"{word} {start} {size}".encode()) % 3 == 0:
                    found[word[start : start + size]] = None
        found["▁" + word[:2]] = found["▁" + word[:4]] = None
        if len(word) % 2:
            found["▁" + word] = None
    return list(found)


def score(piece):
    """Short pieces are likelier; some scores are equal, so that ties occur."""
    return -3.0 - len(piece) - zlib.crc32(piece.encode()) % 16 / 2


def rewritten():
    """What the character map replaces: compatibility characters, letters with marks, control characters."""
    single = [chr(c) for block in ((0x80, 0x250), (0x2000, 0x2200), (0x3000, 0x3100), (0xFB00, 0xFB07), (0xFF01, 0xFFA0)) for c in range(*block)]
    rules = {c: unicodedata.normalize("NFKC", c) for c in single + COMPOSED}
    rules |= {c: "" for c in map(chr, [*range(1, 9), *range(14, 32), 0x7F, 0xAD, 0x200B])}
    rules |= {"\t": " ", "\n": " ", "\u3000": " ", "か\u3099": "が", "☎": "tel", "क्": "k"}
    return {key: value for key, value in rules.items() if key != value}


def double_array(values):
    """The trie of keys (bytes) and their numbers, in the format of darts-clone, each base found by trying the next."""
    root = {}
    for key, value in values.items():
        node = root
        for byte in key:
            node = node.setdefault(byte, {})
        node[0] = value
    units, bases, todo, first = {0: 0}, set(), [(0, root)], 1
    while todo:
        place, node = todo.pop(0)
        base = first
        while base in bases or any(base ^ label in units for label in node):
            base += 1
        bases.add(base)
        first = base if len(node) == 1 else first
        units[place] |= (place ^ base) << 10 | (0 in node) << 8
        for label, child in node.items():
            units[base ^ label] = child | 1 << 31 if label == 0 else label
            if label:
                todo.append((base ^ label, child))
    size = (max(units) | 0xFF) + 1
    return struct.pack(f"<{size}I", *(units.get(i, 0) for i in range(size)))


def characters_map():
    replacements, values = b"", {}
    for key, value in rewritten().items():
        values[key.encode()] = len(replacements)
        replacements += value.encode() + b"\0"
    trie = double_array(values)
    return base64.b64encode(struct.pack("<I", len(trie)) + trie + replacements).decode()


def write(folder):
    vocab = [[token, 0.0] for token in SPECIAL] + [[piece, score(piece)] for piece in pieces()] + [["<mask>", 0.0]]
    plain = dict(single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
    added = [dict(id=i, content=token, **plain) for i, token in enumerate(SPECIAL)]
    added.append(dict(id=len(vocab) - 1, content="<mask>", **(plain | dict(lstrip=True))))
    begin, end = ({"SpecialToken": {"id": token, "type_id": 0}} for token in ("<s>", "</s>"))
    text, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    metaspace = dict(type="Metaspace", replacement="▁", add_prefix_space=True, prepend_scheme="always")
    spaces = dict(type="Replace", pattern={"Regex": " {2,}"}, content=" ")
    file = dict(version="1.0", truncation=None, padding=None, added_tokens=added)
    file["normalizer"] = dict(type="Sequence", normalizers=[dict(type="Precompiled", precompiled_charsmap=characters_map()), spaces])
    file["pre_tokenizer"] = dict(type="Sequence", pretokenizers=[dict(type="WhitespaceSplit"), metaspace])
    special = {t: {"id": t, "ids": [SPECIAL.index(t)], "tokens": [t]} for t in ("<s>", "</s>")}
    file["post_processor"] = dict(type="TemplateProcessing", single=[begin, text, end], pair=[begin, text, end, end, second, end], special_tokens=special)
    file["decoder"] = metaspace
    file["model"] = dict(type="Unigram", unk_id=3, vocab=vocab)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(file, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")

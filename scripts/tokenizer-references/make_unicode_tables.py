"""Write data/tokenize/unicode_tables.go: which code points Hugging Face tokenizers treats as what.

The Rust library carries several Unicode versions at once (its categories and its normalisation are years older than
its lower-casing), and Go's own tables change with the compiler. So the sets are measured here, by feeding the
reference every code point, and the Go package uses them instead of package unicode's. Run through ./run.sh tables.
"""

import sys

from tokenizers import __version__, normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def bert(**on):
    """A BertNormalizer with only the named steps on."""
    steps = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**(steps | on))


def measure():
    clean, pad = bert(clean_text=True), bert(handle_chinese_chars=True)
    strip, lower = bert(strip_accents=True), bert(lowercase=True)
    decompose, compatible, split = normalizers.NFD(), normalizers.NFKD(), pre_tokenizers.BertPreTokenizer()
    sets = {name: [] for name in ("removed", "blanked", "padded", "marks", "lowered", "decomposed", "compatible", "spaces", "punctuation", "letters", "numbers")}
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    for c in CODE_POINTS:
        ch = chr(c)
        cleaned = clean.normalize_str("a" + ch + "b")
        if cleaned == "ab":
            sets["removed"].append(c)
        elif cleaned == "a b":
            sets["blanked"].append(c)
        elif cleaned != "a" + ch + "b":
            sys.exit(f"U+{c:04X}: clean_text gives {cleaned!r}")
        if pad.normalize_str(ch) != ch:
            sets["padded"].append(c)
        if strip.normalize_str(ch) == "":
            sets["marks"].append(c)
        if lower.normalize_str(ch) != ch:
            sets["lowered"].append(c)
        if decompose.normalize_str(ch) != ch:
            sets["decomposed"].append(c)
        if compatible.normalize_str(ch) != ch:
            sets["compatible"].append(c)
        if kind := byte_level_kind(byte_level, ch):
            sets[kind].append(c)
        pieces = [piece for piece, _ in split.pre_tokenize_str("a" + ch + "b")]
        if pieces == ["a", "b"]:
            sets["spaces"].append(c)
        elif pieces == ["a", ch, "b"]:
            sets["punctuation"].append(c)
        elif pieces != ["a" + ch + "b"]:
            sys.exit(f"U+{c:04X}: the pre-tokenizer gives {pieces!r}")
        if (sets["spaces"][-1:] == [c]) != (kind == ""):
            sys.exit(f"U+{c:04X}: white space of ByteLevel, or of the BERT pre-tokenizer, and not of both")
    if blanked := set(sets["spaces"]) - set(sets["removed"]) ^ set(sets.pop("blanked")):
        sys.exit(f"clean_text blanks other code points than the spaces it keeps: {blanked}")
    sets["reordered"] = reordered(decompose)
    return sets


def byte_level_kind(split, ch):
    """The set of a code point that ByteLevel keeps in a word with its like: None for a symbol, "" for white space."""
    for like, name in (("a", "letters"), ("1", "numbers"), ("!", None)):
        if len(split.pre_tokenize_str(like + ch + like)) == 1:
            return name
    return ""


def reordered(decompose):
    """Code points with a combining class other than 0: they swap with U+0334 (class 1) or U+0345 (class 240)."""
    found = []
    for c in CODE_POINTS:
        ch = chr(c)
        above_1 = decompose.normalize_str("x" + ch + "\u0334") == "x\u0334" + ch
        below_240 = decompose.normalize_str("x\u0345" + ch) == "x" + ch + "\u0345"
        if above_1 and ch != "\u0334" or below_240 and ch != "\u0345":
            found.append(c)
    return found


def spans(points):
    """Cover sorted points by (first, last, step), the step 1 or 2 (cased letters alternate)."""
    out, i = [], 0
    while i < len(points):
        best = 0, 1
        for step in (1, 2):
            j = i
            while j + 1 < len(points) and points[j + 1] - points[j] == step:
                j += 1
            if j - i > best[0]:
                best = j - i, step
        out.append((points[i], points[i + best[0]], best[1]))
        i += best[0] + 1
    return out


DOCS = {
    "removed": "clean_text removes: control, format, private use, NUL and U+FFFD.",
    "padded": "handle_chinese_chars puts between spaces (U+2B820 to U+2B91F are missing there too).",
    "marks": "strip_accents removes: non-spacing marks.",
    "lowered": "lowercase changes.",
    "decomposed": "canonical decomposition changes.",
    "compatible": "compatibility decomposition changes.",
    "reordered": "canonical ordering moves: those with a combining class other than 0.",
    "spaces": "the BERT pre-tokenizer splits at and drops, and clean_text, where it keeps them, makes U+0020; white space of ByteLevel.",
    "punctuation": "the BERT pre-tokenizer makes words of their own.",
    "letters": "ByteLevel keeps together in a word.",
    "numbers": "ByteLevel keeps together in a number.",
}


def main():
    print(f"// Code generated by scripts/tokenizer-references/run.sh tables from tokenizers {__version__}. DO NOT EDIT.\n")
    print("package tokenize\n")
    for name, points in measure().items():
        print(f"// {name}Points are the code points that {DOCS[name]}\nvar {name}Points = []span{{")
        covered = spans(points)
        for i in range(0, len(covered), 6):
            row = ", ".join(f"{{{a:#x}, {b:#x}, {s}}}" for a, b, s in covered[i : i + 6])
            print(f"\t{row},")
        print("}\n")


main()

"""Lines of text that a tokenizer gets wrong when it cuts a corner. Seeded: the same lines on every machine."""

import random

WORDS = (
    "welding customer relationships Python negotiates Straße Zoë naïve coöperation façade Überprüfung señor Ångström "
    "İstanbul DİYARBAKIR ılık ΟΔΥΣΣΕΥΣ σοφός ΑΣ Москва ёлка ЙОД Київ अनुभव हिन्दी क्षत्रिय বাংলা ภาษาไทย தமிழ் "
    "한국어 기술자 서울특별시 にほんご カタカナ ガギグ ﾊﾝｶｸ ｶﾞｷﾞ 软件工程师 負責 銷售 漢字 數據分析 שָׁלוֹם עברית العَرَبِيَّة مهارات "
    "ﬁnance ﬃliate ǅ Ĳssel ŉ ẞ ſ K Å Ω ½ ² ① Ⅷ ℃ ™ e\u0301te\u0301 o\u0323\u0302 q\u0307\u0323 Tiếng Việt ươ ṩ ḍ̇ "
    "Ｆｕｌｌ　Ｗｉｄｔｈ １２３ ｅ－ｍａｉｌ Æther œuvre þorn ðæt Łódź Çağrı Ğ ĞÜŞ d'œuvre rock'n'roll can't A/B C++ C# .NET "
    "state-of-the-art e.g. 24/7 100% $1,000.50 €99 user@example.org #skill __init__ HTTP2 iPhone XMLHttpRequest"
).split(" ")

# Characters that the cased vocabulary knows one by one.
SINGLE_CHARACTERS = dict.fromkeys("".join(w for w in WORDS) + "àéîõüßñçøåčšžğışΑΩαωςБЖбжअकाि한국가각서울あアガ軟件工程師的一是不")

SPECIAL_TOKENS = "[PAD] [UNK] [CLS] [SEP] [MASK] [mask] [ MASK ] [MASK [MASK]] <s> </s> ##ing [unused1] <left> <right> <both> <both>est <both>es C++ c++".split(" ")
SPECIAL_TOKENS += ["[ MASK ]", "Zoë\tUnion", "Zoë Union", "Zoe\u0308 Union", "Zoë\u00a0Union", "C++x", "xC++", "C++C++", "漢字字", " naïve ", "nai\u0308ve", "naïveté"]

EMOJI = ["😀", "👩🏽‍🔧", "👨‍👩‍👧", "🇨🇳🇬🇧", "❤️", "☎", "1️⃣", "🏴\U000e0067\U000e0062\U000e007f", "🫠", "🪩"]

SPACES = [" ", " ", " ", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2003", "\u3000", "\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c", "\u1680", "\u180e", "\u205f"]

INVISIBLE = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u200f", "\u202e", "\u2066", "\u2069", "\u061c", "\x00", "\x01", "\x07", "\x1b", "\x7f", "\x9f", "\ufffd", "\ufffe", "\uffff", "\ue000", "\uf8ff", "\U000f0000", "\U0010fffd", "\U0010ffff", "\ufe0f", "\U000e0100"]

MARKS = ["\u0300", "\u0301", "\u0307", "\u0308", "\u0323", "\u0327", "\u0331", "\u0334", "\u0345", "\u035c", "\u093c", "\u094d", "\u0e38", "\u0f71", "\u05b4", "\u0651", "\u20d0", "\u3099", "\U0001d165", "\u302e", "\U0001e944"]

# Marks that strip_accents leaves, since they take up space, and that canonical ordering swaps.
REORDERED = ["x\u302e\U0001d165", "가\u302f\u0301\u302e\U0001d16d\U0001d165", "é\U0001d16d\u0323\U0001d165 z"]

PUNCTUATION = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + list("。，、；：？！「」『』（）【】《》…—–·‘’“”¡¿§¶«»־׳؟।॥‿⁂〜・￥＃＿｟")

BLOCKS = [(0x20, 0x250), (0x250, 0x600), (0x600, 0xE00), (0xE00, 0x1400), (0x1E00, 0x2C00), (0x2E80, 0x3400), (0x3400, 0xA000), (0xA000, 0xAC00), (0xAC00, 0xD7B0), (0x1100, 0x1200), (0xE000, 0x10000), (0x10000, 0x12000), (0x1D000, 0x1F000), (0x1F000, 0x20000), (0x20000, 0x30000), (0xE0000, 0x110000)]


def any_character(rng):
    low, high = rng.choice(BLOCKS)
    return chr(rng.randrange(low, high))


def marked(rng):
    """A base under a pile of combining marks, in an order that is hardly ever canonical."""
    return rng.choice(["a", "E", "o", "क", "ש", "か", "한", "ά", "İ", "漢", ""]) + "".join(rng.choices(MARKS, k=rng.randint(1, 6)))


def broken_word(rng):
    """A word with something invisible, a mark or a foreign character inside."""
    word = rng.choice(WORDS)
    at = rng.randrange(len(word) + 1)
    return word[:at] + rng.choice(rng.choice([INVISIBLE, MARKS, PUNCTUATION, EMOJI])) + word[at:]


def part(rng):
    kind = rng.random()
    if kind < 0.45:
        word = rng.choice(WORDS)
        return rng.choice([word, word, word.upper(), word.lower(), word.title(), word + rng.choice(WORDS)])
    if kind < 0.60:
        return broken_word(rng)
    if kind < 0.70:
        return rng.choice(SPECIAL_TOKENS)
    if kind < 0.78:
        return rng.choice(rng.choice([EMOJI, INVISIBLE, PUNCTUATION]))
    if kind < 0.88:
        return marked(rng)
    return "".join(any_character(rng) for _ in range(rng.randint(1, 5)))


def line(rng):
    out = []
    for _ in range(rng.choice([1, 2, 3, 5, 8, 13, 21, 34])):
        out.append(part(rng))
        if rng.random() < 0.8:
            out.append(rng.choice(SPACES))
    return "".join(out)


def fixed():
    """Edges that chance would miss."""
    yield from ["", " ", "\t\n", "\x00", "\u200b", "\ufffd", "\u0301", "İ", "ΑΣ", "[MASK]", "[MASK][MASK]", "a[MASK]b", " [SEP] ", "##a", "##"]
    yield from WORDS
    yield from SPECIAL_TOKENS
    yield from (before + token + after for token in SPECIAL_TOKENS for before in ("x", " ", "é ", "_", "\u0301", ",", "<left> ") for after in ("x", "  ", " 漢", "_", "\u200d", "."))
    for ch in "aéß漢한क😀\u0301\u0378İ":
        for size in (99, 100, 101, 10_000):
            yield ch * size
    yield "ab" * 5_000
    yield "welding" * 1_500 + " welding"
    yield "a " * 5_000
    yield from REORDERED
    yield "é" * 50 + "e\u0301" * 50


def sweep():
    """Every code point of planes 0 and 1, and samples of the rest, between letters."""
    points = [c for c in range(0x20000) if not 0xD800 <= c < 0xE000]
    points += [*range(0x20000, 0x31400, 17), *range(0x2A6D0, 0x2A710), *range(0x2B730, 0x2B930), *range(0x2CE90, 0x2CEB8)]
    points += [*range(0x2F800, 0x2FA20), *range(0xE0000, 0xE0200), *range(0xF0000, 0x110000, 997)]
    for i in range(0, len(points), 64):
        yield " ".join("a" + chr(c) + "b" for c in points[i : i + 64])


def clusters():
    """Characters that compose, reorder or make grapheme clusters with others, each after each."""
    bases = ["", "a", "e", "ﬁ", "Å", "é", "ậ", "か", "ｶ", "가", "각", "\u1100", "क", "न", "\u0627", "😀", "👍", "🇨", "☎", "漢", " ", "\r", "\n", "\u200d", "\u0600"]
    extending = [*MARKS, *"\u1161\u11a7\u11a8\uff9e\u09be\u0dcf\u0cd5\u200c\u200d\ufe0f\u0903\u0e33🏽🇬가\n", ""]
    for base in bases:
        yield "|".join(base + one + two + "x" for one in extending for two in extending)
        yield base + "\u0301" * 40 + "\u0323" * 40


def lines(count, seed):
    """The fixed lines, then count random ones."""
    rng = random.Random(seed)
    yield from fixed()
    for _ in range(count):
        yield line(rng)

"""Write, for every line of a file of JSON strings, the CRC-32 of its ids under each tokenizer: 4 bytes a line, little-endian.

The ids are those of the whole text, -1, and those of the text truncated to 16, as 4 bytes each.
"""

import argparse
import json
import pathlib
import struct
import zlib

from tokenizers_of import from_json


def checksum(tokenizer, text):
    tokenizer.no_truncation()
    ids = tokenizer.encode(text).ids + [-1]
    tokenizer.enable_truncation(16)
    ids += tokenizer.encode(text).ids
    return zlib.crc32(struct.pack(f"<{len(ids)}i", *ids))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", required=True, help="SET.jsonl")
    parser.add_argument("--out", required=True, help="folder for SET-NAME.crc32")
    parser.add_argument("tokenizers", nargs="+", metavar="NAME=FOLDER")
    args = parser.parse_args()
    lines = pathlib.Path(args.lines)
    with open(lines, encoding="utf-8", newline="\n") as file:
        texts = [json.loads(line) for line in file]
    for name, folder in (item.split("=", 1) for item in args.tokenizers):
        tokenizer = from_json(folder)
        sums = [checksum(tokenizer, text) for text in texts]
        (pathlib.Path(args.out) / f"{lines.stem}-{name}.crc32").write_bytes(struct.pack(f"<{len(sums)}I", *sums))


main()

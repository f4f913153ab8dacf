"""Compare the committed golden.jsonl with one made again, for the tokenizers that the second has."""

import json
import sys


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def main(committed, again):
    old, new = read(committed), read(again)
    if len(old) != len(new):
        sys.exit(f"{committed} has {len(old)} records, made again {len(new)}")
    for number, (a, b) in enumerate(zip(old, new), 1):
        if a["text"] != b["text"]:
            sys.exit(f"{committed}:{number}: the text is another when made again")
        for key in ("ids", "ids16", "normalized"):
            if (key in a) != (key in b):
                sys.exit(f"{committed}:{number}: only one of the two has {key}")
            for name, made in b.get(key, {}).items():
                if a[key].get(name) != made:
                    sys.exit(f"{committed}:{number}: {key} of {name} differ: {a[key].get(name)}, made again {made}")


main(*sys.argv[1:])

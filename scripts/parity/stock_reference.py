"""MRR and RP@K of stock MiniLM-L6 (mean pooling, preferred labels) on TECH or HOUSE, computed without any of the Go code.

Usage: stock_reference.py MINILM_DIR SKILLS_CSV BENCHMARK_CSV...

Prints the metrics once per variant of the choices that could matter, one JSON line each.
"""

import csv
import json
import sys
from collections import Counter
from pathlib import Path

import torch

import encoder_minilm
import reference  # noqa: F401  (limits the threads)

PLACEHOLDERS = {"LABEL NOT PRESENT", "UNDERSPECIFIED"}
CUT_OFFS = (1, 5, 10)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Reads a CSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_queries(path: Path, index: dict[str, int]) -> dict[str, list[int]]:
    """Returns the gold skills of each sentence, repeated pairs kept; a label that no skill has is an error."""
    queries: dict[str, list[int]] = {}
    for row in read_rows(path):
        if row["label"] in PLACEHOLDERS:
            continue
        queries.setdefault(row["sentence"], []).append(index[row["label"]])
    return queries


def embed(minilm: Path, texts: list[str], max_length: int) -> torch.Tensor:
    """Returns the L2-normalised mean over the tokens of each text, in float32."""
    model, tokenizer = encoder_minilm.load_encoder(minilm), encoder_minilm.load_tokenizer(minilm, max_length)
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    embeddings = torch.empty(len(ids), encoder_minilm.CONFIG["hidden_size"])
    for start in range(0, len(order), 128):
        rows = order[start : start + 128]
        embeddings[rows] = encoder_minilm.encode(model, [ids[i] for i in rows])[1]
    return embeddings


def metrics(scores: torch.Tensor, golds: list[list[int]]) -> dict[str, float]:
    """Averages reciprocal rank and RP@K over the queries; of two equal scores the skill that comes first in the file ranks higher."""
    sums: Counter = Counter()
    for row, gold in zip(scores, golds):
        wanted = set(gold)
        ranked = row.sort(descending=True, stable=True).indices.tolist()
        sums["mrr"] += 1 / (1 + next(rank for rank, i in enumerate(ranked) if i in wanted))
        for k in CUT_OFFS:
            sums[f"rp@{k}"] += sum(i in wanted for i in ranked[:k]) / min(k, len(gold))
    return {name: round(total / len(golds), 5) for name, total in sums.items()}


def tied_golds(scores: torch.Tensor, golds: list[list[int]]) -> int:
    """Counts the gold skills whose score some other skill has too, to see whether the order of ties can matter."""
    return sum(int((row == row[i]).sum() > 1) for row, gold in zip(scores, golds) for i in set(gold))


def main() -> None:
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    minilm, skills_path, *benchmarks = map(Path, sys.argv[1:])
    labels = [row["preferredLabel"] for row in read_rows(skills_path)]
    index = {label: i for i, label in enumerate(labels)}
    queries = {path: read_queries(path, index) for path in benchmarks}
    sentences = [sentence for per_file in queries.values() for sentence in per_file]
    skills = embed(minilm, labels, 256)
    for max_length in (64, 128, 256, 512):
        embedded = dict(zip(sentences, embed(minilm, sentences, max_length)))
        for path, per_file in queries.items():
            scores = torch.stack([embedded[sentence] for sentence in per_file]) @ skills.T
            repeated = list(per_file.values())
            for name, golds in (("unique pairs", [sorted(set(gold)) for gold in repeated]), ("repeated pairs", repeated)):
                print(json.dumps({"file": path.name, "max_length": max_length, "gold": name, "queries": len(golds),
                                  "tied_golds": tied_golds(scores, golds), **metrics(scores, golds)}), flush=True)


if __name__ == "__main__":
    main()

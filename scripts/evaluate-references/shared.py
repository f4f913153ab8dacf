"""Prints what scikit-learn and plain Python measure on the data sets of ../shared: the numbers that evaluate/shared_test.go expects.

    /tmp/venv/bin/python scripts/evaluate-references/shared.py     (the environment of make.py)
"""

import ast
import csv
import json
import pathlib
import re
import sys
import unicodedata

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score

sys.dont_write_bytecode = True  # no __pycache__ in the repository
from make import TOKEN  # noqa: E402

DATA = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data"
HAN = r"[\u4e00-\u9fff]"  # a word of its own in Go; the other ideographs do not occur here


def rows(path):
    with open(DATA / path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words(text):
    text = unicodedata.normalize("NFKC", text).lower()
    return re.findall(HAN + "|" + TOKEN.replace(r"\w+", rf"(?:(?!{HAN})\w)+").removeprefix("(?u)"), text)


def labels(skill):
    found = [skill["preferredLabel"].strip()]
    for label in skill["altLabels"].split("\n"):
        if label.strip() and label.strip() not in found:
            found.append(label.strip())
    return found


def benchmarks(skills):
    by_label = {s["preferredLabel"].strip(): i for i, s in enumerate(skills)}
    by_uri = {s["conceptUri"]: i for i, s in enumerate(skills)}
    for name in ("tech", "house"):
        queries = {}
        for row in rows(f"skill-extraction-benchmark/{name}_validation_annotations.csv"):
            if row["label"] in by_label:
                queries.setdefault(row["sentence"], set()).add(by_label[row["label"]])
        yield name, {(text,): gold for text, gold in queries.items()}
    queries = {}
    for row in rows("skillskape/dev.csv"):
        gold = {by_label[label] for label in ast.literal_eval(row["skills"]) if label in by_label}
        if gold:
            queries.setdefault((row["sentence"],), set()).update(gold)
    yield "skillskape dev", queries
    ads = [json.loads(line) for line in open(DATA / "zh-ads/dev.jsonl", encoding="utf-8")]
    gold_of = lambda s: {by_uri[uri] for uri in [*s["skills"], *s["alternates"], *s["alternates"].values()]}
    yield "zh-ads dev, sentences", {(s["text"],): gold_of(s) for ad in ads for s in ad["sentences"] if s["skills"]}
    yield "zh-ads dev, ads", {
        tuple(s["text"] for s in ad["sentences"]): set().union(*(gold_of(s) for s in ad["sentences"])) for ad in ads
    }


def measure(scores, gold):
    order = np.argsort(-scores.astype(np.float32), kind="stable")
    ranks = [int(np.flatnonzero(order == g)[0]) + 1 for g in gold]
    top = lambda k: sum(rank <= k for rank in ranks)
    p, r = top(5) / 5, top(5) / len(gold)
    return [1 / min(ranks), *(top(k) / min(k, len(gold)) for k in (1, 5, 10)), p, r, 2 * p * r / (p + r) if p + r else 0]


def keywords(skills):
    known = set()
    for skill in skills:
        for label in labels(skill):
            known.add(tuple(words(label)))
            if " (" in label and label.endswith(")"):
                known.add(tuple(words(label[: label.index(" (")])))
    longest = max(map(len, known))
    truth, scores = [], []
    for line in open(DATA / "skillspan/dev.json", encoding="utf-8"):
        row = json.loads(line)
        truth.append(any(tag != "O" for tag in row["tags_skill"] + row["tags_knowledge"]))
        text = words(" ".join(row["tokens"]))
        spans = ((i, j) for i in range(len(text)) for j in range(i + 1, min(len(text), i + longest) + 1))
        scores.append(max((j - i for i, j in spans if tuple(text[i:j]) in known), default=0))
    kept = [s >= 1 for s in scores]
    print("keywords, skillspan dev", len(truth), sum(truth), average_precision_score(truth, scores), precision_score(truth, kept),
          recall_score(truth, kept), f1_score(truth, kept))


if __name__ == "__main__":
    skills = rows("esco-1.1.0/skills_en.csv")
    vectorizer = TfidfVectorizer(analyzer=lambda t: [" ".join(w) for n in (1, 2) for w in zip(*(words(t)[i:] for i in range(n)))],
                                 sublinear_tf=True)
    documents = vectorizer.fit_transform("\n".join([*labels(s), s["description"]]) for s in skills)
    for name, queries in benchmarks(skills):
        values = [measure((vectorizer.transform(parts) @ documents.T).toarray().max(axis=0), gold) for parts, gold in queries.items()]
        print(name, len(queries), sum(map(len, queries.values())), np.mean(values, axis=0).round(4).tolist())
    keywords(skills)

"""Writes evaluate/testdata/*.json and evaluate/baseline/testdata/*.json: reference values for the Go tests, by scikit-learn, bm25s,
numpy, pytrec_eval (trec_eval's own code) and plain Python.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r scripts/evaluate-references/requirements.txt
    /tmp/venv/bin/python scripts/evaluate-references/make.py
"""

import ast
import json
import pathlib
import random
import re

import bm25s
import numpy as np
import pytrec_eval
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve, precision_score, recall_score

OUT = pathlib.Path(__file__).resolve().parents[2] / "evaluate"

DOCUMENTS = [
    "manage musical staff\ncoordinate the duties of music staff\nAssign and manage staff tasks in areas such as scoring and arranging.",
    "Java (computer programming)\nJava SE\nThe techniques and principles of software development in Java.",
    "C++\nprogram in C++\nThe techniques and principles of software development in C++, a compiled language.",
    "C#\nprogram in C#\nThe techniques and principles of software development in C#.",
    "supervise correctional procedures\noversee prison procedures\nSupervise the operations of a correctional facility.",
    "solve problems\nproblem solving\nFind solutions to practical, operational or conceptual problems.",
    "use a 3D printer\nprint in 3D\nOperate a printer that builds parts layer by layer; prepare the printer, prepare the file.",
    "café management\nrun a café\nPlan menus, staff and budget of a café or bistro.",
]
QUERIES = [
    "Solve problems in Java and C++ , and manage staff",
    "You run our café; you plan the budget, the budget and the menus.",
    "3D printer operator (m/f/d) - prepare parts",
    "c# c# c# or c",
    "nothing here matches",
    "",
]
# The Go tokeniser as a regular expression: word characters, then plus and number signs directly after a letter.
TOKEN = r"(?u)\w+(?:(?<=[^\W\d_])[+#]+)?"


def tfidf():
    cases = []
    for analyzer, low, high in [("word", 1, 2), ("word", 1, 1), ("char", 2, 4)]:
        vectorizer = TfidfVectorizer(
            analyzer=analyzer, ngram_range=(low, high), sublinear_tf=True, dtype=np.float64,
            token_pattern=TOKEN if analyzer == "word" else None,
            preprocessor=lambda text: " ".join(text.lower().split()),  # every white space is one space, line ends too
        )
        skills = vectorizer.fit_transform(DOCUMENTS)
        scores = (vectorizer.transform(QUERIES) @ skills.T).toarray()
        cases.append({"analyzer": analyzer, "min_n": low, "max_n": high, "scores": scores.round(9).tolist()})
    write("baseline/testdata/tfidf.json", {"documents": DOCUMENTS, "queries": QUERIES, "cases": cases})


def bm25():
    def words(text):
        return re.findall(TOKEN, text.lower())

    def characters(text):
        text = " ".join(text.lower().split())
        return [text[i:i + n] for n in (2, 3, 4) for i in range(len(text) - n + 1)]

    cases = []
    for analyzer, terms in [("word", words), ("char", characters)]:
        model = bm25s.BM25(method="lucene", k1=1.2, b=0.75, dtype="float64")
        model.index([terms(text) for text in DOCUMENTS], show_progress=False)
        scores = []
        for query in QUERIES:
            known = [term for term in terms(query) if term in model.vocab_dict]
            scores.append(model.get_scores(known).round(9).tolist() if known else [0.0] * len(DOCUMENTS))
        cases.append({"analyzer": analyzer, "scores": scores})
    write("baseline/testdata/bm25.json", {"documents": DOCUMENTS, "queries": QUERIES, "cases": cases})


def binary():
    rng = np.random.default_rng(7)
    cases = []
    for n, distinct in [(12, 4), (60, 11), (200, 200)]:
        labels = rng.random(n) < 0.35
        labels[0] = True
        scores = ((labels * 0.3 + rng.random(n) * 0.7) * distinct).round() / distinct
        scores = scores.astype(np.float32).astype(np.float64)
        threshold = float(np.float32(np.median(scores)))
        kept = scores >= threshold
        precision, recall, thresholds = precision_recall_curve(labels, scores)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
        best = max(range(len(thresholds)), key=lambda i: (f1[i], thresholds[i]))
        cases.append({
            "labels": labels.tolist(), "scores": scores.tolist(), "threshold": threshold,
            "ap": average_precision_score(labels, scores),
            "precision": precision_score(labels, kept), "recall": recall_score(labels, kept), "f1": f1_score(labels, kept),
            "best_threshold": float(thresholds[best]), "best_f1": float(f1[best]),
            "recall_90": float(max(t for t, r in zip(thresholds, recall) if r >= 0.9)),
            "precision_60": float(min(t for t, p in zip(thresholds, precision) if p >= 0.6)),
        })
    write("testdata/binary.json", cases)


def rankings():
    """Ranks by a full stable sort, the measures as their definitions say; nDCG, MAP and R-precision by trec_eval."""
    rng = random.Random(3)
    graded = random.Random(5)
    cases = []
    for skills, distinct in [(4, 2), (30, 5), (30, 1000), (200, 20)]:
        for _ in range(5):
            scores = [rng.randrange(distinct) / 8 for _ in range(skills)]
            gold = sorted(rng.sample(range(skills), rng.randint(1, min(12, skills))))
            order = sorted(range(skills), key=lambda s: (-scores[s], s))
            top = lambda k: len(set(order[:k]) & set(gold))
            p, r = top(5) / 5, top(5) / len(gold)
            grades = [graded.randint(1, 3) for _ in gold] if graded.random() < 0.5 else None
            qrel = {str(g): grade for g, grade in zip(gold, grades or [1] * len(gold))}
            run = {str(s): float(-i) for i, s in enumerate(order)}  # without ties, which trec_eval breaks by name
            evaluator = pytrec_eval.RelevanceEvaluator({"q": qrel}, {"ndcg_cut.5,10", "map", "Rprec"})
            trec = evaluator.evaluate({"q": run})["q"]
            cases.append({"scores": scores, "gold": gold, "grades": grades, "ranks": [order.index(g) + 1 for g in gold], "values": {
                "mrr": 1 / (1 + min(order.index(g) for g in gold)),
                **{f"rp@{k}": top(k) / min(k, len(gold)) for k in (1, 5, 10)},
                "p@5": p, "r@5": r, "f1@5": 0 if p + r == 0 else 2 * p * r / (p + r),
                "ndcg@5": trec["ndcg_cut_5"], "ndcg@10": trec["ndcg_cut_10"], "map": trec["map"], "r-precision": trec["Rprec"],
            }})
    write("testdata/rankings.json", cases)


def quantiles():
    rng = np.random.default_rng(11)
    cases = []
    for n in (1, 2, 5, 1000):
        values = np.sort(rng.normal(size=n).round(6))
        cases.append({"values": values.tolist(), "quantiles": {str(q): float(np.quantile(values, q)) for q in (0, 0.025, 0.5, 0.975, 1)}})
    write("testdata/quantiles.json", cases)


def python_lists():
    texts = [
        "[]", "['a']", "[ 'a' , \"b's\", ]", "['C#', 'Java (computer programming)']", r"['it\'s', 'tab\there', 'back\\slash', 'caf\u00e9']",
        r"['\x41\101\0', '\q']", "['say \"hi\"']", "['日本語', '']", "['a',\n 'b']",
    ]
    write("testdata/python_lists.json", [{"text": t, "items": ast.literal_eval(t)} for t in texts])


def write(name, value):
    with open(OUT / name, "w", encoding="utf-8") as out:
        json.dump(value, out, ensure_ascii=False, indent=1)
        out.write("\n")


if __name__ == "__main__":
    tfidf()
    bm25()
    binary()
    rankings()
    quantiles()
    python_lists()

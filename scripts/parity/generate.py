"""Writes the references. See README.md.

Usage: generate.py REFERENCE_DIR TINY_BERT_DIR MINILM_DIR
       generate.py --larger OUTPUT_DIR MINILM_DIR
"""

import sys
from pathlib import Path

import bilstm_pooling
import contrastive
import encoder_minilm
import optimiser_and_filter
import tiny_bert


def main() -> None:
    arguments = sys.argv[1:]
    if len(arguments) == 3 and arguments[0] == "--larger":
        encoder_minilm.larger(Path(arguments[1]), Path(arguments[2]))
        return
    if len(arguments) != 3:
        raise SystemExit(__doc__)
    folder, tiny, minilm = map(Path, arguments)
    contrastive.write_info_nce(folder)
    contrastive.write_margin(folder)
    bilstm_pooling.write(folder)
    optimiser_and_filter.write_adamw(folder)
    optimiser_and_filter.write_weighted_bce(folder)
    tiny_bert.write(folder, tiny)
    encoder_minilm.fixed(folder, minilm)


if __name__ == "__main__":
    main()

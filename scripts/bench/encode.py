"""Encodes sentences with sentence-transformers or onnxruntime and prints how long that took.

Usage: encode.py --model DIR --sentences FILE --mode MODE --max-length N [--batch N] [--onnx FILE] [--output FILE] [--tune]

A mode is one of
  defaults   SentenceTransformer.encode as it is (batch 32, sorted by length inside)
  best-fp32  the same with --batch
  best-bf16  the same under bf16 autocast
  onnx       onnxruntime in fp32: batches of like length, all threads, graph fused by its own optimiser
The vectors go to --output as float32, row after row, so that the caller can compare them. --tune tries batch sizes on the first sentences
and prints the fastest instead.
"""

import argparse
import contextlib
import time
from pathlib import Path
from typing import Callable

import numpy
import torch
from sentence_transformers import SentenceTransformer

import peer

BATCHES = (16, 32, 64, 128, 256)
TUNING, WARM_UP = 1000, 256  # sentences

Encode = Callable[[list[str], int], numpy.ndarray]


def sentence_transformers(args: argparse.Namespace) -> Encode:
    """Returns SentenceTransformer.encode, in fp32 or under bf16 autocast."""
    bf16 = args.mode == "best-bf16"
    model = SentenceTransformer(str(args.model), device="cpu", model_kwargs=peer.attention(bf16))
    model.max_seq_length = args.max_length

    def encode(sentences: list[str], batch: int) -> numpy.ndarray:
        autocast = torch.autocast("cpu", torch.bfloat16) if bf16 else contextlib.nullcontext()
        with autocast:
            options = {} if args.mode == "defaults" else {"batch_size": batch}
            return model.encode(sentences, normalize_embeddings=True, show_progress_bar=False, **options)

    return encode


def onnx(args: argparse.Namespace) -> Encode:
    """Returns the same computed by onnxruntime from a file of export_onnx.py."""
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(args.model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(args.max_length)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(str(args.onnx), options, providers=["CPUExecutionProvider"])
    dimension = session.get_outputs()[0].shape[1]

    def encode(sentences: list[str], batch: int) -> numpy.ndarray:
        ids = [encoding.ids for encoding in tokenizer.encode_batch(sentences)]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        vectors = numpy.empty((len(ids), dimension), numpy.float32)
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            longest = len(ids[rows[-1]])
            input_ids = numpy.array([ids[i] + [0] * (longest - len(ids[i])) for i in rows], numpy.int64)
            mask = numpy.array([[1] * len(ids[i]) + [0] * (longest - len(ids[i])) for i in rows], numpy.int64)
            vectors[rows] = session.run(None, {"input_ids": input_ids, "attention_mask": mask})[0]
        return vectors

    return encode


def fastest_batch(encode: Encode, sentences: list[str]) -> int:
    """Returns the batch size that encodes the first sentences fastest."""
    taken = {}
    for batch in BATCHES:
        began = time.perf_counter()
        encode(sentences[:TUNING], batch)
        taken[batch] = time.perf_counter() - began
    return min(taken, key=taken.get)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("model", "sentences"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("onnx", "output"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--mode", choices=["defaults", "best-fp32", "best-bf16", "onnx"], required=True)
    parser.add_argument("--max-length", type=int, required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--tune", action="store_true")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    peer.quiet()
    sentences = peer.read_lines(args.sentences)
    encode = (onnx if args.mode == "onnx" else sentence_transformers)(args)
    encode(sentences[:WARM_UP], args.batch)
    if args.tune:
        peer.answer({"batch": fastest_batch(encode, sentences)})
        return
    began = time.perf_counter()
    vectors = encode(sentences, args.batch)
    seconds = time.perf_counter() - began
    if args.output:
        vectors.astype(numpy.float32).tofile(args.output)
    peer.answer({"seconds": seconds})


if __name__ == "__main__":
    main()

"""Trains MiniLM-L6 with sentence-transformers' own trainer on pairs, and notes when each step ends.

Usage: train.py --model DIR --pairs FILE --metrics FILE --batch N --max-length N --steps N --seed N [--grouped] [--bf16]

MultipleNegativesRankingLoss (in-batch negatives, scale 20), AdamW, learning rate 5e-5, everything else as the trainer has it. --grouped
and --bf16 are what its users reach for to speed it up: batches of like length from shuffled windows, and bf16 autocast. A line of the
metrics file is written as a step ends, for the stopwatch of the caller; nothing is saved.
"""

import argparse
import json
import random
import tempfile
from pathlib import Path

import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.losses import MultipleNegativesRankingLoss
from torch.utils.data import BatchSampler
from transformers import TrainerCallback

import peer

CHUNK = 1000  # pairs tokenised at a time for their lengths, so that the peer's memory does not pay for it
WINDOW = 32  # batches whose pairs are sorted together, as batching.window of train-biencoder


class LengthGrouped(BatchSampler):
    """Batches of pairs of similar length: shuffled, sorted within windows, and the batches shuffled again."""

    def __init__(self, lengths: list[int], batch: int, seed: int):
        self.lengths, self.batch, self.random = lengths, batch, random.Random(seed)

    def __len__(self) -> int:
        return -(-len(self.lengths) // self.batch)

    def __iter__(self):
        order = list(range(len(self.lengths)))
        self.random.shuffle(order)
        span = self.batch * WINDOW
        windows = [sorted(order[i : i + span], key=self.lengths.__getitem__) for i in range(0, len(order), span)]
        batches = [window[i : i + self.batch] for window in windows for i in range(0, len(window), self.batch)]
        self.random.shuffle(batches)
        yield from batches


class GroupedTrainer(SentenceTransformerTrainer):
    """The trainer with length-grouped batches."""

    def get_batch_sampler(self, dataset, batch_size, drop_last, **_):
        lengths = [0] * len(dataset)
        for start in range(0, len(dataset), CHUNK):
            for texts in dataset[start : start + CHUNK].values():
                for row, ids in enumerate(self.model.tokenizer(texts, truncation=True, max_length=self.model.max_seq_length)["input_ids"], start):
                    lengths[row] += len(ids)
        return LengthGrouped(lengths, batch_size, self.args.seed)


class StepLines(TrainerCallback):
    """Writes a line as each step ends."""

    def __init__(self, path: Path, batch: int):
        self.file, self.batch = path.open("w"), batch

    def on_step_end(self, args, state, control, **kwargs):
        self.file.write(json.dumps({"step": state.global_step, "examples": self.batch}) + "\n")
        self.file.flush()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("model", "pairs", "metrics"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("grouped", "bf16"):
        parser.add_argument(f"--{name}", action="store_true")
    for name in ("batch", "max-length", "steps", "seed"):
        parser.add_argument(f"--{name}", type=int, required=True)
    return parser.parse_args()


def main() -> None:
    args = arguments()
    peer.quiet()
    model = SentenceTransformer(str(args.model), device="cpu", model_kwargs=peer.attention(args.bf16))
    model.max_seq_length = args.max_length
    rows = peer.read_lines(args.pairs)
    pairs = Dataset.from_dict({name: [row[name] for row in rows] for name in ("anchor", "positive")})
    with tempfile.TemporaryDirectory() as folder:
        settings = SentenceTransformerTrainingArguments(
            output_dir=folder, per_device_train_batch_size=args.batch, learning_rate=5e-5, max_steps=args.steps, seed=args.seed,
            bf16=args.bf16, use_cpu=True, save_strategy="no", logging_strategy="no", report_to=[], disable_tqdm=True,
        )
        trainer = (GroupedTrainer if args.grouped else SentenceTransformerTrainer)(
            model=model, args=settings, train_dataset=pairs, loss=MultipleNegativesRankingLoss(model),
            callbacks=[StepLines(args.metrics, args.batch)],
        )
        result = trainer.train()
    assert torch.isfinite(torch.tensor(result.training_loss)), "the peer's training diverged"
    peer.answer({"loss": result.training_loss})


if __name__ == "__main__":
    main()

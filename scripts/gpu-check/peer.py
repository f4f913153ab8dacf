"""Trains or encodes with sentence-transformers and prints one JSON line: peer.py train|encode MODEL PAIRS DEVICE [bf16]

PAIRS holds JSON lines with anchor and positive. Training is a plain loop of MultipleNegativesRankingLoss and fused AdamW over 60
batches of 64, of which the first 20 do not count. Encoding is SentenceTransformer.encode of the anchors in batches of 256.
"""

import contextlib
import json
import sys
import time
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer, losses

BATCH, STEPS, WARM_UP = 64, 60, 20


def wait(device: str) -> float:
    """Returns the time when the device has done what it was asked."""
    if device != "cpu":
        torch.cuda.synchronize()
    return time.perf_counter()


def main() -> None:
    task, folder, path, device = sys.argv[1:5]
    autocast = torch.autocast(device, torch.bfloat16) if "bf16" in sys.argv[5:] else contextlib.nullcontext()
    model = SentenceTransformer(folder, device=device).float()
    model.max_seq_length = 96
    pairs = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    if task == "encode":
        texts = [pair["anchor"] for pair in pairs]
        with autocast:
            model.encode(texts[:256], batch_size=256)
            began = wait(device)
            model.encode(texts, batch_size=256)
        print(json.dumps({"per_second": len(texts) / (wait(device) - began)}))
        return
    steps = STEPS if device != "cpu" else 6
    warm_up = WARM_UP if device != "cpu" else 2
    tokens = getattr(model, "preprocess", None) or model.tokenize
    loss_of, optimizer = losses.MultipleNegativesRankingLoss(model), torch.optim.AdamW(model.parameters(), lr=5e-5, fused=True)
    model.train()
    for step in range(steps):
        if step == warm_up:
            began = wait(device)
        batch = [pairs[(step * BATCH + i) % len(pairs)] for i in range(BATCH)]
        sides = [{k: v.to(device) if hasattr(v, "to") else v for k, v in tokens([pair[side] for pair in batch]).items()}
                 for side in ("anchor", "positive")]
        with autocast:
            loss = loss_of(sides, None)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    print(json.dumps({"per_second": (steps - warm_up) * BATCH / (wait(device) - began), "loss": loss.item()}))


if __name__ == "__main__":
    main()

"""Runs an exported TorchScript folder under PyTorch: torchscript_run.py FOLDER < {"ids": [[...]], "own": [...]}, prints the list of output rows.

ids are token ids, of which the first own are the text's, the others its context. Sixteen texts go into a pass, so that lengths mix and rows are padded.
"""

import json
import pathlib
import sys

import torch

request = json.load(sys.stdin)
model = torch.jit.load(str(pathlib.Path(sys.argv[1]) / "model.pt"))
context = "own_mask" in str(model.forward.schema)
rows = []
with torch.no_grad():
    for start in range(0, len(request["ids"]), 16):
        texts, owns = request["ids"][start : start + 16], request["own"][start : start + 16]
        size = max(map(len, texts))
        ids = torch.ones((len(texts), size), dtype=torch.int64)
        attended, pooled = torch.zeros_like(ids), torch.zeros_like(ids)
        for i, (text, own) in enumerate(zip(texts, owns)):
            ids[i, : len(text)] = torch.tensor(text)
            attended[i, : len(text)] = 1
            pooled[i, :own] = 1
        out = model(ids, attended, pooled) if context else model(ids, attended)
        out = out[0] if isinstance(out, tuple) else out
        rows += out.reshape(len(texts), -1).tolist()
print(json.dumps(rows))

"""Runs an exported ONNX or TorchScript folder under onnxruntime or PyTorch: exported_run.py FOLDER < {"ids": [[...]], "own": [...]}, prints the
list of output rows.

ids are token ids, of which the first own are the text's, the others its context. Sixteen texts go into a pass, so that lengths mix and rows are
padded. An ONNX graph is checked by onnx.checker first.
"""

import json
import pathlib
import sys

import numpy as np


def onnx_model(path):
    import onnx
    import onnxruntime

    model = onnx.load(str(path))
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    return lambda arrays: session.run([session.get_outputs()[0].name], dict(zip(names, arrays)))[0]


def torchscript_model(path):
    import torch

    model = torch.jit.load(str(path))
    inputs = 3 if "own_mask" in str(model.forward.schema) else 2

    @torch.no_grad()
    def run(arrays):
        out = model(*[torch.from_numpy(a) for a in arrays[:inputs]])
        return (out[0] if isinstance(out, tuple) else out).numpy()

    return run


folder = pathlib.Path(sys.argv[1])
request = json.load(sys.stdin)
run = onnx_model(folder / "model.onnx") if (folder / "model.onnx").exists() else torchscript_model(folder / "model.pt")
rows = []
for start in range(0, len(request["ids"]), 16):
    texts, owns = request["ids"][start : start + 16], request["own"][start : start + 16]
    size = max(map(len, texts))
    ids = np.ones((len(texts), size), np.int64)
    attended, pooled = np.zeros_like(ids), np.zeros_like(ids)
    for i, (text, own) in enumerate(zip(texts, owns)):
        ids[i, : len(text)] = text
        attended[i, : len(text)] = 1
        pooled[i, :own] = 1
    rows += run([ids, attended, pooled]).reshape(len(texts), -1).tolist()
print(json.dumps(rows))

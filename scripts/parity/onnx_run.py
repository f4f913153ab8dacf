"""Runs an exported ONNX folder under onnxruntime: onnx_run.py FOLDER < {"ids": [[...]], "own": [...]}, prints the list of output rows.

ids are token ids, of which the first own are the text's, the others its context. The graph is checked by onnx.checker first. Sixteen texts go
into a pass, so that lengths mix and rows are padded.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime

folder = pathlib.Path(sys.argv[1])
request = json.load(sys.stdin)
path = folder / request.get("model", "model.onnx")
model = onnx.load(str(path))
onnx.checker.check_model(model, full_check=True)
metadata = {p.key: p.value for p in model.metadata_props}
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
context = int(metadata.get("context_tokens", 0))

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
    inputs = {"input_ids": ids, "attention_mask": attended}
    if context:
        inputs["own_mask"] = pooled
    out = session.run([session.get_outputs()[0].name], inputs)[0]
    rows += out.reshape(len(texts), -1).tolist()
print(json.dumps(rows))

"""Prints, for each line of stdin, the summed log-probability of its tokens but the first two, and their number.

The values come from the model's own logits. data/synthesis/fluency must get the same values through a server.
Usage: perplexity.py MODEL.gguf < texts"""

import sys

import numpy as np
from llama_cpp import Llama

model = Llama(sys.argv[1], n_ctx=2048, n_threads=2, logits_all=True, verbose=False)
for line in sys.stdin:
    tokens = model.tokenize(line.strip().encode(), add_bos=False, special=False)
    model.reset()
    model.eval(tokens)
    logits = np.array(model.scores[: len(tokens)], dtype=np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    print(sum(logs[i - 1, tokens[i]] for i in range(2, len(tokens))), len(tokens) - 2)

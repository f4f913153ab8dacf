"""Prints the microseconds that PyTorch's Python binding takes for one addition of a single element: the counterpart of our binding's."""

import time

import torch

import peer

TIMES = 200_000


def main() -> None:
    torch.set_num_threads(1)
    x = torch.ones(1)
    for _ in range(TIMES // 10):
        torch.add(x, x)
    began = time.perf_counter()
    for _ in range(TIMES):
        torch.add(x, x)
    peer.answer({"microseconds": (time.perf_counter() - began) / TIMES * 1e6})


if __name__ == "__main__":
    main()

#!/usr/bin/env bash
# Trains on one machine with a process for each of GPUS devices (2). A process that dies is replaced: torchrun starts all of them again,
# and --resume continues from the last checkpoint. torchrun comes with PyTorch; nothing else of Python is used.
#
#   examples/deploy/torchrun.sh cfg.yaml
set -euo pipefail

# The ranks meet at a store of rank 0, not at torchrun's, whose protocol depends on the release of PyTorch.
export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1

exec torchrun --nnodes 1 --nproc-per-node "${GPUS:-2}" --max-restarts 3 --no-python \
	train-biencoder --config "$1" --resume

#!/usr/bin/env bash
# Trains on one machine with a process for each of GPUS devices (2). A process that dies is replaced: torchrun starts all of them again,
# and --resume continues from the last checkpoint. torchrun comes with PyTorch; nothing else of Python is used.
#
#   examples/deploy/torchrun.sh cfg.yaml
set -euo pipefail

exec torchrun --nnodes 1 --nproc-per-node "${GPUS:-2}" --max-restarts 3 --no-python \
	train-biencoder --config "$1" --resume

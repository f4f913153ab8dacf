#!/usr/bin/env bash
# Prints the export lines that plain go commands need: eval "$(make env)".
# With CUDA=1, those that link libtorch_cuda. GOWORK names .deps/go.work, which has this module alone: for another module in
# the same shell, set GOWORK=off.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
file=$root/.deps/env.sh
if [[ -n ${CUDA:-} && $CUDA != 0 ]]; then file=$root/.deps/env-cuda.sh; fi
if [[ ! -f $file ]]; then
	echo "error: $file is missing: run make setup${CUDA:+ CUDA=1} first" >&2
	exit 1
fi
cat "$file"

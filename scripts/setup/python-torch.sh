#!/usr/bin/env bash
# Makes a Python environment around torch 2.1.2: python-torch.sh FOLDER REQUIREMENTS [PIP OPTION...]
# Torch comes from the tree that `make setup` unpacked (.deps/wheel), else from the registry, in both cases without the 2.5 GB of CUDA
# libraries that its CPU kernels never call: scripts/parity/cuda_stubs.py explains. A second run with the same requirements does nothing.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
. "$here/report.sh"
venv="$1" requirements="$2"
shift 2
python="${PYTHON:-python3}"

mkdir -p "$(dirname "$venv")"
exec 9>"$venv.lock" # two set-ups at once would break each other's environment
flock 9

done_mark="$venv/.ready"
if [[ -f "$done_mark" ]] && cmp -s "$done_mark" "$requirements"; then
  exit 0
fi

"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
  fail "$python is not Python 3.11, the version of the torch 2.1.2 wheel" 'name one with PYTHON='
step "the Python environment $venv"
[[ -x "$venv/bin/python" ]] || "$python" -m venv "$venv"
pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
"${pip[@]}" "$@" -r "$requirements"

site="$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')"
if [[ -f "$root/.deps/wheel/torch/__init__.py" ]]; then
  echo "$root/.deps/wheel" >"$site/torch_wheel.pth"
  torch_lib="$root/.deps/wheel/torch/lib"
else
  "${pip[@]}" --no-deps torch==2.1.2 nvidia-cuda-runtime-cu12==12.1.105 nvidia-cuda-cupti-cu12==12.1.105
  torch_lib="$site/torch/lib"
fi
"$venv/bin/python" "$root/scripts/parity/cuda_stubs.py" "$torch_lib" "$venv/lib/cuda-stubs" "$site"
"$venv/bin/python" -c 'import torch, transformers; assert torch.__version__.startswith("2.1.2"), torch.__version__'
cp "$requirements" "$done_mark"

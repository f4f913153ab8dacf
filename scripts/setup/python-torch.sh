#!/usr/bin/env bash
# Makes a Python environment around torch 2.11.0: python-torch.sh FOLDER REQUIREMENTS [PIP OPTION...]
# Torch comes from the registry without the 2.5 GB of CUDA libraries that its CPU kernels never call:
# scripts/parity/cuda_stubs.py explains. It needs no set-up of libtorch. A second run with the same requirements does nothing.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
. "$here/report.sh"
venv="$1" requirements="$2"
shift 2
python="${PYTHON:-python3}"
readonly torch_version=2.11.0

mkdir -p "$(dirname "$venv")"
exec 9>"$venv.lock" # two set-ups at once would break each other's environment
flock 9

done_mark="$venv/.ready"
wanted="$(printf 'torch==%s\n' "$torch_version" | cat - "$requirements")"
if [[ -f "$done_mark" && "$(<"$done_mark")" == "$wanted" ]]; then
  exit 0
fi

"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' ||
  fail "$python is not Python 3.11, 3.12 or 3.13" 'name one with PYTHON='
step "the Python environment $venv"
# One of another torch or of other requirements is made anew.
rm -f "$done_mark"
"$python" -m venv --clear "$venv"
pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
"${pip[@]}" "$@" -r "$requirements"
"${pip[@]}" --no-deps "torch==$torch_version" nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85

site="$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')"
"$venv/bin/python" "$root/scripts/parity/cuda_stubs.py" "$site/torch/lib" "$venv/lib/cuda-stubs" "$site"
"$venv/bin/python" -c "import torch, transformers; assert torch.__version__.startswith('$torch_version'), torch.__version__"
printf '%s\n' "$wanted" >"$done_mark"

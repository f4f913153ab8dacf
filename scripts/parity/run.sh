#!/usr/bin/env bash
# Checks the Go models against PyTorch and transformers:
#   1. makes the references of testdata/ again and compares them with the committed ones (--update replaces those instead);
#   2. writes hidden states of 200 sentences, which `go test ./model/... -run Parity` compares with the Go encoder;
#   3. runs exported ONNX and TorchScript models of every encoder family under onnxruntime and PyTorch, and the examples of
#      model cards, and compares the results with Go's;
#   4. reads the event files of train/tensorboard with the tensorboard package.
# Needs the MiniLM-L6 weights (`make setup`, or PARITY_MINILM=DIR) and Python 3.11 to 3.13 (setup.sh makes the environment).
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
minilm="${PARITY_MINILM:-$root/.deps/models/all-MiniLM-L6-v2}"
shared="$root/../shared/models"
export OMP_WAIT_POLICY=PASSIVE PYTHONDONTWRITEBYTECODE=1

if [[ ! -f "$minilm/model.safetensors" ]]; then
  echo "parity: no model.safetensors in $minilm: run make setup, or name the folder with PARITY_MINILM=" >&2
  exit 2
fi
"$here/setup.sh"
python=("${PARITY_VENV:-$root/.deps/parity}/bin/python")

if [[ "${1:-}" == "--update" ]]; then
  "${python[@]}" "$here/generate.py" "$root/testdata" "$minilm" "$shared"
  exit 0
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"${python[@]}" "$here/generate.py" "$work" "$minilm" "$shared"
absent=()
if [[ ! -d "$shared" ]]; then
  echo "parity: no $shared: encoder-e5 is not checked" >&2
  absent=(encoder-e5)
fi
if [[ ! -d "$(dirname "$minilm")/all-mpnet-base-v2" ]]; then
  echo "parity: no all-mpnet-base-v2 beside MiniLM (scripts/fetch-mpnet.sh): encoder-mpnet is not checked" >&2
  absent+=(encoder-mpnet)
fi
for folder in "$work"/reference "$work"/tiny-*; do
  "${python[@]}" "$here/compare.py" "$root/testdata/${folder##*/}" "$folder" "${absent[@]}"
done

"${python[@]}" "$here/generate.py" --larger "$work/larger" "$minilm" "$shared"
cd "$root"
if [[ -z "${CGO_LDFLAGS:-}" && -f .deps/env.sh ]]; then
  # shellcheck disable=SC1091 # made by make setup
  source .deps/env.sh
fi
SKILLSPACE_PARITY=1 go test -count=1 -timeout 30m -run 'Example|Parity' -v ./cmd/export-checkpoint | grep -v '^=== '
for packages in ./model/... ./train/tensorboard; do
  SKILLSPACE_PARITY_DIR="$work/larger" go test -count=1 -v -run Parity "$packages" | tee "$work/go.log"
  grep -q -- '^--- PASS: .*Parity' "$work/go.log" || {
    echo "parity: no Parity test ran and passed in $packages" >&2
    exit 1
  }
done

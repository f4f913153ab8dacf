#!/usr/bin/env bash
# Packs what a machine with a GPU and libtorch's release as a Python package needs to check this project, which has neither Go
# nor a network: dist/gpu-check.tar.xz with the commands, the tests as programs, a small corpus, MiniLM-L6 in few bits, and
# check.py, which runs all of it. Then it runs check.py here, where it says what was left out for want of a GPU.
#
#   scripts/gpu-check/pack.sh              pack and run here (GPU_CHECK_PYTHON names a Python with torch; default: make parity's)
#   scripts/gpu-check/pack.sh --pack-only  pack
#
# On the other machine: tar xJf gpu-check.tar.xz && python3 gpu-check/check.py --out FOLDER
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
. "$root/scripts/setup/report.sh"
cd "$root"
. .deps/env-cuda.sh
readonly limit=$((60 << 20)) # bytes packed
readonly encoder=.deps/models/all-MiniLM-L6-v2
work=dist/gpu-check

step 'commands and tests, linked with libtorch_cuda'
rm -rf "$work"
mkdir -p "$work/bin"
# Symbols would take a third of the room.
flags="${GOFLAGS##*-ldflags=}"
export GOFLAGS=-trimpath # for all that is built here, so that libtorch's C++ is compiled once
go build -ldflags "-s -w $flags" -o "$work/bin/" ./cmd/train-biencoder ./cmd/train-filter ./cmd/export-checkpoint ./bench
for package in internal/libtorch model train; do
	mkdir -p "$work/$package"
	go test -c -ldflags "-s -w $flags" -o "$work/$package/package.test" "./$package"
done

step 'models and data'
cp -r testdata "$work/"
rm -rf "$work/testdata/golden"
cp "$here"/check.py "$here"/peer.py "$work/"
mkdir -p "$work/examples" "$work/train/testdata" "$work/model/testdata"
cp -r examples/ontology examples/sentences.jsonl "$work/examples/"
for package in internal/libtorch model train; do
	[[ ! -d $package/testdata ]] || cp -r "$package/testdata" "$work/$package/"
done
go run ./scripts/gpu-check -model "$encoder" -out "$work/minilm"
go run ./cmd/generate-corpus --config preset:quickstart-corpus --set "output=$work/corpus.jsonl" >/dev/null
rm -f "$work"/corpus.*.html "$work"/corpus.*.json

step 'packing'
XZ_OPT=-6T2 tar -C dist -cJf dist/gpu-check.tar.xz gpu-check
size=$(stat -c %s dist/gpu-check.tar.xz)
note "dist/gpu-check.tar.xz: $((size >> 10)) KiB packed, $(du -sm "$work" | cut -f1) MiB unpacked"
((size <= limit)) || fail "it is larger than $((limit >> 20)) MiB"
[[ ${1:-} != --pack-only ]] || exit 0

python="${GPU_CHECK_PYTHON:-$root/.deps/parity/bin/python}"
[[ -x $python ]] || fail "$python is no Python with torch $(. .deps/env.sh && basename "$LIBTORCH")" 'make parity makes one, or GPU_CHECK_PYTHON names one; --pack-only runs nothing.'
step 'running it here'
# This Python has stand-ins for the libraries of CUDA, which the commands cannot load.
"$python" "$work/check.py" --out dist/gpu-check-results --libraries "$LIBTORCH/lib"

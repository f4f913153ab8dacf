#!/usr/bin/env bash
# Proves the CUDA build on a machine without a GPU: links a small C++ program and
# then the real commands against libtorch_cuda, checks that they load it and that
# no library is missing, and starts them.
# Downloads some 2.5 GB and takes 4.2 GB of disk.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$scripts")
. "$scripts/setup/report.sh"
export CUDA=1

# loads_cuda PROGRAM: fails unless PROGRAM itself names libtorch_cuda and all that it loads is there.
loads_cuda() {
	local missing
	readelf -d "$1" | grep -q 'NEEDED.*\[libtorch_cuda\.so\]' || fail "$1 does not name libtorch_cuda.so: the linker dropped it"
	missing=$(ldd "$1" | awk '/not found/ { print $1 }' | paste -sd' ')
	[[ -z $missing ]] || fail "$1 would not start: not found: $missing"
}

cd "$root"
"$scripts/setup.sh"
. "$root/.deps/env-cuda.sh"

step 'a C++ program against libtorch_cuda'
probe=$(mktemp -d "$root/.deps/tmp/cuda-link.XXXXXX")
trap 'rm -rf "$probe"' EXIT
# The flags are lists of words, as cgo passes them; what go's linker adds comes last.
# shellcheck disable=SC2086
g++ $CGO_CXXFLAGS "$scripts/cuda-link-probe.cpp" -o "$probe/probe" \
	$CGO_LDFLAGS -lc10 -ltorch_cpu "${GOFLAGS##*-extldflags=}"
loads_cuda "$probe/probe"
"$probe/probe" >&2

step 'the commands against libtorch_cuda'
go build -o "$probe/bin/" ./cmd/...
linked=0
for program in "$probe"/bin/*; do
	"$program" --help >/dev/null || fail "$(basename "$program") --help failed"
	# A command that never touches a tensor (generate-corpus) links no libtorch at all.
	if readelf -d "$program" | grep -q 'NEEDED.*libtorch'; then
		loads_cuda "$program"
		note "$(basename "$program") loads libtorch_cuda.so and starts"
		linked=$((linked + 1))
	fi
done
((linked > 0)) || fail 'no command links libtorch'
step "ok: $linked commands link libtorch_cuda"

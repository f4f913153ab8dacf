#!/usr/bin/env bash
# Puts libtorch 2.1.2 below .deps/ and leaves the module ready to build.
#
#   scripts/setup.sh                 CPU
#   CUDA=1 scripts/setup.sh          with libtorch_cuda (1.9 GB more to download)
#   LIBTORCH=/path scripts/setup.sh  uses a libtorch that is already there
#
# CUDA_LIBS=system takes CUDA 12.1 and cuDNN 8 from the system instead of the
# nvidia-*-cu12 packages. LIBTORCH_SOURCE=archive|package allows only the
# official archive, or only the Python package. LIBTORCH_ARCHIVE_URL names a mirror
# of the archive: its sha256 is verified all the same.
# Every step looks first: where all is in place, a run changes nothing.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$scripts")
deps=$root/.deps
CUDA=${CUDA:-}
[[ $CUDA != 0 ]] || CUDA=''
. "$scripts/setup/report.sh"
. "$scripts/setup/download.sh"
. "$scripts/setup/libtorch.sh"
. "$scripts/setup/flags.sh"

check_machine() {
	[[ $(uname -s) == Linux ]] || fail "this set-up is for Linux, not $(uname -s)" 'On other systems use a Linux container or virtual machine.'
	[[ $(uname -m) == x86_64 || -n ${LIBTORCH:-} ]] || fail "there is no libtorch $torch_version to download for $(uname -m)" \
		'Set LIBTORCH=/path to a libtorch 2.1.2 built for it.'
	[[ $root != *[[:space:]]* ]] || fail "the path of this checkout has white space in it: $root" \
		"The compiler's flags cannot carry that. Move the checkout."
	local tool
	local -a missing=()
	for tool in go gcc g++ ar nm ldd sha256sum awk; do
		command -v "$tool" >/dev/null || missing+=("$tool")
	done
	((${#missing[@]} == 0)) || fail "not installed: ${missing[*]}" \
		'Debian, Ubuntu: apt-get install g++ make git python3-pip; Go 1.26 or newer from go.dev.'
}

# Two set-ups at a time (make -j, an editor beside a shell) would tread on each other.
lock() {
	mkdir -p "$deps/tmp"
	command -v flock >/dev/null || return 0
	exec 9>"$deps/tmp/lock"
	flock -n 9 || { note 'waiting for another set-up in this checkout'; flock 9; }
}

compile_gotch() {
	local started=$SECONDS
	# shellcheck disable=SC1090
	. "$deps/env${CUDA:+-cuda}.sh"
	[[ -z $(cd "$root" && go list -f '{{if .Stale}}stale{{end}}' github.com/sugarme/gotch/libtch) ]] ||
		step "compiling gotch's bindings to libtorch (once; two to three minutes)"
	(cd "$root" && go build github.com/sugarme/gotch/libtch) >&2 ||
		fail "gotch's bindings do not compile against $libtorch" "The flags are in .deps/env${CUDA:+-cuda}.sh."
	((SECONDS - started < 5)) || note "took $((SECONDS - started)) s"
}

check_machine
lock
find_libtorch
check_libtorch
# Kept for later runs without LIBTORCH (make build), which would otherwise fetch another one.
[[ $libtorch_source != LIBTORCH ]] || printf '%s\n' "$libtorch" >"$deps/libtorch.given"
abi=$(detect_abi)
make_stubs
make_link_folder
write_env "$abi"
compile_gotch
step "ready: libtorch $torch_version${CUDA:+ with CUDA} from $libtorch_source, C++ ABI $abi"
note "$libtorch"

#!/usr/bin/env bash
# Puts libtorch below .deps/ and leaves the module ready to build.
#
#   scripts/setup.sh                            libtorch 2.1.2 for the CPU
#   CUDA=1 scripts/setup.sh                     with libtorch_cuda (1.9 GB more to download)
#   LIBTORCH_VERSION=2.11.0 scripts/setup.sh    another release (setup/versions.sh lists them); later set-ups keep it
#   LIBTORCH=/path scripts/setup.sh             a libtorch that is already there, from 2.1 on; later set-ups keep it
#
# CUDA_LIBS=system takes CUDA and cuDNN from the system instead of the nvidia-*
# packages. LIBTORCH_SOURCE=archive|package allows only the official archive, or
# only the Python package. LIBTORCH_ARCHIVE_URL names a mirror of the archive: its
# sha256 is verified all the same.
# Every step looks first: where all is in place, a run changes nothing.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$scripts")
deps=$root/.deps
CUDA=${CUDA:-}
[[ $CUDA != 0 ]] || CUDA=''
. "$scripts/setup/report.sh"
. "$scripts/setup/download.sh"
. "$scripts/setup/versions.sh"
. "$scripts/setup/libtorch.sh"
. "$scripts/setup/flags.sh"
. "$scripts/setup/bindings.sh"

check_machine() {
	[[ $(uname -s) == Linux ]] || fail "this set-up is for Linux, not $(uname -s)" 'On other systems use a Linux container or virtual machine.'
	[[ $(uname -m) == x86_64 || -n ${LIBTORCH:-} ]] || fail "this set-up knows no libtorch to download for $(uname -m)" \
		'Set LIBTORCH=/path to a libtorch built for it, from 2.1 on.'
	[[ $root != *[[:space:]]* ]] || fail "the path of this checkout has white space in it: $root" \
		"The compiler's flags cannot carry that. Move the checkout."
	local tool
	local -a missing=()
	for tool in go gcc g++ nm ldd sha256sum awk; do
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

check_machine
lock
choose_release
timed 'finding libtorch' find_libtorch
timed 'checking it' check_libtorch
# Kept for later runs without these settings (make build), which would otherwise go back to the default.
if [[ $libtorch_source == LIBTORCH ]]; then
	printf '%s\n' "$libtorch" >"$deps/libtorch.given"
elif [[ -n ${LIBTORCH_VERSION:-} ]]; then
	printf '%s\n' "$torch_version" >"$deps/libtorch.version"
fi
abi=$(detect_abi)
standard=$(detect_standard)
make_link_folder
write_env "$abi" "$standard"
timed 'copying the bindings' trim_gotch
timed 'compiling them' compile_bindings
step "ready: libtorch $libtorch_version${CUDA:+ with CUDA} from $libtorch_source, C++$standard, C++ ABI $abi"
note "$libtorch"
report_times

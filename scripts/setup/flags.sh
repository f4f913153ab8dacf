# Turns the libtorch found into what the compiler and the linker need: link
# folder, env.sh and goenv. Sourced after report.sh.

# detect_abi: prints 1 if libtorch was built with the C++11 ABI of libstdc++,
# else 0. Only c10's own symbols count: libc10.so also exports pieces of a
# static libstdc++, which carry __cxx11 in either case.
detect_abi() {
	nm -D --defined-only "$libtorch/lib/libc10.so" | awk '
		$3 ~ /^_ZNK?3c10/ && $3 ~ /__cxx11/ { new++ }
		$3 ~ /^_ZNK?3c10/ && $3 ~ /Ss/ { old++ }
		END { if (new) print 1; else if (old) print 0; else exit 1 }' ||
		fail "the C++ ABI of $libtorch/lib/libc10.so is not to be told from its symbols" 'Is it a libtorch for x86-64 Linux?'
}

# detect_standard: prints the C++ standard that libtorch's headers ask for, such as 17.
detect_standard() {
	local year
	year=$(sed -n 's/.*__cplusplus < \(20[0-9][0-9]\)[0-9][0-9]L.*/\1/p' "$libtorch/include/ATen/ATen.h" | head -1)
	case $year in
	2017 | 2020 | 2023) printf '%s\n' "${year#20}" ;;
	*) fail "the C++ standard that $libtorch/include/ATen/ATen.h asks for is not to be told" 'Is it a libtorch from 2.1 on?' ;;
	esac
}

# make_link_folder: a folder with links to libtorch's two CPU libraries and its
# OpenMP runtime alone, so that -L shows the linker nothing else.
make_link_folder() {
	local folder="$deps/link" library openmp link
	mkdir -p "$folder"
	openmp=$(compgen -G "$libtorch/lib/libgomp*.so*" | head -1 || true)
	for library in libc10.so libtorch_cpu.so ${openmp:+"$(basename "$openmp")"}; do
		link_to "$libtorch/lib/$library" "$folder/$library"
	done
	# A second OpenMP runtime in one process is slow and unsafe: -lgomp must be libtorch's.
	[[ -z $openmp ]] || link_to "$openmp" "$folder/libgomp.so"
	for link in "$folder"/*; do
		[[ $(readlink "$link") == "$libtorch/lib/"* ]] || rm -f "$link"
	done
}

link_to() { [[ $(readlink "$2" || true) == "$1" ]] || ln -sfn "$1" "$2"; }

# nvidia_folders PATTERN...: the folders of the libraries that match, among the
# NVIDIA packages beside libtorch, joined by colons.
nvidia_folders() {
	local pattern
	for pattern in "$@"; do
		compgen -G "$(dirname "$libtorch")/nvidia/*/lib/$pattern" | xargs -r dirname || true
	done | sort -u | paste -sd:
}

# write_env ABI STANDARD: .deps/env.sh for shells and make, .deps/goenv for the go
# command itself, by way of GOENV; with CUDA also env-cuda.sh and goenv-cuda. The
# strings are part of Go's cache keys: another spelling means to compile again.
write_env() {
	local folders
	folders=$(nvidia_folders 'libcudart.so*' 'libcupti.so*')
	local cflags="-O2 -I$libtorch/include"
	local cxxflags="-O2 -w -std=c++$2 -D_GLIBCXX_USE_CXX11_ABI=$1 -I$libtorch/include -I$libtorch/include/torch/csrc/api/include"
	local ldflags="-L$deps/link -Wl,--as-needed -Wl,-rpath,$libtorch/lib${folders:+ -Wl,-rpath-link,$folders}"
	write_flags ''
	if [[ -n ${CUDA:-} ]]; then
		write_flags -cuda "$(cuda_goflags)"
	elif ! grep -qsF "LIBTORCH=\"$libtorch\"" "$deps/env-cuda.sh"; then
		rm -f "$deps/env-cuda.sh" "$deps/goenv-cuda" # of another libtorch
	fi
}

# cuda_goflags: prints the user's GOFLAGS and what adds libtorch_cuda to a link.
# Nothing names a symbol of it (it registers itself when it is loaded), so the
# linker must be told to keep it. CGO_LDFLAGS is no place for that: they go into
# the standard library's cgo packages too, and a command without torch would then
# ask for libtorch_cuda and not know where it lies. Nor would gotch be shared with the CPU build.
cuda_goflags() {
	local user folders
	user=$(env -u GOFLAGS GOENV='' go env GOFLAGS)
	folders=$(nvidia_folders '*.so*')
	printf '%s' "${user:+$user }-ldflags=-extldflags=-Wl,--no-as-needed,$libtorch/lib/libtorch_cuda.so,--as-needed,$libtorch/lib/libc10_cuda.so${folders:+,-rpath-link,$folders}"
}

# write_flags SUFFIX [GOFLAGS]: both files, from the flags that write_env has set.
write_flags() {
	local suffix=$1 goflags=${2:-} own
	{
		printf 'export %s="%s"\n' LIBTORCH "$libtorch"
		printf 'export CGO_ENABLED=1\n'
		printf 'export %s="%s"\n' GOWORK "$deps/go.work" CGO_CFLAGS "$cflags" CGO_CXXFLAGS "$cxxflags" CGO_LDFLAGS "$ldflags"
		[[ -z $goflags ]] || printf 'export %s="%s"\n' GOFLAGS "$goflags"
	} | write_if_changed "$deps/env$suffix.sh"
	# GOENV replaces the user's own settings file, so ours starts with theirs.
	own=$(GOENV='' go env GOENV)
	{
		[[ ! -f $own ]] || grep -Ev "^(GOWORK|CGO_(ENABLED|CFLAGS|CXXFLAGS|LDFLAGS)${goflags:+|GOFLAGS})=" "$own" || true
		printf 'CGO_ENABLED=1\nGOWORK=%s\nCGO_CFLAGS=%s\nCGO_CXXFLAGS=%s\nCGO_LDFLAGS=%s\n' "$deps/go.work" "$cflags" "$cxxflags" "$ldflags"
		[[ -z $goflags ]] || printf 'GOFLAGS=%s\n' "$goflags"
	} | write_if_changed "$deps/goenv$suffix"
}

# write_if_changed FILE: stdin to FILE, whole or not at all.
write_if_changed() {
	local new=$1.new
	cat >"$new"
	if cmp -s "$new" "$1"; then rm -f "$new"; else mv "$new" "$1"; fi
}

# Turns the libtorch found into what the compiler and the linker need: stubs,
# link folder, env.sh and goenv. Sourced after report.sh.

# What gotch names in its link flags, whether it is there or not.
readonly -a gotch_libraries=(c10_cuda caffe2_nvrtc cublas cuda cudart cudnn nvToolsExt nvrtc nvrtc-builtins torch torch_cuda)

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

# make_stubs FOLDER NAME...: empty static archives, first on the search path, so
# that gotch's fixed -lcuda and so on link against nothing where nothing is wanted.
make_stubs() {
	local folder=$1 name
	shift
	mkdir -p "$folder"
	for name in "$@"; do
		[[ -f $folder/lib$name.a ]] || ar crs "$folder/lib$name.a"
	done
}

# make_link_folder FOLDER LIBRARY...: a folder with links to these libraries of
# libtorch and its OpenMP runtime alone, so that -L shows the linker nothing else.
make_link_folder() {
	local folder=$1 library openmp link
	shift
	mkdir -p "$folder"
	openmp=$(compgen -G "$libtorch/lib/libgomp*.so*" | head -1 || true)
	for library in "$@" ${openmp:+"$(basename "$openmp")"}; do
		link_to "$libtorch/lib/$library" "$folder/$library"
	done
	# A second OpenMP runtime in one process is slow and unsafe: -lgomp must be libtorch's.
	[[ -z $openmp ]] || link_to "$openmp" "$folder/libgomp.so"
	for link in "$folder"/*; do
		[[ $(readlink "$link") == "$libtorch/lib/"* ]] || rm -f "$link"
	done
}

link_to() { [[ $(readlink "$2" || true) == "$1" ]] || ln -sfn "$1" "$2"; }

# nvidia_folders NAME...: those of the NVIDIA packages' library folders that lie
# beside libtorch, joined by colons.
nvidia_folders() {
	local name
	for name in "$@"; do
		[[ ! -d $(dirname "$libtorch")/nvidia/$name/lib ]] || printf '%s\n' "$(dirname "$libtorch")/nvidia/$name/lib"
	done | paste -sd:
}

# write_env: .deps/env.sh (CUDA: env-cuda.sh) for shells and make, .deps/goenv
# (goenv-cuda) for the go command itself, by way of GOENV. The strings are part
# of Go's cache keys: another spelling means two minutes of compiling gotch anew.
write_env() {
	local suffix=${CUDA:+-cuda} abi=$1 folders keep=''
	if [[ -n ${CUDA:-} ]]; then
		folders=$(nvidia_folders "${cuda_packages[@]#* }")
		# Nothing of ours names a symbol of libtorch_cuda; it registers itself when it is loaded.
		keep=' -Wl,--no-as-needed -ltorch_cuda'
	else
		folders=$(nvidia_folders cuda_runtime cuda_cupti)
	fi
	local cflags="-O2 -I$libtorch/include"
	local cxxflags="-O2 -w -D_GLIBCXX_USE_CXX11_ABI=$abi -I$libtorch/include -I$libtorch/include/torch/csrc/api/include"
	local ldflags="-L$deps/stubs$suffix -L$deps/link$suffix$keep -Wl,--as-needed -Wl,-rpath,$libtorch/lib${folders:+ -Wl,-rpath-link,$folders}"
	write_if_changed "$deps/env$suffix.sh" <<-EOF
		export LIBTORCH="$libtorch"
		export CGO_ENABLED=1
		export CGO_CFLAGS="$cflags"
		export CGO_CXXFLAGS="$cxxflags"
		export CGO_LDFLAGS="$ldflags"
	EOF
	# GOENV replaces the user's own settings file, so ours starts with theirs.
	local own
	own=$(GOENV='' go env GOENV)
	{
		[[ ! -f $own ]] || grep -Ev '^CGO_(ENABLED|CFLAGS|CXXFLAGS|LDFLAGS)=' "$own" || true
		printf 'CGO_ENABLED=1\nCGO_CFLAGS=%s\nCGO_CXXFLAGS=%s\nCGO_LDFLAGS=%s\n' "$cflags" "$cxxflags" "$ldflags"
	} | write_if_changed "$deps/goenv$suffix"
}

# write_if_changed FILE: stdin to FILE, whole or not at all.
write_if_changed() {
	local new=$1.new
	cat >"$new"
	if cmp -s "$new" "$1"; then rm -f "$new"; else mv "$new" "$1"; fi
}

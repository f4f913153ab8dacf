# Finds libtorch, or fetches it. Sourced after report.sh, download.sh and versions.sh.
# Sets libtorch (its folder: include/, lib/) and libtorch_source (where it came from).

# find_libtorch: LIBTORCH if set, what .deps holds already, the official
# archive, the Python package, in this order.
find_libtorch() {
	local given=${LIBTORCH:-}
	# A shell that has read our own env.sh carries LIBTORCH. That does not ask for another one.
	case $given in
	"$deps/wheel/torch" | "$deps"/wheel-*/torch | "$deps/libtorch") given='' ;;
	esac
	if [[ -n $given ]]; then
		[[ -d $given ]] || fail "LIBTORCH=$given is no folder" \
			'Point it at the folder with include/ and lib/ of a libtorch from 2.1 on, or unset it to have one fetched.'
		libtorch=$(cd "$given" && pwd) libtorch_source='LIBTORCH'
		return
	fi
	if [[ -z ${LIBTORCH_VERSION:-} && -f $deps/libtorch.given ]]; then
		libtorch=$(<"$deps/libtorch.given") libtorch_source='LIBTORCH of an earlier set-up (to forget it: rm .deps/libtorch.given)'
		[[ -d $libtorch ]] && return
		warn "$libtorch, which an earlier set-up used, is gone: looking for another libtorch"
	fi
	rm -f "$deps/libtorch.given"
	if have_wheel "${CUDA:-}"; then
		libtorch=$wheel/torch libtorch_source='the Python package'
	elif [[ -z ${CUDA:-} && -n $archive_name && -f $deps/libtorch/.complete ]]; then
		libtorch=$deps/libtorch libtorch_source='the official archive'
	elif [[ -z ${CUDA:-} && -n $archive_name && ${LIBTORCH_SOURCE:-auto} != package ]] && fetch_archive; then
		libtorch=$deps/libtorch libtorch_source='the official archive'
	else
		[[ ${LIBTORCH_SOURCE:-auto} != archive ]] || fail "the official archive of libtorch $torch_version could not be downloaded: ${fetch_error:-its checksum is not known}" \
			"${archive_name:+from $archive_url}" 'LIBTORCH_SOURCE=archive allows no other source.'
		fetch_wheel
		libtorch=$wheel/torch libtorch_source='the Python package'
	fi
}

# have_wheel CUDA: whether $wheel holds the package's libraries, verified
# against checksums.txt once and again whenever one of them changed.
have_wheel() {
	local stamp="$wheel/.verified${1:+-cuda}" library verified=''
	local -a names=("${cpu_libraries[@]/#/torch/lib/}" "${cpu_packages[@]#* }")
	[[ -z $1 ]] || names+=("${cuda_libraries[@]/#/torch/lib/}")
	[[ -f $wheel/torch/include/torch/csrc/api/include/torch/version.h ]] || return 1
	for library in "${names[@]}"; do
		[[ -f $wheel/$library ]] || return 1
		[[ $stamp -nt $wheel/$library ]] && continue
		verified=1
		note "verifying ${wheel#"$root/"}/$library"
		if ! matches "$wheel/$library" "$(basename "$wheel")/$library"; then
			warn "${wheel#"$root/"}/$library is not the library of torch $torch_version: fetching it again"
			rm -rf "$wheel/.installed"
			return 1
		fi
	done
	if [[ -n $1 && ${CUDA_LIBS:-wheels} != system ]]; then all_there "${cuda_packages[@]#* }" || return 1; fi
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

# fetch_wheel: torch and the NVIDIA packages into $wheel, where the libraries'
# own rpath ($ORIGIN/../../nvidia/...) finds the latter.
fetch_wheel() {
	step "libtorch $torch_version: the Python package torch==$torch_version, $torch_size MB${CUDA:+, and the CUDA libraries}"
	need_space "$([[ -n ${CUDA:-} ]] && echo 5600 || echo 1400)" 'libtorch'
	local -a packages=("${cpu_packages[@]}") wanted=("${cpu_libraries[@]/#/torch/lib/}" 'torch/include/*' "torch-$torch_version.dist-info/*")
	[[ -z ${CUDA:-} ]] || wanted+=("${cuda_libraries[@]/#/torch/lib/}")
	[[ -z ${CUDA:-} || ${CUDA_LIBS:-wheels} == system ]] || packages+=("${cuda_packages[@]}")
	local package
	for package in "${packages[@]}"; do
		install_package "${package%% *}" "${package#* }"
	done
	# torch last: a set-up cut short is then seen as incomplete.
	install_package "torch==$torch_version" "${wanted[@]}"
	have_wheel "${CUDA:-}" || fail "what was unpacked into $wheel is not complete" 'Run make distclean, then make setup again.'
}

# install_package NAME==VERSION PATTERN...: downloads a wheel, verifies it,
# links what matches into $wheel and removes the download. What an earlier,
# cut short set-up has installed stays.
install_package() {
	local package=$1 download="$deps/tmp/download" file installed="$wheel/.installed/$1${CUDA:+-cuda}"
	shift
	if [[ -f $installed ]] && all_there "$@"; then return; fi
	rm -rf "$download" "$deps/tmp/unpacked"
	note "downloading $package"
	fetch_package "${package%%==*}" "${package##*==}" "$download" || fail "the download of the Python package $package failed: $fetch_error" \
		'Check the network and the settings of pip (pip config list, PIP_INDEX_URL), then run make setup again:' \
		'what is already there is kept. Or set LIBTORCH=/path to a libtorch that you have, from 2.1 on.'
	file=$(echo "$download"/*.whl)
	verify "$file"
	unpack "$file" "$deps/tmp/unpacked" "$@"
	mkdir -p "$wheel"
	# Hard links move a tree into one that exists, at once and without a copy.
	cp -al --remove-destination "$deps/tmp/unpacked/." "$wheel/"
	rm -rf "$download" "$deps/tmp/unpacked"
	mkdir -p "$(dirname "$installed")"
	touch "$installed"
}

# all_there PATTERN...: whether each pattern matches something below $wheel.
all_there() {
	local pattern
	for pattern in "$@"; do
		compgen -G "$wheel/$pattern" >/dev/null || return 1
	done
}

# version_of LIBTORCH: prints the version that its headers name, such as 2.1.2.
version_of() {
	local -a headers=()
	local name
	# The second one since 2.9.
	for name in torch/csrc/api/include/torch/version.h torch/headeronly/version.h; do
		[[ ! -f $1/include/$name ]] || headers+=("$1/include/$name")
	done
	awk '/define TORCH_VERSION_(MAJOR|MINOR|PATCH) +[0-9]/ { version = version dot $3; dot = "." } END { print version }' "${headers[@]}"
}

# check_libtorch: version, headers, libraries, and what they link to. Sets libtorch_version.
check_libtorch() {
	local header="$libtorch/include/torch/csrc/api/include/torch/version.h" library missing major minor
	[[ -f $header ]] || fail "$libtorch holds no libtorch: include/torch/csrc/api/include/torch/version.h is missing" \
		'A runtime without headers does not suffice. Use the folder with include/ and lib/ of the C++ distribution or of the Python package torch.'
	libtorch_version=$(version_of "$libtorch")
	[[ $libtorch_version =~ ^([0-9]+)\.([0-9]+)\. ]] || fail "the headers in $libtorch/include name no version of libtorch: \"$libtorch_version\""
	major=${BASH_REMATCH[1]} minor=${BASH_REMATCH[2]}
	((major > 2 || major == 2 && minor >= 1)) || fail "$libtorch is libtorch $libtorch_version; this project needs 2.1 or newer" \
		'Point LIBTORCH at another one, or unset it to have one fetched.'
	[[ " $releases " == *" $libtorch_version "* ]] || warn "$libtorch is libtorch $libtorch_version; this project is tested with ${releases// / and }"
	local -a needed=(libc10.so libtorch_cpu.so)
	[[ -z ${CUDA:-} ]] || needed+=(libc10_cuda.so libtorch_cuda.so)
	for library in "${needed[@]}"; do
		[[ -f $libtorch/lib/$library ]] || fail "$libtorch/lib/$library is missing" \
			"${CUDA:+CUDA=1 needs a CUDA build of libtorch. }Point LIBTORCH at a complete one, or unset it to have one fetched."
		missing=$(ldd "$libtorch/lib/$library" | awk '/not found/ { print $1 }' | sort -u | paste -sd' ')
		[[ -z $missing ]] || fail "$libtorch/lib/$library needs libraries that are not there: $missing" \
			'They come with the Python packages nvidia-* (beside torch, in nvidia/*/lib) or with the CUDA toolkit.'
	done
}

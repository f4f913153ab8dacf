# Fetching, verifying and unpacking files. Sourced after report.sh; needs $deps
# (the .deps folder) and $scripts (this project's scripts folder).

# The reason why the last fetch_url or fetch_package failed, for the caller's message.
fetch_error=''

# run_logged LOG COMMAND...: on a terminal the command keeps it, for its progress
# bar; otherwise its output goes to LOG, where the reason of a failure is found.
run_logged() {
	local log=$1
	shift
	mkdir -p "$deps/tmp"
	: >"$log"
	if [[ -t 2 ]]; then "$@" >&2; else "$@" >"$log" 2>&1; fi
}

# fetch_url URL FILE: downloads over HTTP. A host that does not answer is given
# up after five seconds, so that machines without a way out go on quickly.
fetch_url() {
	local url=$1 file=$2 log="$deps/tmp/fetch.log"
	local -a command
	if command -v curl >/dev/null; then
		command=(curl --fail --location --connect-timeout 5 --speed-limit 2000 --speed-time 30)
		if [[ -t 2 ]]; then command+=(--progress-bar); else command+=(--silent --show-error); fi
		command+=(-o "$file.part" "$url")
	elif command -v wget >/dev/null; then
		command=(wget --no-verbose --tries=1 --timeout=30 --connect-timeout=5 --dns-timeout=5 -O "$file.part" "$url")
	else
		fetch_error='neither curl nor wget is installed'
		return 1
	fi
	if run_logged "$log" "${command[@]}"; then
		mv "$file.part" "$file"
		return
	fi
	rm -f "$file.part"
	fetch_error=$(tail -1 "$log")
	fetch_error=${fetch_error:-see above}
	return 1
}

# fetch_package NAME VERSION FOLDER: downloads one wheel with pip, always the
# one for CPython 3.11 on this kind of machine. Only its C++ libraries are used,
# so the machine's own Python does not matter.
fetch_package() {
	local name=$1 version=$2 folder=$3 log="$deps/tmp/pip.log"
	if ! python3 -m pip --version >/dev/null 2>&1; then
		fetch_error='python3 with pip is not installed (Debian, Ubuntu: apt-get install python3-pip)'
		return 1
	fi
	local -a quiet=() platforms=()
	[[ -t 2 ]] || quiet=(--quiet)
	local glibc
	for glibc in 1 2010 2014 _2_{17..28}; do platforms+=(--platform "manylinux${glibc}_$(uname -m)"); done
	# pip writes whole wheels to TMPDIR first, which is a small memory disk on some machines.
	if TMPDIR="$deps/tmp" run_logged "$log" python3 -m pip download "${quiet[@]}" --no-deps --disable-pip-version-check \
		--python-version 3.11 --implementation cp "${platforms[@]}" --only-binary=:all: \
		--dest "$folder" "$name==$version"; then
		return
	fi
	fetch_error=$(grep '^ERROR' "$log" | tail -1 || true)
	fetch_error=${fetch_error:-see above}
	return 1
}

# pinned NAME: the sha256 that checksums.txt gives for NAME; nothing if it gives none.
pinned() { awk -v name="$1" '$2 == name { print $1 }' "$scripts/checksums.txt"; }

# matches FILE NAME: whether FILE has the sha256 pinned for NAME.
matches() {
	[[ -f $1 ]] || return 1
	local want got
	want=$(pinned "$2")
	[[ -n $want ]] || fail "scripts/checksums.txt pins no sha256 for $2"
	got=$(sha256sum "$1")
	[[ ${got%% *} == "$want" ]]
}

# verify FILE: fails, and removes FILE, unless it has the sha256 pinned for its name.
verify() {
	local file=$1 name got
	name=$(basename "$file")
	matches "$file" "$name" && return 0
	got=$(sha256sum "$file" | cut -d' ' -f1)
	rm -f "$file"
	fail "$name was downloaded, but is not the file this project was tested with" \
		"sha256 got:  $got" "sha256 want: $(pinned "$name")" \
		"The download was removed. Try again; if it stays so, a proxy or mirror changes the file."
}

# unpack ZIP FOLDER PATTERN...: unpacks only what matches (a '*' also crosses '/').
unpack() {
	local zip=$1 folder=$2
	shift 2
	mkdir -p "$folder"
	if command -v unzip >/dev/null; then
		unzip -q -o "$zip" "$@" -d "$folder" || fail "unzip $zip failed" "Is the disk full? $(df -h "$folder" | tail -1)"
		return
	fi
	python3 - "$zip" "$folder" "$@" <<'PYTHON' || fail "unpacking $zip with python3 failed" "Is the disk full? $(df -h "$folder" | tail -1)"
import fnmatch, sys, zipfile

archive, folder, patterns = sys.argv[1], sys.argv[2], sys.argv[3:]
with zipfile.ZipFile(archive) as z:
    for name in z.namelist():
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            z.extract(name, folder)
PYTHON
}

# need_space MEGABYTES WHAT: fails early when the disk cannot hold it.
need_space() {
	local free
	free=$(df -Pm "$deps" | awk 'NR == 2 { print $4 }')
	((free >= $1)) || fail "$2 needs $1 MB of disk below $deps, $free MB are free" \
		'Free some space, or let LIBTORCH=/path name a libtorch that is already on this machine.'
}

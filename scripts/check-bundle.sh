#!/usr/bin/env bash
# check-bundle.sh [ARCHIVE] checks that the archive of make bundle works without the build tree. It unpacks the archive
# into a new folder and hides .deps and bin. Then it starts every command. If the quick start has left a model, it also
# extracts skills.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$scripts")
. "$scripts/setup/report.sh"
cd "$root"
archive=$(realpath "${1:-"$(ls -t dist/skillspace-*.tar.zst | head -1)"}")
readonly checkpoints=$root/runs/quickstart
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step "unpacking $(basename "$archive"), $(du -h "$archive" | cut -f1)"
(cd "$(dirname "$archive")" && sha256sum --quiet --check "$(basename "$archive").sha256")
if command -v zstd >/dev/null; then tar --zstd -xf "$archive" -C "$work"; else go run ./scripts/bundle -unpack "$archive" "$work"; fi
bundle=$(echo "$work"/*)
[[ -x $bundle/bin/serve && -f $bundle/LICENSE && -d $bundle/licences/torch-2.1.2 || -n ${LIBTORCH:-} ]] || fail "the archive is not complete"

step 'what the commands load'
for program in "$bundle"/bin/* "$bundle"/lib/*; do
	loaded=$(ldd "$program") || fail "ldd $program failed"
	! grep 'not found' <<<"$loaded" >&2 || fail "$program lacks a library"
	# Libraries may come from the bundle or from the system's folders, not from the build tree.
	! awk '$3 ~ /^\// { print $3 }' <<<"$loaded" | grep -Ev "^($bundle/(bin/../)?lib|/lib|/lib64|/usr/lib|/usr/lib64)/" >&2 ||
		fail "$program loads a library from outside of the bundle"
	! grep -qF "$root/.deps" <(readelf -d "$program") || fail "$program names the folder that it was built in"
done

# in_sight: runs while the build tree is hidden.
in_sight() {
	cd "$bundle"
	local program
	for program in bin/*; do
		env -i HOME="$work" PATH=/usr/bin:/bin "$program" --help >/dev/null || fail "$program --help failed"
		env -i HOME="$work" PATH=/usr/bin:/bin "$program" --version >&2 || fail "$program --version failed"
	done
	if [[ -d $checkpoints/biencoder/checkpoints/best ]]; then
		env -i HOME="$work" PATH=/usr/bin:/bin OMP_WAIT_POLICY=PASSIVE bin/extract-skills --checkpoint "$checkpoints/biencoder/checkpoints/best" \
			--filter "$checkpoints/filter/checkpoints/best" --taxonomy examples/ontology --threshold 0.3 examples/ads/care-nurse.txt \
			>"$work/skills.jsonl" || fail 'bin/extract-skills failed'
		grep -q '"label"' "$work/skills.jsonl" || fail 'bin/extract-skills found no skill'
		note "$(grep -c '"label"' "$work/skills.jsonl") sentences with skills"
	else
		note 'no model of the quick start: extraction is not checked'
	fi
}

step 'every command, with the build tree out of sight'
if unshare --mount --map-root-user true 2>/dev/null; then
	# The mounts are in their own namespace, so nothing has to be restored, even after a failure.
	export -f in_sight fail step note
	export bundle checkpoints work red plain dim bold
	unshare --mount --map-root-user bash -euo pipefail -c "
		for folder in '$(realpath .deps)' '$root/bin'; do [[ ! -d \$folder ]] || mount -t tmpfs none \"\$folder\"; done
		[[ ! -e '$root/.deps/wheel' && ! -e '$root/.deps/libtorch' ]]
		in_sight"
else
	[[ ! -L .deps ]] || fail '.deps is a link: its folder may be in use and cannot be renamed'
	restore() { for folder in .deps bin; do [[ ! -d $root/$folder.away ]] || mv "$root/$folder.away" "$root/$folder"; done; }
	trap 'restore; rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM HUP
	mv .deps .deps.away
	[[ ! -d bin ]] || mv bin bin.away
	(in_sight)
	restore
fi
step 'the bundle works'

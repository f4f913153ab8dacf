#!/usr/bin/env bash
# Runs what the CPU Dockerfile runs, step by step in a clean folder, as there is not everywhere a container engine: setup.sh with nothing but go.mod,
# go.sum and scripts/, then the build of the whole tree, then the commands from the files that the last stage keeps.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
export LIBTORCH_SOURCE=package
mkdir "$work/build"
cp "$root/go.mod" "$root/go.sum" "$work/build/"
cp -r "$root/scripts" "$work/build/scripts"
(cd "$work/build" && scripts/setup.sh)
git -C "$root" archive HEAD | tar -x -C "$work/build"
(cd "$work/build" && make build)
# The last stage: the libraries where they were linked, and the binaries; all else is away.
stage="$work/build"
kept=(.deps/wheel/torch/lib .deps/wheel/nvidia bin)
for folder in "${kept[@]}"; do
	grep -q "^COPY --from=build /opt/skillspace/$folder " "$root/Dockerfile" || { echo "the Dockerfile's last stage does not keep $folder" >&2; exit 1; }
	mkdir -p "$work/kept/$(dirname "$folder")"
	mv "$stage/$folder" "$work/kept/$folder"
done
rm -rf "$stage"
mv "$work/kept" "$stage"
for command in "$work"/build/bin/*; do
	env -i PATH=/usr/bin:/bin "$command" --version
done
env -i PATH=/usr/bin:/bin "$work/build/bin/serve" --help >/dev/null
echo "the Dockerfile's steps work: $(du -sh "$work/build" | cut -f1) in the last stage"

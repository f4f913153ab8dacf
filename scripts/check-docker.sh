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
mkdir "$work/kept"
mv "$work/build/.deps/wheel/torch/lib" "$work/kept/lib"
mv "$work/build/bin" "$work/kept/bin"
rm -rf "$work/build"
mkdir -p "$work/build/.deps/wheel/torch"
mv "$work/kept/lib" "$work/build/.deps/wheel/torch/lib"
mv "$work/kept/bin" "$work/build/bin"
for command in "$work"/build/bin/*; do
	env -i PATH=/usr/bin:/bin "$command" --version
done
env -i PATH=/usr/bin:/bin "$work/build/bin/serve" --help >/dev/null
echo "the Dockerfile's steps work: $(du -sh "$work/build" | cut -f1) in the last stage"

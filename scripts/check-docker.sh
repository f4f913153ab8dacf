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
# The last stage: what the Dockerfile copies there, where it was; all else is away.
sed -n 's|^COPY --from=build /opt/skillspace/\([^ ]*\) .*|\1|p' "$root/Dockerfile" >"$work/kept.txt"
while read -r folder; do
	mkdir -p "$work/kept/$(dirname "$folder")"
	mv "$work/build/$folder" "$work/kept/$folder"
done <"$work/kept.txt"
rm -rf "$work/build"
mv "$work/kept" "$work/build"
for command in "$work"/build/bin/*; do
	env -i PATH=/usr/bin:/bin "$command" --version
done
env -i PATH=/usr/bin:/bin "$work/build/bin/serve" --help >/dev/null
echo "the Dockerfile's steps work: $(du -sh "$work/build" | cut -f1) in the last stage"

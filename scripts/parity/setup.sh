#!/usr/bin/env bash
# Makes the Python environment of the parity checks: .deps/parity under the repository's root (PARITY_VENV picks another place).
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
venv="${PARITY_VENV:-$root/.deps/parity}"
"$root/scripts/setup/python-torch.sh" "$venv" "$here/requirements.txt"
if ! cmp -s "$here/sentence-transformers.txt" "$venv/.sentence-transformers"; then
	"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$here/sentence-transformers.txt"
	cp "$here/sentence-transformers.txt" "$venv/.sentence-transformers"
fi

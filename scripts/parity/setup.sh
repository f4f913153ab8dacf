#!/usr/bin/env bash
# Makes the Python environment of the parity checks: .deps/parity under the repository's root (PARITY_VENV picks another place).
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
"$root/scripts/setup/python-torch.sh" "${PARITY_VENV:-$root/.deps/parity}" "$here/requirements.txt"

#!/usr/bin/env bash
# Makes the Python environment of the benchmark's peers: .deps/bench under the repository's root (BENCH_VENV picks another place).
# requirements.txt pins everything that the peers import. pip resolves nothing, since it would fetch a second torch.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
"$root/scripts/setup/python-torch.sh" "${BENCH_VENV:-$root/.deps/bench}" "$here/requirements.txt" --no-deps

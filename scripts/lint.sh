#!/usr/bin/env bash
# lint.sh PACKAGE... runs golangci-lint with .golangci.yml. It builds the linter from source once, into .deps/bin, in two
# to four minutes. Go's checksum database verifies it. The caller must set libtorch's flags (. .deps/env.sh), since the
# linters type-check cgo packages.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/scripts/setup/report.sh"
readonly version=v2.15.0
readonly program=$root/.deps/bin/golangci-lint-$version

if [[ ! -x $program ]]; then
	step "golangci-lint $version: building it once"
	building=$(mktemp -d "$root/.deps/golangci-lint.XXXXXX")
	trap 'rm -rf "$building"' EXIT
	# The build uses neither our flags and settings nor a C compiler, so the user's own cache may already have it.
	(cd / && env -u CGO_CFLAGS -u CGO_CXXFLAGS -u CGO_LDFLAGS -u GOFLAGS -u GOENV GOWORK=off CGO_ENABLED=0 GOBIN="$building" \
		go install -trimpath -ldflags='-s -w' "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version") >&2 ||
		fail "golangci-lint $version cannot be built" 'The Go module proxy must be reachable: go env GOPROXY.'
	mkdir -p "$(dirname "$program")"
	mv "$building/golangci-lint" "$program"
fi
cd "$root"
exec "$program" run "$@"

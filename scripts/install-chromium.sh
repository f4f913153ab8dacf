#!/usr/bin/env bash
# Installs Debian's chromium for the tests of serve's page, if none is installed, the user is root and apt works. It
# never fails: without a browser those tests are skipped by name. It is meant for CI machines. Nothing else in this
# project installs anything outside the checkout.
set -euo pipefail

for browser in chromium chromium-browser google-chrome google-chrome-stable chrome; do
	command -v "$browser" >/dev/null && exit 0
done
if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
	echo 'no chromium, and no way to install it: the tests of the page are skipped' >&2
	exit 0
fi
export DEBIAN_FRONTEND=noninteractive
install() { timeout 300 apt-get install -y -qq --no-install-recommends chromium; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if install >"$log" 2>&1 || { timeout 120 apt-get update -qq && install; } >>"$log" 2>&1; then
	echo "installed chromium for the tests of the page" >&2
else
	echo "chromium cannot be installed, so the tests of the page are skipped: $(tail -n 1 "$log")" >&2
fi

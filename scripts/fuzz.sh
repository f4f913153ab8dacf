#!/usr/bin/env bash
# Runs every fuzz target for FUZZTIME (default 10s; 1000000x for a million inputs), one after another. Ends with the
# first target that finds something, whose input Go then keeps in its testdata folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

while IFS=: read -r file name; do
  package=./$(dirname "$file")
  name=${name#func }
  echo "== $package $name"
  go test "$package" -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-10s}" -parallel "${FUZZPROCS:-2}"
done < <(git grep -oE '^func Fuzz[A-Za-z0-9]+' -- '*_test.go')

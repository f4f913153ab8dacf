package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Experiment says what is compared on which data.
type Experiment struct {
	Name     string
	Shown    string // what it is, in a sentence
	Taxonomy string
	Encoder  string // folder of the pretrained encoder
	Prefix   string // before each text of the stock encoder

	Corpus, Train, Filter string   // presets
	CorpusSettings        []string // KEY=VALUE, over the preset
	TrainSettings         []string
	FilterSettings        []string
	FilterTrain           []string // files of labelled sentences; empty: the corpus
	FilterValidation      []string

	Benchmarks []string // ranked by sentence
	Ads        []string // labelled ads, ranked by ad
	Seeds      []int
	Rows       []Row

	LLMURL, LLMModel string // of the row with a language model's sentences; empty: no such row
}

// Row is a variant: a model that is trained with its own settings, and how it is measured.
type Row struct {
	Group, Name string
	Corpus      []string // KEY=VALUE for generate-corpus
	Train       []string // KEY=VALUE for train-biencoder
	Evaluate    []string // flags of evaluate
	Filtered    bool     // also measured behind the filter
	Language    bool     // its corpus is written by a language model
}

// encoderAlone measures the trained vectors without the lexical part.
var encoderAlone = []string{"--lexical=false"}

// ablation has the rows of the paper. The first row of a group is the default, so all of them share one training.
var ablation = []Row{
	{Group: "Model", Name: "BiLSTM + attention (default)", Evaluate: encoderAlone},
	{Group: "Model", Name: "mean pooling", Train: []string{"model.pooling=mean", "model.bilstm=false"}, Evaluate: encoderAlone},
	{Group: "Model", Name: "BiLSTM", Train: []string{"model.pooling=mean", "model.bilstm=true"}, Evaluate: encoderAlone},
	{Group: "Model", Name: "attention", Train: []string{"model.pooling=attention", "model.bilstm=false"}, Evaluate: encoderAlone},
	{Group: "Loss", Name: "InfoNCE (default)", Evaluate: encoderAlone},
	{Group: "Loss", Name: "margin", Train: []string{"loss.kind=margin"}, Evaluate: encoderAlone},
	{Group: "Corpus", Name: "hierarchical pairs (default)", Evaluate: encoderAlone},
	{Group: "Corpus", Name: "unconstrained pairs", Corpus: []string{"pairing=unconstrained"}, Evaluate: encoderAlone},
	{Group: "Corpus", Name: "with the built-in phrases", Corpus: []string{"phrases=true"}, Evaluate: encoderAlone},
	{Group: "Corpus", Name: "a language model's sentences", Language: true, Evaluate: encoderAlone},
	{Group: "Scores", Name: "label and alternative labels (default)", Evaluate: encoderAlone},
	{Group: "Scores", Name: "label", Evaluate: []string{"--lexical=false", "--views", "label"}},
	{Group: "Scores", Name: "label, alternative labels and description", Evaluate: []string{"--lexical=false", "--views", "all"}},
	{Group: "Scores", Name: "label and alternative labels, lexical", Filtered: true},
}

// chineseRows has the rows for an encoder of two languages, with mean pooling.
var chineseRows = []Row{
	{Group: "Corpus", Name: "English, hierarchical pairs (default)", Evaluate: encoderAlone},
	{Group: "Corpus", Name: "English, unconstrained pairs", Corpus: []string{"pairing=unconstrained"}, Evaluate: encoderAlone},
	{Group: "Scores", Name: "label and alternative labels (default)", Evaluate: encoderAlone},
	{Group: "Scores", Name: "label", Evaluate: []string{"--lexical=false", "--views", "label"}},
	{Group: "Scores", Name: "label and alternative labels, lexical", Filtered: true},
}

const benchmarkFolder = "datasets/skill-extraction-benchmark/"

var experiments = []Experiment{
	{
		Name: "english", Shown: "MiniLM-L6 over all of ESCO, English",
		Taxonomy: "datasets/esco", Encoder: ".deps/models/all-MiniLM-L6-v2",
		Corpus: "corpus-esco", CorpusSettings: []string{"phrases=false"}, Train: "biencoder-minilm",
		Filter: "filter-minilm", FilterTrain: []string{"datasets/skillspan/train.json"}, FilterValidation: []string{"datasets/skillspan/dev.json"},
		Benchmarks: []string{benchmarkFolder + "tech_validation_annotations.csv", benchmarkFolder + "house_validation_annotations.csv", "datasets/skillskape/dev.csv"},
		Ads:        []string{"examples/ads.jsonl"},
		Seeds:      []int{1, 2, 3}, Rows: ablation,
	},
	{
		Name: "chinese", Shown: "Chinese ads against the English skills of ESCO, multilingual-e5-small cut to two languages",
		Taxonomy: "datasets/esco", Encoder: "datasets/e5-small-zh-en", Prefix: "query: ",
		Corpus: "corpus-esco", CorpusSettings: []string{"phrases=false"}, Train: "biencoder-e5",
		Filter: "filter-e5", FilterTrain: []string{"datasets/skillspan/train.json"}, FilterValidation: []string{"datasets/skillspan/dev.json"},
		Benchmarks: []string{"datasets/zh-ads/dev.jsonl"}, Ads: []string{"datasets/zh-ads/dev.jsonl"},
		Seeds: []int{1, 2, 3}, Rows: chineseRows,
	},
	{
		Name: "quick", Shown: "MiniLM-L6 over the sample ontology, 60 steps of training",
		Taxonomy: "examples/ontology", Encoder: ".deps/models/all-MiniLM-L6-v2",
		Corpus: "quickstart-corpus", CorpusSettings: []string{"phrases=false"}, Train: "quickstart-biencoder", TrainSettings: []string{"train.max_steps=60"},
		Filter: "quickstart-filter", Benchmarks: []string{"examples/sentences.jsonl"}, Ads: []string{"examples/ads.jsonl"},
		Seeds: []int{1, 2}, Rows: ablation,
	},
	{
		Name: "smoke", Shown: "every part of quick, with too little training for its figures to mean anything",
		Taxonomy: "examples/ontology", Encoder: ".deps/models/all-MiniLM-L6-v2",
		Corpus: "quickstart-corpus", CorpusSettings: []string{"phrases=false", "sentences=800", "coverage=1"}, Train: "quickstart-biencoder",
		TrainSettings: []string{"train.max_steps=2", "train.batch_size=8"}, Filter: "quickstart-filter", FilterSettings: []string{"train.max_steps=2"},
		Benchmarks: []string{"examples/sentences.jsonl"}, Ads: []string{"examples/ads.jsonl"},
		Seeds: []int{1}, Rows: slices.Concat(ablation[:2], ablation[11:14]),
	},
}

func experimentNames() []string {
	var names []string
	for _, e := range experiments {
		names = append(names, e.Name)
	}
	return names
}

func findExperiment(name string) (Experiment, error) {
	for _, e := range experiments {
		if e.Name == name {
			return e, nil
		}
	}
	return Experiment{}, fmt.Errorf("experiment %q: want one of %s", name, strings.Join(experimentNames(), ", "))
}

// rows returns the rows that can be run: the language model's needs a server.
func (e Experiment) rows() []Row {
	return slices.DeleteFunc(slices.Clone(e.Rows), func(r Row) bool { return r.Language && e.LLMURL == "" })
}

// leftOut says which rows cannot be run, and why.
func (e Experiment) leftOut() []string {
	var lines []string
	for _, r := range e.Rows {
		if r.Language && e.LLMURL == "" {
			lines = append(lines, fmt.Sprintf("not run: %s, %q: it needs --set llm_url=URL --set llm_model=NAME", r.Group, r.Name))
		}
	}
	return lines
}

// overrides are the settings of --set.
type overrides []string

func (o *overrides) add(text string) error {
	if !strings.Contains(text, "=") {
		return fmt.Errorf("want KEY=VALUE, got %q", text)
	}
	*o = append(*o, text)
	return nil
}

func (o overrides) apply(e *Experiment) error {
	for _, text := range o {
		key, value, _ := strings.Cut(text, "=")
		list := strings.Split(value, ",")
		switch key {
		case "taxonomy":
			e.Taxonomy = value
		case "encoder":
			e.Encoder = value
		case "benchmarks":
			e.Benchmarks = list
		case "ads":
			e.Ads = list
		case "filter_train":
			e.FilterTrain = list
		case "filter_validation":
			e.FilterValidation = list
		case "sentences":
			e.CorpusSettings = append(slices.Clone(e.CorpusSettings), "sentences="+value)
		case "max_steps":
			e.TrainSettings = append(slices.Clone(e.TrainSettings), "train.max_steps="+value)
		case "llm_url":
			e.LLMURL = value
		case "llm_model":
			e.LLMModel = value
		case "seeds":
			e.Seeds = nil
			for _, s := range list {
				seed, err := strconv.Atoi(s)
				if err != nil || seed < 0 {
					return fmt.Errorf("--set seeds: %q is not a whole number of 0 or above", s)
				}
				e.Seeds = append(e.Seeds, seed)
			}
		default:
			return fmt.Errorf("--set %s: unknown key", key)
		}
	}
	if e.LLMURL != "" && e.LLMModel == "" {
		return fmt.Errorf("--set llm_url needs --set llm_model=NAME")
	}
	return nil
}

// check says which input is missing.
func (e Experiment) check() error {
	var missing []string
	for _, path := range slices.Concat([]string{e.Taxonomy, e.Encoder}, e.Benchmarks, e.Ads, e.FilterTrain, e.FilterValidation) {
		if _, err := os.Stat(path); err != nil {
			missing = append(missing, path)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("missing: %s\nmake model and make datasets fetch what is public (docs/data.md); --set names other files", strings.Join(missing, ", "))
	}
	return nil
}

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Step is one call of a command, or the removal of a folder that is no longer needed.
type Step struct {
	Kind    string   // corpus, biencoder, filter, evaluate or remove
	Title   string   // what it makes, in words
	Folder  string   // of what it makes; it holds done.json once the step is done
	Command []string // name and arguments
	Stdout  string   // file that the command's output goes to; empty: none
	Remove  string   // folder to remove

	measures []measured // of an evaluation: which rows its systems are
	seed     int
}

// measured names the row of the results that a system of an evaluation is.
type measured struct{ system, group, name string }

// planner collects steps, each once: rows that differ only in how they are measured share their training.
type planner struct {
	e      Experiment
	folder string
	steps  []Step
	known  map[string]bool
}

// plan returns the steps of an experiment in their order: first the baselines, then seed by seed.
func plan(e Experiment, folder string) []Step {
	p := &planner{e: e, folder: folder, known: map[string]bool{}}
	p.baselines()
	for _, seed := range e.Seeds {
		var caches []string
		for _, row := range e.rows() {
			corpus := p.corpus(row, seed)
			model := p.biencoder(row, seed, corpus)
			filter := ""
			if row.Filtered {
				filter = p.filter(seed, corpus)
			}
			for _, level := range p.levels() {
				p.evaluate(row, seed, model, filter, level)
			}
			if cache := filepath.Join(model, "checkpoints", "best", "cache"); !slices.Contains(caches, cache) {
				caches = append(caches, cache)
			}
		}
		for _, cache := range caches {
			p.steps = append(p.steps, Step{Kind: "remove", Title: "remove the embeddings of ESCO's skills", Remove: cache})
		}
	}
	return p.steps
}

// level is a level of queries with its benchmarks.
type level struct {
	name  string
	files []string
}

func (p *planner) levels() []level {
	all := []level{{"sentence", p.e.Benchmarks}, {"ad", p.e.Ads}}
	return slices.DeleteFunc(all, func(l level) bool { return len(l.files) == 0 })
}

// add adds a step whose folder is named by its kind, a word and a hash of its command, so that another setting is
// another step. It returns the folder.
func (p *planner) add(s Step, word string, command func(folder string) []string) string {
	hash := sha256.Sum256([]byte(strings.Join(command("FOLDER"), "\x00")))
	s.Folder = filepath.Join(p.folder, "steps", s.Kind+"-"+word+"-"+hex.EncodeToString(hash[:4]))
	if p.known[s.Folder] {
		return s.Folder
	}
	p.known[s.Folder] = true
	s.Command = command(s.Folder)
	p.steps = append(p.steps, s)
	return s.Folder
}

func (p *planner) corpus(row Row, seed int) string {
	word := fmt.Sprintf("seed%d", seed)
	folder := p.add(Step{Kind: "corpus", Title: "corpus: " + orDefault(row.Corpus, row.Language)}, word, func(folder string) []string {
		settings := slices.Concat(p.e.CorpusSettings, row.Corpus, []string{"taxonomy=" + p.e.Taxonomy, fmt.Sprintf("seed=%d", seed)})
		if row.Language {
			settings = append(settings, "writer=llm", "llm.base_url="+p.e.LLMURL, "llm.model="+p.e.LLMModel)
		}
		settings = append(settings, "output="+filepath.Join(folder, "corpus.jsonl"))
		return append([]string{"generate-corpus", "--config", "preset:" + p.e.Corpus}, set(settings)...)
	})
	return filepath.Join(folder, "corpus.jsonl")
}

func orDefault(settings []string, language bool) string {
	switch {
	case language:
		return "a language model's sentences"
	case len(settings) == 0:
		return "default"
	}
	return strings.Join(settings, ", ")
}

func (p *planner) biencoder(row Row, seed int, corpus string) string {
	return p.add(Step{Kind: "biencoder", Title: "bi-encoder: " + orDefault(slices.Concat(row.Corpus, row.Train), row.Language)}, fmt.Sprintf("seed%d", seed), func(folder string) []string {
		settings := slices.Concat(p.e.TrainSettings, row.Train, []string{
			"taxonomy=" + p.e.Taxonomy, "model.encoder=" + p.e.Encoder, "corpus=" + corpus, fmt.Sprintf("run.seed=%d", seed), "run.dir=" + folder,
		})
		return append([]string{"train-biencoder", "--config", "preset:" + p.e.Train, "--resume"}, set(settings)...)
	})
}

func (p *planner) filter(seed int, corpus string) string {
	return p.add(Step{Kind: "filter", Title: "filter"}, fmt.Sprintf("seed%d", seed), func(folder string) []string {
		train := p.e.FilterTrain
		if len(train) == 0 {
			train = []string{corpus}
		}
		settings := slices.Concat(p.e.FilterSettings, []string{"data.train=" + strings.Join(train, ","), fmt.Sprintf("run.seed=%d", seed), "run.dir=" + folder})
		if len(p.e.FilterValidation) > 0 {
			settings = append(settings, "data.validation="+strings.Join(p.e.FilterValidation, ","))
		}
		return append([]string{"train-filter", "--config", "preset:" + p.e.Filter, "--resume"}, set(settings)...)
	})
}

func (p *planner) evaluate(row Row, seed int, model, filter string, l level) {
	checkpoint := filepath.Join(model, "checkpoints", "best")
	s := Step{Kind: "evaluate", Title: fmt.Sprintf("evaluate %s: %s, by %s", row.Group, row.Name, l.name), seed: seed}
	folder := p.add(s, fmt.Sprintf("seed%d", seed), func(string) []string {
		command := append([]string{"evaluate", "--checkpoint", "trained=" + checkpoint}, row.Evaluate...)
		if filter != "" {
			command = append(command, "--filter", filepath.Join(filter, "checkpoints", "best"))
		}
		return append(command, p.measure(l)...)
	})
	// Rows with equal settings, such as the defaults of the groups, are one evaluation.
	for i := range p.steps {
		if step := &p.steps[i]; step.Folder == folder {
			step.Stdout = filepath.Join(folder, "report.json")
			step.measures = append(step.measures, measured{"trained", row.Group, row.Name})
			if filter != "" {
				step.measures = append(step.measures, measured{"trained + filter", row.Group, row.Name + ", filter"})
			}
		}
	}
}

// baselineGroup is the group of the systems that are not trained.
const baselineGroup = "Baselines"

func (p *planner) baselines() {
	for _, l := range p.levels() {
		for _, terms := range []struct{ analyzer, name string }{{"word", "words"}, {"char", "characters"}} {
			s := Step{Kind: "evaluate", Title: "evaluate baselines: " + terms.name + ", by " + l.name, seed: -1}
			s.measures = []measured{{"tf-idf", baselineGroup, "TF-IDF, " + terms.name}, {"bm25", baselineGroup, "BM25, " + terms.name}}
			if terms.analyzer == "word" {
				s.measures = append(s.measures, measured{"stock encoder", baselineGroup, "stock encoder"})
			}
			folder := p.add(s, "baselines", func(string) []string {
				command := []string{"evaluate", "--baselines", "--tfidf", terms.analyzer, "--encoder", p.e.Encoder}
				if p.e.Prefix != "" {
					command = append(command, "--encoder-prefix", p.e.Prefix)
				}
				return append(command, p.measure(l)...)
			})
			last := &p.steps[len(p.steps)-1]
			last.Stdout = filepath.Join(folder, "report.json")
		}
	}
}

// measure returns the flags of evaluate that say what is measured.
func (p *planner) measure(l level) []string {
	flags := []string{"--taxonomy", p.e.Taxonomy, "--level", l.name, "--format", "json"}
	for _, file := range l.files {
		flags = append(flags, "--benchmark", file)
	}
	return flags
}

func set(settings []string) []string {
	var flags []string
	for _, s := range settings {
		flags = append(flags, "--set", s)
	}
	return flags
}

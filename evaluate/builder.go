package evaluate

import (
	"slices"
	"strings"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
)

// builder collects the queries of a benchmark file and counts what it leaves out.
type builder struct {
	bench   *Benchmark
	tax     *taxonomy.Taxonomy
	byText  map[string]int // at sentence level: the query of a text
	unknown map[string]int
	grades  map[[2]int]float64 // of a query and a skill; nil without grades
}

func newBuilder(path, format string, level Level, tax *taxonomy.Taxonomy) *builder {
	return &builder{
		bench: &Benchmark{
			Name: benchmarkName(path), Path: path, Format: format, Level: level,
			Skills: len(tax.Skills()), Rejects: &corpus.Rejects{},
		},
		tax:     tax,
		byText:  map[string]int{},
		unknown: map[string]int{},
	}
}

// placeholders are the labels of annotators for a span or a sentence without an ESCO skill.
var placeholders = map[string]bool{
	"": true, "UNK": true, "NO_LABEL": true, "UNDERSPECIFIED": true, "LABEL NOT PRESENT": true,
}

// resolve returns the indices of the skills with these preferred labels or URIs, in ascending order without duplicates.
// It counts unknown labels.
func (b *builder) resolve(labels []string) []int {
	var gold []int
	for _, label := range labels {
		label = strings.TrimSpace(label)
		if placeholders[label] {
			b.bench.Placeholder++
			continue
		}
		index, ok := b.tax.Index(label)
		if !ok {
			index, ok = b.tax.ByPreferredLabel(label)
		}
		if !ok {
			b.unknown[label]++
			continue
		}
		gold = append(gold, index)
	}
	return sortedSet(gold)
}

func sortedSet(list []int) []int {
	slices.Sort(list)
	return slices.Compact(list)
}

// graded adds a sentence with gold skills of one grade. A pair that occurs twice gets the higher grade.
func (b *builder) graded(id string, s corpus.Sentence, gold []int, grade float64) {
	b.sentence(id, s, gold)
	at := b.byText[s.Text]
	if b.grades == nil {
		b.grades = map[[2]int]float64{}
	}
	for _, skill := range gold {
		pair := [2]int{at, skill}
		b.grades[pair] = max(b.grades[pair], grade)
	}
}

// sentence adds a sentence as a query. A repeated sentence only adds its gold skills to the first occurrence.
func (b *builder) sentence(id string, s corpus.Sentence, gold []int) {
	if at, ok := b.byText[s.Text]; ok {
		query := &b.bench.Queries[at]
		query.Gold = sortedSet(append(query.Gold, gold...))
		b.bench.Merged++
		return
	}
	b.byText[s.Text] = len(b.bench.Queries)
	b.bench.Queries = append(b.bench.Queries, Query{ID: id, Text: s.Text, Before: s.Before, Gold: gold})
}

// finish returns the benchmark without the queries that have no gold skill.
func (b *builder) finish() *Benchmark {
	kept := b.bench.Queries[:0]
	for i, query := range b.bench.Queries {
		if len(query.Gold) == 0 {
			b.bench.WithoutGold++
			continue
		}
		if b.grades != nil {
			for _, skill := range query.Gold {
				grade, graded := b.grades[[2]int{i, skill}]
				if !graded {
					grade = 1
				}
				query.Grades = append(query.Grades, grade)
			}
		}
		kept = append(kept, query)
	}
	b.bench.Queries = kept
	for label, count := range b.unknown {
		b.bench.Unknown = append(b.bench.Unknown, LabelCount{label, count})
	}
	slices.SortFunc(b.bench.Unknown, func(x, y LabelCount) int {
		if x.Count != y.Count {
			return y.Count - x.Count
		}
		return strings.Compare(x.Label, y.Label)
	})
	return b.bench
}

func (b *builder) reject(line int, err error) {
	b.bench.Rejects.Add(b.bench.Path, line, "%v", err)
}

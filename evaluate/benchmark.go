package evaluate

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
)

// Benchmark is a labelled test set over one taxonomy. Every query has at least one gold skill.
type Benchmark struct {
	Name    string // the file's name without its ending
	Path    string
	Format  string // "tech-house", "skillskape", "corpus" or "ads"
	Level   Level
	Skills  int // skills of the taxonomy
	Queries []Query

	WithoutGold int             // texts that are left out because they name no skill of the taxonomy
	Merged      int             // repeated texts, whose gold skills are added to the first occurrence
	Ungraded    int             // labels of grade 0, which are not gold
	Placeholder int             // labels that mean "no skill", such as UNK
	Unknown     []LabelCount    // labels that are not in the taxonomy, most frequent first
	Rejects     *corpus.Rejects // rows that could not be read
}

// LabelCount is a label with its number of occurrences.
type LabelCount struct {
	Label string
	Count int
}

// maxBenchmarkBytes bounds a benchmark file, which is read into memory whole. The largest known one has 2 MB.
const maxBenchmarkBytes = 256 << 20

// ParseLevel reads "sentence" or "ad".
func ParseLevel(text string) (Level, error) {
	switch level := Level(text); level {
	case Sentence, Ad:
		return level, nil
	}
	return "", fmt.Errorf("level %q: want %q or %q", text, Sentence, Ad)
}

// LoadBenchmark reads a benchmark. It recognises the format by the content:
//   - TECH/HOUSE CSV: columns sentence and label, one pair a row; label is an ESCO preferred label; a optional column grade grades the pair;
//   - SkillSkape CSV: columns sentence and skills; skills is a Python list of preferred labels;
//   - a corpus: JSON lines or CSV with text and skills (URIs), as generate-corpus writes it;
//   - labelled ads: JSON lines with id and sentences. A sentence has text, skills (URIs) and alternates (uri: uri), which count as gold.
//
// Only labelled ads can be read at [Ad] level. A file without a usable query is an error.
func LoadBenchmark(path string, tax *taxonomy.Taxonomy, level Level) (*Benchmark, error) {
	if _, err := ParseLevel(string(level)); err != nil {
		return nil, fmt.Errorf("load benchmark %s: %w", path, err)
	}
	format, err := detectFile(path)
	if err != nil {
		return nil, fmt.Errorf("load benchmark %s: %w", path, err)
	}
	if level == Ad && format != formatAds {
		return nil, fmt.Errorf("load benchmark %s: level %q needs labelled ads (JSON lines with \"sentences\"), this is a %s file of single sentences", path, Ad, format)
	}
	b := newBuilder(path, format, level, tax)
	if err := b.read(); err != nil {
		return nil, fmt.Errorf("load benchmark %s: %w", path, err)
	}
	benchmark := b.finish()
	if len(benchmark.Queries) == 0 {
		return nil, fmt.Errorf("load benchmark %s: no text has a gold skill of the taxonomy (%s)", path, strings.Join(benchmark.Notes(), "; "))
	}
	return benchmark, nil
}

func (b *builder) read() error {
	if b.bench.Format == formatCorpus {
		return b.readCorpus()
	}
	data, err := readBounded(b.bench.Path, maxBenchmarkBytes)
	if err != nil {
		return err
	}
	switch b.bench.Format {
	case formatTechHouse:
		return b.readTechHouse(data)
	case formatSkillSkape:
		return b.readSkillSkape(data)
	default:
		b.readAds(data)
		return nil
	}
}

// readBounded reads a file of at most limit bytes and removes a byte-order mark.
func readBounded(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("larger than %d MiB", limit>>20)
	}
	return bytes.TrimPrefix(data, []byte(byteOrderMark)), nil
}

const byteOrderMark = "\ufeff"

// benchmarkName returns a file's name without its ending.
func benchmarkName(path string) string {
	name := filepath.Base(path)
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// Notes says in sentences what is left out of the file, for the foot of a report.
func (b *Benchmark) Notes() []string {
	var notes []string
	if b.WithoutGold > 0 {
		notes = append(notes, fmt.Sprintf("%s without a gold skill left out", countOf(b.WithoutGold, "text", "texts")))
	}
	if b.Merged > 0 && b.Format != formatTechHouse { // its texts have a row for each label
		notes = append(notes, fmt.Sprintf("%s merged", countOf(b.Merged, "repeated text", "repeated texts")))
	}
	if b.Ungraded > 0 {
		notes = append(notes, fmt.Sprintf("%s of grade 0 left out", countOf(b.Ungraded, "label", "labels")))
	}
	if len(b.Unknown) > 0 {
		notes = append(notes, unknownNote(b.Unknown))
	}
	if b.Rejects != nil && b.Rejects.Rows > 0 {
		notes = append(notes, rejectNote(b.Rejects))
	}
	return notes
}

func rejectNote(rejects *corpus.Rejects) string {
	const named = 3
	examples := rejects.Named[:min(named, len(rejects.Named))]
	return fmt.Sprintf("%s left out: %s", countOf(rejects.Rows, "bad row", "bad rows"), strings.Join(examples, "; "))
}

func unknownNote(unknown []LabelCount) string {
	const named = 5
	total := 0
	var names []string
	for i, u := range unknown {
		total += u.Count
		if i < named {
			names = append(names, fmt.Sprintf("%q", u.Label))
		}
	}
	if len(unknown) > named {
		names = append(names, "...")
	}
	return fmt.Sprintf("%s unknown to the taxonomy (%s): %s",
		countOf(len(unknown), "label", "labels"), countOf(total, "time", "times"), strings.Join(names, ", "))
}

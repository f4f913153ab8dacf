package synthesis

import (
	"fmt"
	"sort"
	"strings"

	"skillspace/data/synthesis/chinese"
	"skillspace/data/synthesis/template"
	"skillspace/data/taxonomy"
)

// Statistics describes a corpus. All shares are from 0 to 1.
type Statistics struct {
	Sentences         int            `json:"sentences"`
	Positives         int            `json:"positives"` // sentences that name a skill
	Negatives         int            `json:"negatives"`
	Skills            int            `json:"skills"`           // in the taxonomy
	SkillsCovered     int            `json:"skills_covered"`   // skills with at least one sentence
	BelowCoverage     int            `json:"below_coverage"`   // skills with fewer sentences than configured
	FewestSentences   int            `json:"fewest_sentences"` // of any skill
	MostSentences     int            `json:"most_sentences"`   // of any skill
	Mentions          int            `json:"mentions"`         // pairs of a sentence and a skill it names
	Shapes            int            `json:"shapes,omitempty"` // distinct sentence patterns; template writer only
	Duplicates        int            `json:"duplicates"`       // texts that repeat another, ignoring case and punctuation
	VerbatimShare     float64        `json:"verbatim_share"`   // share of mentions whose sentence holds a label of the skill
	WordsMean         float64        `json:"words_mean"`       // Chinese is counted in characters, with a foreign word as one
	WordsHistogram    map[string]int `json:"words_histogram"`  // sentences by words, in steps of 5
	SkillsHistogram   map[string]int `json:"skills_histogram"`
	Naming            map[string]int `json:"naming,omitempty"` // mentions by the way the skill is named; template writer only
	Level1            []GroupCount   `json:"level1"`
	Level2            []GroupCount   `json:"level2"`
	Level2WithoutText int            `json:"level2_without_text"` // Level-2 groups with skills but no sentence
}

// GroupCount counts the mentions below a group of the hierarchy.
type GroupCount struct {
	URI      string `json:"uri"`
	Label    string `json:"label"`
	Skills   int    `json:"skills"`  // skills below the group
	Covered  int    `json:"covered"` // skills with a sentence
	Mentions int    `json:"mentions"`
}

// Tally collects statistics while sentences are written.
type Tally struct {
	tax      *taxonomy.Taxonomy
	opts     Spec
	counts   []int // mentions by skill
	labels   [][]string
	shapes   map[uint64]bool
	english  lengths // in words
	chinese  lengths // in characters, a foreign word as one
	verbatim int
	sizes    map[int]int
	sources  [template.Sources]int
	r        Statistics
}

// lengths holds the lengths of all sentences and their histogram in steps of 5.
type lengths struct {
	total     int
	histogram map[int]int
}

func newLengths() lengths { return lengths{histogram: make(map[int]int)} }

func (l *lengths) add(length int) {
	l.total += length
	l.histogram[length/5]++
}

// NewTally begins the statistics of the corpus that opts describes.
func NewTally(tax *taxonomy.Taxonomy, opts Spec) *Tally {
	skills := tax.Skills()
	t := &Tally{
		tax: tax, opts: opts, counts: make([]int, len(skills)), labels: make([][]string, len(skills)),
		shapes: make(map[uint64]bool), english: newLengths(), chinese: newLengths(), sizes: make(map[int]int),
	}
	for i := range skills {
		for _, label := range append([]string{skills[i].PreferredLabel}, skills[i].AltLabels...) {
			t.labels[i] = append(t.labels[i], strings.ToLower(strings.TrimSpace(label)))
		}
	}
	return t
}

// Add counts a sentence of a writer other than the embedded one.
func (t *Tally) Add(d Set, text string) { t.Recount(d, text, false) }

// Recount counts a sentence of an existing corpus. repeated means that its text has occurred before.
func (t *Tally) Recount(d Set, text string, repeated bool) {
	t.add(d, template.Draft{Text: text}, repeated)
}

func (t *Tally) add(d Set, s template.Draft, repeated bool) {
	t.r.Sentences++
	if len(d.Skills) == 0 {
		t.r.Negatives++
	}
	if repeated {
		t.r.Duplicates++
	}
	if s.Shape != 0 {
		t.shapes[s.Shape] = true
	}
	t.english.add(len(strings.Fields(s.Text)))
	t.chinese.add(chinese.Length(s.Text))
	t.sizes[len(d.Skills)]++
	for _, from := range s.Sources {
		t.sources[from]++
	}
	text := strings.ToLower(s.Text)
	for _, skill := range d.Skills {
		t.counts[skill]++
		t.r.Mentions++
		for _, label := range t.labels[skill] {
			if strings.Contains(text, label) {
				t.verbatim++
				break
			}
		}
	}
}

// Statistics returns the statistics of the sentences so far.
func (t *Tally) Statistics() *Statistics { return t.StatisticsIn(t.opts.Language) }

// StatisticsIn is Statistics with a language that was not known at the start.
func (t *Tally) StatisticsIn(language string) *Statistics {
	r, sentences := t.r, t.english
	if language == Chinese {
		sentences = t.chinese
	}
	r.Positives = r.Sentences - r.Negatives
	r.Skills, r.Shapes = len(t.counts), len(t.shapes)
	for i, n := range t.counts {
		if n > 0 {
			r.SkillsCovered++
		}
		if n < t.opts.Coverage {
			r.BelowCoverage++
		}
		if i == 0 || n < r.FewestSentences {
			r.FewestSentences = n
		}
		r.MostSentences = max(r.MostSentences, n)
	}
	if r.Mentions > 0 {
		r.VerbatimShare = float64(t.verbatim) / float64(r.Mentions)
	}
	r.WordsMean = float64(sentences.total) / float64(max(1, r.Sentences))
	r.WordsHistogram, r.SkillsHistogram, r.Naming = make(map[string]int), make(map[string]int), make(map[string]int)
	for step, n := range sentences.histogram {
		r.WordsHistogram[fmt.Sprintf("%02d-%02d", step*5, step*5+4)] = n
	}
	for size, n := range t.sizes {
		r.SkillsHistogram[fmt.Sprint(size)] = n
	}
	if r.Shapes > 0 {
		for from, n := range t.sources {
			r.Naming[template.Source(from).String()] = n
		}
	}
	r.Level1, _ = t.groups(t.tax.Level1)
	r.Level2, r.Level2WithoutText = t.groups(t.tax.Level2)
	return &r
}

// groups counts the mentions below each group of a level, and the groups without a mention.
func (t *Tally) groups(level func(skill int) []int) (list []GroupCount, empty int) {
	at := make(map[int]int)
	for skill, n := range t.counts {
		for _, group := range level(skill) {
			i, known := at[group]
			if !known {
				i = len(list)
				at[group] = i
				g := t.tax.Groups()[group]
				list = append(list, GroupCount{URI: g.URI, Label: g.Label})
			}
			list[i].Skills++
			list[i].Mentions += n
			if n > 0 {
				list[i].Covered++
			}
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].URI < list[j].URI })
	for _, g := range list {
		if g.Mentions == 0 {
			empty++
		}
	}
	return list, empty
}

// Summary returns the statistics as a few lines of text.
func (r *Statistics) Summary() string {
	shapes := ""
	if r.Shapes > 0 {
		shapes = fmt.Sprintf(", %d shapes", r.Shapes)
	}
	return fmt.Sprintf("%d sentences: %d name a skill, %d name none; %.1f words on average%s, %d repeated\n"+
		"%d of %d skills covered (%d below the coverage asked), %d to %d sentences a skill; %.0f%% of mentions hold a label",
		r.Sentences, r.Positives, r.Negatives, r.WordsMean, shapes, r.Duplicates,
		r.SkillsCovered, r.Skills, r.BelowCoverage, r.FewestSentences, r.MostSentences, 100*r.VerbatimShare)
}

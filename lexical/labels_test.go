package lexical

import (
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"skillspace/data/taxonomy"
)

func skillsOf(labels ...[]string) []taxonomy.Skill {
	skills := make([]taxonomy.Skill, len(labels))
	for i, l := range labels {
		skills[i] = taxonomy.Skill{PreferredLabel: l[0], AltLabels: l[1:]}
	}
	return skills
}

// The sum of the weights is 0.35 for a phrase and 0.3 for a word, so that the cases can be told apart.
var sample = skillsOf(
	[]string{"SQL", "structured query language"},
	[]string{"manage databases"},
	[]string{"Java (computer programming)"},
	[]string{"IT"},
	[]string{"数据分析", "Python"},
	[]string{"Python"},
	[]string{"drive trucks"},
	[]string{"R"},
	[]string{"R&D management"},
)

func score(x *Labels, text string) []float32 {
	scores, _ := scoreAndLabels(x, text)
	return scores
}

func scoreAndLabels(x *Labels, text string) ([]float32, map[int]string) {
	scores := make([]float32, len(sample))
	for i := range scores {
		scores[i] = float32(math.NaN()) // must be overwritten
	}
	return scores, x.Score(text, scores)
}

func TestLabelsFindLabels(t *testing.T) {
	x := NewLabels(sample, Weights{Words: 0.15, Prefixes: 0.1, Phrase: 0.1, OneWord: 0.05})
	for _, c := range []struct {
		text  string
		skill int
		want  float32 // -1: more than 0 and less than the words' 0.25
		label string
	}{
		{"• sql", 0, 0.3, "SQL"},
		{"You know the Structured Query Languages well.", 0, 0.35, "structured query language"},
		{"Managing of large databases", 1, 0.25, ""}, // all words, but not side by side
		{"managing Databases;", 1, 0.35, "manage databases"},
		{"database tables", 1, -1, ""},
		{"Good JAVA skills", 2, 0.3, "Java (computer programming)"},
		{"do it well", 3, 0, ""},
		{"work in IT", 3, 0.3, "IT"},
		{"熟悉数据分析工具", 4, 0.35, "数据分析"},
		{"分析数据", 4, -1, ""},
		{"Python", 5, 0.3, "Python"}, // as has skill 4
		{"a truck driver", 6, -1, ""},
		{"statistics in R, Python", 7, 0.3, "R"},
		{"our R&D team", 7, 0, ""},
		{"lead R & D", 7, 0, ""},
		{"R & D management", 8, 0.35, "R&D management"},
		{"", 6, 0, ""},
		{"nothing of this", 6, 0, ""},
	} {
		scores, contained := scoreAndLabels(x, c.text)
		got := scores[c.skill]
		if c.want >= 0 && math.Abs(float64(got-c.want)) > 1e-6 || c.want < 0 && !(got > 0.01 && got < 0.2499) {
			t.Errorf("%q, %s: %v, want %v", c.text, sample[c.skill].PreferredLabel, got, c.want)
		}
		if label := contained[c.skill]; label != c.label {
			t.Errorf("%q: label %q, want %q", c.text, label, c.label)
		}
	}
}

// Rare words of a label count more than common ones: the weight is the squared inverse document frequency.
func TestLabelsWeighWords(t *testing.T) {
	skills := skillsOf([]string{"manage horses"}, []string{"manage staff"}, []string{"manage time"})
	x := NewLabels(skills, Weights{Words: 1})
	scores := make([]float32, 3)
	x.Score("we manage", scores)
	common := math.Pow(math.Log(4.0/4)+1, 2)
	rare := math.Pow(math.Log(4.0/2)+1, 2)
	if want := common / (common + rare); math.Abs(float64(scores[0])-want) > 1e-6 {
		t.Errorf("%v, want %v", scores, want)
	}
	x.Score("our horse", scores)
	if want := rare / (common + rare); math.Abs(float64(scores[0])-want) > 1e-6 || scores[1] != 0 {
		t.Errorf("%v, want %v", scores, want)
	}
}

func TestLabelsAreSafeForConcurrentUse(t *testing.T) {
	x := NewLabels(sample, DefaultWeights())
	want := score(x, "SQL and Python, managing databases")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i, got := range score(x, "SQL and Python, managing databases") {
				if got != want[i] {
					t.Errorf("skill %d: %v, want %v", i, got, want[i])
				}
			}
		})
	}
	group.Wait()
}

func FuzzLabels(f *testing.F) {
	x := NewLabels(sample, DefaultWeights())
	for _, text := range []string{"", "SQL, IT and 数据分析", "\xff manage databases", "İT ß"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, s := range score(x, text) {
			if !(s >= 0 && s <= 0.3001) {
				t.Errorf("%q: skill %d scores %v", text, i, s)
			}
		}
	})
}

// BenchmarkLabels runs over all of ESCO.
func BenchmarkLabels(b *testing.B) {
	folder := filepath.Join("..", "..", "shared", "data", "esco-1.1.0")
	if _, err := os.Stat(folder); err != nil {
		b.Skipf("needs %s", folder)
	}
	tax, err := taxonomy.Load(folder)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			NewLabels(tax.Skills(), DefaultWeights())
		}
	})
	x := NewLabels(tax.Skills(), DefaultWeights())
	scores := make([]float32, len(tax.Skills()))
	b.Run("score", func(b *testing.B) {
		for b.Loop() {
			x.Score("You manage a team of software developers and are responsible for the quality of our products, with strong knowledge of HTML and SQL.", scores)
		}
	})
}

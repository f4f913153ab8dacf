package quality

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/synthesis"
	"skillspace/data/taxonomy"
)

const ontology = "../../../examples/ontology"

func sampleTaxonomy(t testing.TB) *taxonomy.Taxonomy {
	t.Helper()
	tax, err := taxonomy.Load(ontology)
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

// written writes a corpus with the template writer and returns its file.
func written(t testing.TB, tax *taxonomy.Taxonomy, pairing string, sentences int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), pairing+".jsonl")
	file, err := corpus.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Abort()
	o := synthesis.Spec{Sentences: sentences, Seed: 3, Pairing: pairing, MinSkills: 1, MaxSkills: 4, NegativeShare: 0.1, Coverage: 1}
	if _, err := synthesis.Generate(t.Context(), tax, o, file.Write); err != nil {
		t.Fatal(err)
	}
	if err := file.Commit(); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, path string, tax *taxonomy.Taxonomy, sample int) *Corpus {
	t.Helper()
	c, err := Read(t.Context(), path, tax, sample, 1)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func byName(t testing.TB, measures []Measure, name string) Measure {
	t.Helper()
	for _, m := range measures {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no measure %q", name)
	return Measure{}
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

func TestTextMeasuresByHand(t *testing.T) {
	tax := sampleTaxonomy(t)
	java, _ := tax.ByPreferredLabel("SQL")
	uri := tax.Skills()[java].URI
	path := filepath.Join(t.TempDir(), "c.jsonl")
	lines := []string{
		fmt.Sprintf(`{"text":"You write SQL, SQL and more","skills":[%q],"level2":"","writer":"x"}`, uri),
		fmt.Sprintf(`{"text":"you write sql sql and more.","skills":[%q],"level2":"","writer":"x"}`, uri),
		fmt.Sprintf(`{"text":"Databases","skills":[%q,"urn:unknown"],"level2":"","writer":"x"}`, uri),
		`{"text":"We pay well","skills":[],"level2":"","writer":"x"}`,
		`broken`,
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	c := read(t, path, tax, 100)
	if c.Unknown != 1 || c.Rejects.Rows != 1 || c.Language != "en" || c.Statistics.Sentences != 4 || c.Statistics.Negatives != 1 || len(c.Sentences) != 4 {
		t.Errorf("%+v", c)
	}
	measures := c.TextMeasures(tax)
	for name, want := range map[string]float64{
		"length": 13.0 / 3, "skills": 1, "leak": 2.0 / 3, "near_duplicates": 1.0 / 3,
		"distinct_1": 6.0 / 13, "distinct_2": 5.0 / 10,
	} {
		if got := byName(t, measures, name).Value(); !near(got, want, 1e-12) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	e := byName(t, measures, "length").Estimate(1)
	if !math.IsNaN(e.Low) || !math.IsNaN(e.High) || e.Units != 3 {
		t.Errorf("an interval of three sentences: %+v", e)
	}
	if c.Near != 1 || !c.Sentences[1].Repeated || c.Sentences[0].Repeated {
		t.Errorf("%d near-repetitions in %+v", c.Near, c.Sentences)
	}
}

func TestReadRefuses(t *testing.T) {
	tax := sampleTaxonomy(t)
	path := filepath.Join(t.TempDir(), "c.jsonl")
	if err := os.WriteFile(path, []byte(`{"text":"a","skills":["urn:unknown"],"level2":"","writer":"x"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(t.Context(), path, tax, 10, 1); err == nil || !strings.Contains(err.Error(), "0 of its sentences name a skill") {
		t.Errorf("%v", err)
	}
	if _, err := Read(t.Context(), "no/such", tax, 10, 1); err == nil {
		t.Error("a missing file: no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, written(t, tax, synthesis.Hierarchical, 300), tax, 10, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// bags embeds a sentence as the sum of one random direction per word.
func bags(_ context.Context, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		v := make([]float32, 64)
		for _, word := range tokens(text) {
			h := uint64(14695981039346656037)
			for _, b := range []byte(word) {
				h = (h ^ uint64(b)) * 1099511628211
			}
			random := rand.New(rand.NewPCG(h, 1))
			for k := range v {
				v[k] += float32(random.NormFloat64())
			}
		}
		var sum float64
		for _, x := range v {
			sum += float64(x * x)
		}
		for k := range v {
			v[k] /= float32(math.Sqrt(max(sum, 1e-12)))
		}
		vectors[i] = v
	}
	return vectors, nil
}

// TestHierarchicalIsMoreDiscriminable checks that sentences with skills of one group can be told apart better
// than sentences that mix groups, also by the interval.
func TestHierarchicalIsMoreDiscriminable(t *testing.T) {
	tax := sampleTaxonomy(t)
	var probes []Measure
	for _, pairing := range []string{synthesis.Hierarchical, synthesis.Unconstrained} {
		c := read(t, written(t, tax, pairing, 3000), tax, 900)
		measures, err := c.Discriminability(t.Context(), bags, 1)
		if err != nil {
			t.Fatal(err)
		}
		probe, gap := byName(t, measures, "probe_f1"), byName(t, measures, "skill_gap")
		if v := probe.Value(); !(v > 0.02 && v < 1) || gap.Value() <= 0 {
			t.Errorf("%s: probe %v, gap %v", pairing, v, gap.Value())
		}
		probes = append(probes, probe)
	}
	if d := Difference(probes[0], probes[1], 1); !(d.Low > 0 && d.Low < d.Value && d.Value < d.High) {
		t.Errorf("difference of the probes %+v", d)
	}
}

// TestDiscriminabilityOfClusters checks that three separate clusters have a silhouette near 1 and a perfect
// probe, and that random labels have neither.
func TestDiscriminabilityOfClusters(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	c := &Corpus{Path: "clusters", Language: "en"}
	var vectors [][]float32
	for i := range 90 {
		c.Sentences = append(c.Sentences, Sampled{Text: fmt.Sprint(i), Skills: []int{i % 3}, Group: i % 3})
		v := make([]float32, 8)
		for k := range v {
			v[k] = float32(random.NormFloat64()) / 50
		}
		v[i%3] = 1
		vectors = append(vectors, v)
	}
	given := func(context.Context, []string) ([][]float32, error) { return vectors, nil }
	measures, err := c.Discriminability(t.Context(), given, 1)
	if err != nil {
		t.Fatal(err)
	}
	if s, p, g := byName(t, measures, "silhouette").Value(), byName(t, measures, "probe_f1").Value(), byName(t, measures, "skill_gap").Value(); s < 0.95 || p != 1 || g < 0.9 {
		t.Errorf("silhouette %v, probe %v, gap %v", s, p, g)
	}
	for i := range c.Sentences {
		c.Sentences[i].Group = random.IntN(3)
	}
	if measures, err = c.Discriminability(t.Context(), given, 1); err != nil {
		t.Fatal(err)
	}
	if s, p := byName(t, measures, "silhouette").Value(), byName(t, measures, "probe_f1").Value(); s > 0.1 || p > 0.7 {
		t.Errorf("of random labels: silhouette %v, probe %v", s, p)
	}
	for i := range c.Sentences {
		c.Sentences[i].Group = 1
	}
	if _, err := c.Discriminability(t.Context(), given, 1); err == nil || !strings.Contains(err.Error(), "want two groups") {
		t.Errorf("one group: %v", err)
	}
	broken := func(context.Context, []string) ([][]float32, error) { return nil, nil }
	if _, err := c.Discriminability(t.Context(), broken, 1); err == nil {
		t.Error("no vectors: no error")
	}
}

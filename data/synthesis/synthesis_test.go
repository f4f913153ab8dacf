package synthesis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
)

func TestTheSameSeedGivesTheSameCorpus(t *testing.T) {
	tax := sample(t)
	a, ra := generate(t, tax, defaults(500))
	b, rb := generate(t, tax, defaults(500))
	if !reflect.DeepEqual(a, b) || !reflect.DeepEqual(ra, rb) {
		t.Error("two runs with one seed differ")
	}
	opts := defaults(500)
	opts.Seed = 2
	if c, _ := generate(t, tax, opts); reflect.DeepEqual(a, c) {
		t.Error("two seeds give the same corpus")
	}
}

func TestHierarchicalDrawsFromOneLevel2Group(t *testing.T) {
	tax := sample(t)
	list, _ := generate(t, tax, defaults(2000))
	several := 0
	for _, e := range list {
		if len(e.Skills) == 0 {
			if e.Level2 != "" {
				t.Fatalf("%q names no skill but has group %s", e.Text, e.Level2)
			}
			continue
		}
		if len(e.Skills) > 1 {
			several++
		}
		seen := map[string]bool{}
		for _, uri := range e.Skills {
			if seen[uri] {
				t.Fatalf("%q has %s twice", e.Text, uri)
			}
			seen[uri] = true
			if !below(tax, uri, e.Level2) {
				t.Fatalf("%q: %s is not below %s", e.Text, uri, e.Level2)
			}
		}
	}
	if several < 500 {
		t.Errorf("only %d of 2000 sentences name several skills", several)
	}
}

func below(tax *taxonomy.Taxonomy, uri, group string) bool {
	skill, ok := tax.Index(uri)
	return ok && slices.ContainsFunc(tax.Level2(skill), func(g int) bool { return tax.Groups()[g].URI == group })
}

func TestUnconstrainedCrossesGroups(t *testing.T) {
	tax := sample(t)
	opts := defaults(2000)
	opts.Pairing, opts.MinSkills = Unconstrained, 2
	list, report := generate(t, tax, opts)
	across := 0
	for _, e := range list {
		if n := len(e.Skills); n == 1 || n > 4 {
			t.Fatalf("%q names %d skills, want 2 to 4", e.Text, n)
		}
		if len(e.Skills) > 0 && e.Level2 == "" {
			across++
		}
		for _, uri := range e.Skills {
			if e.Level2 != "" && !below(tax, uri, e.Level2) {
				t.Fatalf("%q: %s is not below %s", e.Text, uri, e.Level2)
			}
		}
	}
	if across < report.Positives/2 {
		t.Errorf("only %d of %d sentences cross groups", across, report.Positives)
	}
}

func TestCoverageComesFirst(t *testing.T) {
	tax := sample(t)
	for _, coverage := range []int{1, 3} {
		opts := defaults(0)
		opts.Coverage, opts.NegativeShare, opts.Sentences = coverage, 0, coverage*len(tax.Skills())
		counts := map[string]int{}
		_, err := Generate(context.Background(), tax, opts, func(e corpus.Example) error {
			for _, uri := range e.Skills {
				counts[uri]++
				// A skill gets more than its coverage only when all have had theirs.
				if counts[uri] == coverage+1 && len(counts) < len(tax.Skills()) {
					t.Errorf("%s had sentence %d before every skill had one", uri, coverage+1)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range tax.Skills() {
			if counts[s.URI] < coverage {
				t.Errorf("%q got %d sentences, want %d", s.PreferredLabel, counts[s.URI], coverage)
			}
		}
	}
}

func TestReportCountsTheCorpus(t *testing.T) {
	tax := sample(t)
	opts := defaults(3000)
	opts.NegativeShare = 0.25
	list, r := generate(t, tax, opts)
	negatives, mentions, sizes := 0, 0, 0
	for _, e := range list {
		mentions += len(e.Skills)
		if len(e.Skills) == 0 {
			negatives++
		}
	}
	for _, n := range r.SkillsHistogram {
		sizes += n
	}
	named := 0
	for _, n := range r.Naming {
		named += n
	}
	switch {
	case r.Sentences != 3000 || r.Negatives != 750 || r.Positives != 2250 || negatives != 750:
		t.Errorf("counts: %d, %d, %d; %d negatives written", r.Sentences, r.Positives, r.Negatives, negatives)
	case r.Mentions != mentions || named != mentions || sizes != 3000:
		t.Errorf("mentions %d, named %d, written %d; sizes sum to %d", r.Mentions, named, mentions, sizes)
	case r.SkillsCovered != r.Skills || r.Skills != len(tax.Skills()) || r.BelowCoverage != 0 || r.FewestSentences < 1:
		t.Errorf("coverage: %+v", r)
	case r.VerbatimShare <= 0.1 || r.VerbatimShare >= 0.9 || r.WordsMean < 8 || r.WordsMean > 25:
		t.Errorf("verbatim share %g, words %g", r.VerbatimShare, r.WordsMean)
	case len(r.Level1) == 0 || len(r.Level2) == 0 || r.Level2WithoutText != 0:
		t.Errorf("groups: %d, %d, %d", len(r.Level1), len(r.Level2), r.Level2WithoutText)
	case !strings.Contains(r.Summary(), "3000 sentences"):
		t.Errorf("summary: %s", r.Summary())
	}
}

func TestGenerateEndsEarly(t *testing.T) {
	tax := sample(t)
	want := errors.New("disk full")
	if _, err := Generate(context.Background(), tax, defaults(10), func(corpus.Example) error { return want }); !errors.Is(err, want) {
		t.Errorf("got %v, want emit's error", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Generate(ctx, tax, defaults(1000), func(corpus.Example) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a cancelled context's error", err)
	}
}

func TestValidateNamesTheOption(t *testing.T) {
	for want, change := range map[string]func(*Spec){
		"sentences":      func(o *Spec) { o.Sentences = 0 },
		"pairing":        func(o *Spec) { o.Pairing = "random" },
		"min skills":     func(o *Spec) { o.MinSkills = 0 },
		"max skills":     func(o *Spec) { o.MaxSkills = 0 },
		"negative share": func(o *Spec) { o.NegativeShare = 1 },
		"coverage":       func(o *Spec) { o.Coverage = -1 },
	} {
		opts := defaults(10)
		change(&opts)
		if _, err := Generate(context.Background(), sample(t), opts, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error that names %q", err, want)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	tax := sample(b)
	for b.Loop() {
		generate(b, tax, defaults(5000))
	}
	perMinute := 60 * 5000 * float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(perMinute, "sentences/min")
	if perMinute < 50_000 {
		b.Errorf("%.0f sentences a minute, want at least 50,000", perMinute)
	}
}

// TestCorporaStayAsTheyWere compares corpora over the bundled ontology with recorded hashes. A change of the
// phrase banks, the grammar or the sampling of skills must update the hashes and docs/corpus.md.
func TestCorporaStayAsTheyWere(t *testing.T) {
	for language, want := range map[string]string{
		English: "25bc898f6b6b1c6afec0fda40361af49a3b829ae5b9b8bef439224134f42e7f8",
		Chinese: "8965f2039fae3f289e745df04e0437ff1627079cae3cd076441658a85c641d21",
	} {
		tax := sample(t)
		if language == Chinese {
			tax = chineseSample(t)
		}
		opts := defaults(20000)
		opts.Language = language
		hash := sha256.New()
		lines := json.NewEncoder(hash)
		if _, err := Generate(t.Context(), tax, opts, func(e corpus.Example) error { return lines.Encode(e) }); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(hash.Sum(nil)); got != want {
			t.Errorf("language %s: SHA-256 %s, want %s", language, got, want)
		}
	}
}

// TestPairingWithoutGroups checks that skills of ESCO 1.0, which has no hierarchy, can be paired freely but not
// within groups.
func TestPairingWithoutGroups(t *testing.T) {
	tax, err := taxonomy.New([]taxonomy.Skill{{URI: "u:0", PreferredLabel: "drive trucks"}, {URI: "u:1", PreferredLabel: "bake bread"}})
	if err != nil {
		t.Fatal(err)
	}
	for pairing, want := range map[string]string{Hierarchical: "which has no groups; set pairing=unconstrained", Unconstrained: ""} {
		opts := defaults(20)
		opts.Pairing, opts.MaxSkills = pairing, 2
		_, err := Generate(t.Context(), tax, opts, func(corpus.Example) error { return nil })
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", pairing, err)
		}
	}
}

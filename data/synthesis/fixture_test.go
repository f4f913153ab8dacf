package synthesis

import (
	"context"
	"os"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/taxonomy"
)

const (
	sampleDir = "../../examples/ontology"
	escoDir   = "../../../shared/data/esco-1.1.0"
)

// sample loads the bundled ontology.
func sample(t testing.TB) *taxonomy.Taxonomy {
	t.Helper()
	tax, err := taxonomy.Load(sampleDir)
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

// esco loads the full ESCO, or skips.
func esco(t testing.TB) *taxonomy.Taxonomy {
	t.Helper()
	if _, err := os.Stat(escoDir); err != nil {
		t.Skip("needs ../shared/data/esco-1.1.0 beside the repository: ", err)
	}
	tax, err := taxonomy.Load(escoDir)
	if err != nil {
		t.Fatal(err)
	}
	return tax
}

func defaults(sentences int) Spec {
	return Spec{Sentences: sentences, Seed: 1, Pairing: Hierarchical, MinSkills: 1, MaxSkills: 4, NegativeShare: 0.1, Coverage: 1}
}

func generate(t testing.TB, tax *taxonomy.Taxonomy, opts Spec) ([]corpus.Example, *Statistics) {
	t.Helper()
	var list []corpus.Example
	report, err := Generate(context.Background(), tax, opts, func(e corpus.Example) error {
		list = append(list, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list, report
}

package batch

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func lengthsOf(n int) []int {
	random := rand.New(rand.NewPCG(1, 2))
	lengths := make([]int, n)
	for i := range lengths {
		lengths[i] = 3 + random.IntN(60)
	}
	return lengths
}

func TestPlanHoldsEveryExampleOnce(t *testing.T) {
	lengths := lengthsOf(1003)
	plan, err := Plan(lengths, 1, Rules{Size: 16, Window: 10, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	var all []int
	for _, b := range plan {
		if len(b) > 16 || len(b) == 0 {
			t.Fatalf("batch of %d", len(b))
		}
		all = append(all, b...)
	}
	slices.Sort(all)
	for i, example := range all {
		if i != example {
			t.Fatalf("place %d holds example %d", i, example)
		}
	}
	if len(all) != len(lengths) {
		t.Fatalf("%d of %d examples", len(all), len(lengths))
	}
}

func TestPlanFollowsSeedAndEpoch(t *testing.T) {
	lengths := lengthsOf(300)
	o := Rules{Size: 8, Window: 4, Seed: 5}
	first, _ := Plan(lengths, 1, o)
	again, _ := Plan(lengths, 1, o)
	next, _ := Plan(lengths, 2, o)
	if !reflect.DeepEqual(first, again) || reflect.DeepEqual(first, next) {
		t.Error("the plan must repeat within an epoch and differ between epochs")
	}
}

func TestWindowSavesPadding(t *testing.T) {
	lengths := lengthsOf(2000)
	padded := func(window int) int {
		plan, _ := Plan(lengths, 0, Rules{Size: 32, Window: window, Seed: 1})
		return paddedTokens(plan, lengths)
	}
	if grouped, random := padded(20), padded(1); float64(grouped) > 0.65*float64(random) {
		t.Errorf("grouped batches hold %d padded tokens, random ones %d", grouped, random)
	}
}

func TestTokenBudget(t *testing.T) {
	lengths := lengthsOf(500)
	lengths[3] = 400
	plan, _ := Plan(lengths, 0, Rules{Size: 64, Tokens: 300, Window: 4})
	for _, b := range plan {
		total := 0
		for _, i := range b {
			total += lengths[i]
		}
		if total > 300 && len(b) > 1 {
			t.Errorf("batch of %d holds %d tokens", len(b), total)
		}
	}
	if _, err := Plan(lengths, 0, Rules{}); err == nil {
		t.Error("batch size 0 was accepted")
	}
}

package batch

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

// keysOf draws one to four of count keys for each of n examples. All keys are equally frequent.
func keysOf(n, count int) [][]int {
	random := rand.New(rand.NewPCG(3, 4))
	keys := make([][]int, n)
	for i := range keys {
		for range 1 + random.IntN(4) {
			if key := random.IntN(count); !slices.Contains(keys[i], key) {
				keys[i] = append(keys[i], key)
			}
		}
	}
	return keys
}

// repeated counts the examples that share a key with an earlier example of their batch.
func repeated(plan, keys [][]int) (n int) {
	for _, b := range plan {
		seen := map[int]bool{}
		for _, example := range b {
			if slices.ContainsFunc(keys[example], func(key int) bool { return seen[key] }) {
				n++
			}
			for _, key := range keys[example] {
				seen[key] = true
			}
		}
	}
	return n
}

func paddedTokens(plan [][]int, lengths []int) (n int) {
	for _, b := range plan {
		longest := 0
		for _, example := range b {
			longest = max(longest, lengths[example])
		}
		n += longest * len(b)
	}
	return n
}

// TestDistinctAtScale plans a corpus of ESCO's size with large batches: 100,000 sentences over 13,900 skills.
func TestDistinctAtScale(t *testing.T) {
	lengths, keys := lengthsOf(100_000), keysOf(100_000, 13_900)
	o := Rules{Size: 1024, Window: 32, Seed: 5}
	plain, err := Plan(lengths, 2, o)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	distinct, err := PlanDistinct(lengths, keys, 2, o)
	if err != nil {
		t.Fatal(err)
	}
	elapsed := time.Since(began)
	before, after := repeated(plain, keys), repeated(distinct, keys)
	if before < 10_000 || after > 100 { // the last window has two batches, too few for a skill with three sentences in it
		t.Errorf("%d examples repeat a key of their batch, %d in a plain plan", after, before)
	}
	if a, b := paddedTokens(distinct, lengths), paddedTokens(plain, lengths); float64(a) > 1.15*float64(b) {
		t.Errorf("%d padded tokens, %d in a plain plan", a, b)
	}
	if elapsed > 5*time.Second {
		t.Errorf("took %v", elapsed)
	}
	t.Logf("%v; %d repetitions, before %d; padded tokens %d, before %d", elapsed, after, before, paddedTokens(distinct, lengths), paddedTokens(plain, lengths))
	sizes := func(plan [][]int) (n []int) {
		for _, b := range plan {
			n = append(n, len(b))
		}
		return n
	}
	if !slices.Equal(sizes(plain), sizes(distinct)) {
		t.Error("the batches' sizes changed")
	}
	all := slices.Concat(distinct...)
	slices.Sort(all)
	for i, example := range all {
		if i != example {
			t.Fatalf("place %d holds example %d", i, example)
		}
	}
}

func TestDistinctFollowsSeedAndEpoch(t *testing.T) {
	lengths, keys := lengthsOf(2000), keysOf(2000, 300)
	o := Rules{Size: 32, Window: 1, Seed: 5}
	first, _ := PlanDistinct(lengths, keys, 1, o)
	again, _ := PlanDistinct(lengths, keys, 1, o)
	next, _ := PlanDistinct(lengths, keys, 2, o)
	if !reflect.DeepEqual(first, again) || reflect.DeepEqual(first, next) {
		t.Error("the plan must repeat within an epoch and differ between epochs")
	}
}

// TestDistinctWithAKeyEverywhere checks that a key of every example neither blocks nor slows the plan.
func TestDistinctWithAKeyEverywhere(t *testing.T) {
	lengths, keys := lengthsOf(20_000), keysOf(20_000, 5000)
	for i := range keys {
		if i%4 != 0 {
			keys[i] = append(keys[i], 5000)
		}
	}
	began := time.Now()
	plan, err := PlanDistinct(lengths, keys, 0, Rules{Size: 256, Window: 32, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if elapsed := time.Since(began); elapsed > 5*time.Second {
		t.Errorf("took %v", elapsed)
	}
	if all := slices.Concat(plan...); len(all) != 20_000 {
		t.Errorf("%d examples", len(all))
	}
}

func TestDistinctKeepsTheTokenBudget(t *testing.T) {
	lengths, keys := lengthsOf(3000), keysOf(3000, 400)
	plan, err := PlanDistinct(lengths, keys, 0, Rules{Size: 64, Tokens: 900, Window: 8, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range plan {
		total := 0
		for _, example := range b {
			total += lengths[example]
		}
		if total > 900 {
			t.Errorf("a batch of %d tokens", total)
		}
	}
	plain, _ := Plan(lengths, 0, Rules{Size: 64, Tokens: 900, Window: 8, Seed: 2})
	if before, after := repeated(plain, keys), repeated(plan, keys); after > before/10 {
		t.Errorf("%d repetitions, %d in a plain plan", after, before)
	}
	if _, err := PlanDistinct(lengths, keys[1:], 0, Rules{Size: 2}); err == nil {
		t.Error("keys of fewer examples were accepted")
	}
}

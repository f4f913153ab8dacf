package neardup

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestNearDuplicates(t *testing.T) {
	index := New(0.8)
	for i := range 500 {
		if !index.Add(Normalise(fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i), byte(i >> 8)})))) {
			t.Fatalf("sentence %d counts as a repetition", i)
		}
	}
	for _, c := range []struct {
		text  string
		fresh bool
	}{
		{"you plan the routes of twelve trucks and drivers every day", true},
		{"you plan the routes of twelve trucks and drivers each day", false},
		{"You plan the routes of twelve trucks, and drivers, each day.", false},
		{"nothing of the kind was written", true},
	} {
		if got := index.Add(Normalise(c.text)); got != c.fresh {
			t.Errorf("%q is new: %v", c.text, got)
		}
	}
	if got := Normalise(" Java-Entwickler, C++ (m/w)!"); got != "java entwickler c m w" {
		t.Errorf("%q", got)
	}
}

// TestLikeIsJaccard checks that the comparison, which stops early, agrees with the definition at, below and above
// the threshold.
func TestLikeIsJaccard(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	at := 0
	for range 20000 {
		size, shared := 1+random.IntN(60), 0
		var a, b []uint64
		for range size {
			h := random.Uint64()
			switch where := random.IntN(20); {
			case where > 2:
				a, b, shared = append(a, h), append(b, h), shared+1
			case where > 0:
				a = append(a, h)
			default:
				b = append(b, h)
			}
		}
		slices.Sort(a)
		slices.Sort(b)
		threshold := []float64{0.5, 0.8, 0.9, 1, float64(shared) / float64(size)}[random.IntN(5)]
		if threshold == 0 {
			continue
		}
		first, second := newText(a), newText(b)
		want := float64(shared)/float64(size) >= threshold
		if first.like(&second, threshold) != want || second.like(&first, threshold) != want {
			t.Fatalf("%d of %d shared, threshold %v: want %v", shared, size, threshold, want)
		}
		if want {
			at++
		}
	}
	if at < 2000 || at > 18000 {
		t.Errorf("%d pairs are alike: the test says little", at)
	}
}

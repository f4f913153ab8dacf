package neardup

import (
	"crypto/sha256"
	"fmt"
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

package corpus

import (
	"slices"
	"testing"
)

func TestSentencesOfAnAd(t *testing.T) {
	if got := InOrder([]string{"a", "b", "c"}); !slices.Equal(got, []Sentence{{"a", ""}, {"b", "a"}, {"c", "b"}}) {
		t.Errorf("in order: %v", got)
	}
	if got := Alone("a", "b"); !slices.Equal(got, []Sentence{{"a", ""}, {"b", ""}}) {
		t.Errorf("alone: %v", got)
	}
	if got := InOrder(nil); len(got) != 0 {
		t.Errorf("no ad: %v", got)
	}
}

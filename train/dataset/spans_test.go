package dataset

import (
	"slices"
	"testing"

	"skillspace/data/corpus"
	"skillspace/data/tokenize"
)

// Marks go from words to their pieces, end where the sentence is cut, and are left out where words and tokens do not match.
func TestTokenSpans(t *testing.T) {
	tokenizer, err := tokenize.Load("../../testdata/tiny-bert")
	if err != nil {
		t.Fatal(err)
	}
	s := corpus.Labelled{Text: "You drive forklifts, daily .", Skill: true, Words: []bool{false, true, true, false, false}}
	var want []bool
	for i, word := range []string{"You", "drive", "forklifts,", "daily", "."} {
		for range len(tokenizer.Encode(word, 0)) - 2 {
			want = append(want, s.Words[i])
		}
	}
	if n := len(tokenizer.Encode(s.Text, 0)); len(want) != n-2 || len(want) < 6 {
		t.Fatalf("%d marks for %d tokens", len(want), n)
	}
	if got := tokenSpans(tokenizer, s, 48); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := tokenSpans(tokenizer, s, 5); !slices.Equal(got, want[:3]) {
		t.Errorf("cut at 5 tokens: %v", got)
	}
	if got := tokenSpans(tokenizer, corpus.Labelled{Text: s.Text}, 48); got != nil {
		t.Errorf("without marks: %v", got)
	}
}

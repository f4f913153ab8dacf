package tokenize

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestInContext(t *testing.T) {
	tokenizer, err := Load(filepath.Join("..", "..", "testdata", "tiny-bert"))
	if err != nil {
		t.Fatal(err)
	}
	text, before := "you drive trucks", "we are a family of bakers"
	alone, all := tokenizer.Encode(text, 0), tokenizer.Encode(before, 0)
	for _, c := range []struct {
		before string
		tokens int
		want   []int32
	}{
		{before, 100, all[1:]},
		{before, 4, all[len(all)-4:]},
		{before, 1, nil},
		{before, 0, nil},
		{"", 100, nil},
		{" \n", 100, nil},
	} {
		ids, own, err := tokenizer.InContext(t.Context(), []string{text, text}, []string{c.before, ""}, 0, c.tokens)
		if err != nil {
			t.Fatal(err)
		}
		if want := slices.Concat(alone, c.want); !slices.Equal(ids[0], want) || !slices.Equal(own, []int{len(alone), len(alone)}) {
			t.Errorf("%q in %d tokens: %v of which %v are its own, want %v", c.before, c.tokens, ids[0], own, want)
		}
		if !slices.Equal(ids[1], alone) {
			t.Errorf("without a sentence before: %v", ids[1])
		}
	}
	ids, own, err := tokenizer.InContext(t.Context(), []string{text}, []string{before}, 4, 3)
	if err != nil || own[0] != 4 || len(ids[0]) != 7 {
		t.Errorf("cut to 4 and 3 tokens: %v, %v, %v", ids, own, err)
	}
}

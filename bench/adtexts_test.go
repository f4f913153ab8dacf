package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPostingsAreWholeAds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dev.json")
	line := func(index, word string) string {
		return `{"idx": ` + index + `, "tokens": ["` + word + `", "!"], "tags_skill": ["O", "O"], "tags_knowledge": ["O", "O"], "source": "tech"}` + "\n"
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(line("1", "Nurse") + line("1", "Care") + line("2", "Baker"))
	texts, err := postings(path)
	if err != nil || !slices.Equal(texts, []string{"Nurse !\nCare !", "Baker !"}) {
		t.Errorf("%q, %v", texts, err)
	}
	write(line("1", "Nurse") + "{}\n" + line("1", "Care"))
	if _, err := postings(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a file with a bad row: %v", err)
	}
}

func TestBodiesHoldTheAds(t *testing.T) {
	texts, err := readAds(t.Context(), []string{"../examples/ads/care-nurse.txt"})
	if err != nil || len(texts) != 1 || !strings.Contains(texts[0], "nurse") {
		t.Fatalf("%d ads, %v", len(texts), err)
	}
	bodies, err := bodiesOf([]string{"a\n\"b\""}, extractBody)
	if err != nil || string(bodies[0]) != `{"text":"a\n\"b\""}` {
		t.Errorf("%s, %v", bodies, err)
	}
	peer, err := bodiesOf([]string{"a"}, (&bench{options: defaultOptions()}).peerServer().body)
	if err != nil || string(peer[0]) != `["a"]` {
		t.Errorf("%s, %v", peer, err)
	}
}

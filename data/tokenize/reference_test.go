package tokenize

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// referenceEnv names a file that scripts/tokenizer-references/run.sh made.
const referenceEnv = "SKILLSPACE_TOKENIZER_REFERENCE"

// truncated is the length of a record's IDs16.
const truncated = 16

// record is a line of a reference file; see scripts/tokenizer-references/generate.py.
type record struct {
	Text       string             `json:"text"`
	IDs        map[string][]int32 `json:"ids"`
	IDs16      map[string][]int32 `json:"ids16"`
	Normalized map[string]string  `json:"normalized"`
}

// root is the root of the repository.
var root = filepath.Join("..", "..")

// pretrained lists the tokenizers of the references that are not committed: their folder, the variable that names
// another folder, and how to get them.
var pretrained = map[string]struct{ folder, env, get string }{
	"minilm":  {filepath.Join(root, ".deps", "models", "all-MiniLM-L6-v2"), "SKILLSPACE_TOKENIZER_MINILM", "run make model"},
	"bge":     {filepath.Join(root, "..", "shared", "tokenizers", "bge-small-zh-v1.5"), "SKILLSPACE_TOKENIZER_BGE", "../shared is not part of the repository"},
	"e5":      {filepath.Join(root, "..", "shared", "models", "e5-small-zh-en"), "SKILLSPACE_TOKENIZER_E5", "../shared is not part of the repository"},
	"roberta": {filepath.Join(root, "..", "shared", "tokenizers", "roberta-base"), "SKILLSPACE_TOKENIZER_ROBERTA", "../shared is not part of the repository"},
}

// referenceTokenizer loads a tokenizer by its name in the references.
func referenceTokenizer(t testing.TB, name string) *Tokenizer {
	t.Helper()
	var path string
	switch name {
	case "cased", "unigram", "bpe":
		path = filepath.Join("testdata", name)
	case "cased-vocab":
		path = filepath.Join("testdata", "cased", "vocab.txt")
	case "bpe-vocab":
		path = filepath.Join("testdata", "bpe", "vocab.json")
	default:
		from, ok := pretrained[name]
		if !ok {
			t.Fatalf("the reference names an unknown tokenizer %q", name)
		}
		if folder := os.Getenv(from.env); folder != "" {
			from.folder = folder
		}
		if _, err := os.Stat(filepath.Join(from.folder, "tokenizer.json")); err != nil {
			t.Skipf("no tokenizer %s: %v (%s)", name, err, from.get)
		}
		path = from.folder
	}
	tokenizer, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return tokenizer
}

func readReference(t testing.TB, path string) (records []record) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("%s:%d: %v", path, len(records)+1, err)
		}
		records = append(records, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return records
}

// compareIDs checks the named tokenizer on every record that has its ids. It returns the number of those records.
func compareIDs(t *testing.T, tokenizer *Tokenizer, name string, records []record) (compared int) {
	t.Helper()
	different := 0
	for i, r := range records {
		want, ok := r.IDs[name]
		if !ok {
			continue
		}
		compared++
		full, short := tokenizer.Encode(r.Text, 0), tokenizer.Encode(r.Text, truncated)
		if slices.Equal(full, want) && slices.Equal(short, r.IDs16[name]) {
			continue
		}
		if different++; different <= 10 {
			t.Errorf("record %d: %.200q\n got %s, cut %v\nwant %s, cut %v", i+1, r.Text, around(full, want), short, around(want, full), r.IDs16[name])
		}
	}
	if different > 0 {
		t.Errorf("%s: %d of %d texts differ", name, different, compared)
	}
	return compared
}

// around shows the ids near the first difference from other.
func around(ids, other []int32) string {
	at := 0
	for at < len(ids) && at < len(other) && ids[at] == other[at] {
		at++
	}
	text, _ := json.Marshal(ids[max(0, at-3):min(len(ids), at+10)])
	return string(text)
}

// compareNormalized checks the normaliser with every set of switches in the records.
func compareNormalized(t *testing.T, records []record) (compared int) {
	t.Helper()
	different := 0
	charsmap := referenceTokenizer(t, "unigram").normalizer.(normalizers)[0]
	for i, r := range records {
		for switches, want := range r.Normalized {
			compared++
			var n normalizer
			switch switches {
			case "nfkc":
				n = newNFKC()
			case "charsmap":
				n = charsmap
			default:
				n = switched(switches)
			}
			if got := string(n.appendNormalized(nil, r.Text)); got != want {
				if different++; different <= 10 {
					t.Errorf("record %d, switches %q: %.200q\n got %.300q\nwant %.300q", i+1, switches, r.Text, got, want)
				}
			}
		}
	}
	if different > 0 {
		t.Errorf("%d of %d normalised texts differ", different, compared)
	}
	return compared
}

// switched returns a normaliser with the switches of generate.py.
func switched(switches string) *bertNormalizer {
	on := func(s string) bool { return strings.Contains(switches, s) }
	return &bertNormalizer{cleanText: on("c"), padChinese: on("h"), stripAccents: on("s"), lowercase: on("l"), classes: classes()}
}

// TestParityFull compares with a generated reference: thousands of mixed lines and every code point.
func TestParityFull(t *testing.T) {
	path := os.Getenv(referenceEnv)
	if path == "" {
		t.Skipf("%s is not set: run scripts/tokenizer-references/run.sh, which makes the reference", referenceEnv)
	}
	records := readReference(t, path)
	names := map[string]bool{}
	for _, r := range records {
		for name := range r.IDs {
			names[name] = true
		}
	}
	for name := range names {
		t.Run(name, func(t *testing.T) {
			compared := compareIDs(t, referenceTokenizer(t, name), name, records)
			if compared < 5000 {
				t.Errorf("%s has %d texts for %s, want at least 5000", path, compared, name)
			}
			t.Logf("%s: %d texts compared, in full and cut to %d", name, compared, truncated)
		})
	}
	t.Run("normalizer", func(t *testing.T) {
		compared := compareNormalized(t, records)
		if compared == 0 {
			t.Errorf("%s has no normalised text", path)
		}
		t.Logf("%d normalised texts compared", compared)
	})
}

// TestGolden compares with the committed sample of the reference.
func TestGolden(t *testing.T) {
	records := readReference(t, filepath.Join("testdata", "golden.jsonl"))
	for _, name := range []string{"cased", "cased-vocab", "minilm", "bge"} {
		t.Run(name, func(t *testing.T) {
			if compared := compareIDs(t, referenceTokenizer(t, name), name, records); compared < 300 {
				t.Errorf("%d texts, want at least 300", compared)
			}
		})
	}
	t.Run("normalizer", func(t *testing.T) {
		if compared := compareNormalized(t, records); compared < 400 {
			t.Errorf("%d normalised texts, want at least 400", compared)
		}
	})
}

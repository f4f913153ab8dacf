package tokenize

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"skillspace/internal/folder"
)

// maxFile bounds the size of files that Load reads. The largest vocabularies take some 20 MB.
const maxFile = 256 << 20

// companions are copied into a checkpoint beside the files that Load reads, so that transformers finds its
// tokenizer there too.
var companions = []string{"tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model"}

// Load reads a tokenizer from a folder or from one file. The file is tokenizer.json (preferred), vocab.txt
// (WordPiece), or vocab.json with merges.txt (byte-level BPE). Errors name the file and, in tokenizer.json, the
// key.
func Load(path string) (*Tokenizer, error) {
	t, err := load(path)
	if err != nil {
		return nil, fmt.Errorf("load tokenizer: %w", err)
	}
	return t, nil
}

// LoadIn is [Load] for an open folder.
func LoadIn(in *folder.Folder) (*Tokenizer, error) {
	name, err := fileIn(in)
	if err != nil {
		return nil, fmt.Errorf("load tokenizer: %w", err)
	}
	t, err := loadFile(in, name)
	if err != nil {
		return nil, fmt.Errorf("load tokenizer: %w", err)
	}
	return t, nil
}

func load(path string) (*Tokenizer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	parent, name := path, ""
	if !info.IsDir() {
		parent, name = filepath.Split(path)
	}
	in, err := folder.Open(filepath.Clean(parent))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if name == "" {
		if name, err = fileIn(in); err != nil {
			return nil, err
		}
	}
	return loadFile(in, name)
}

func loadFile(in *folder.Folder, name string) (*Tokenizer, error) {
	text, err := in.Read(name, maxFile)
	if err != nil {
		return nil, err
	}
	var t *Tokenizer
	switch {
	case name == "vocab.json":
		t, err = mergesTokenizer(text, in)
	case filepath.Ext(name) == ".json":
		t, err = parseTokenizerJSON(text)
	case filepath.Ext(name) == ".model":
		err = fmt.Errorf("a SentencePiece model is not supported: save it as tokenizer.json, for instance with transformers' AutoTokenizer")
	default:
		t, err = vocabTokenizer(text, in)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", in.Join(name), err)
	}
	t.files = []string{in.Join(name)}
	for _, companion := range companions {
		if companion != name && in.Has(companion) {
			t.files = append(t.files, in.Join(companion))
		}
	}
	return t, nil
}

// fileIn chooses the file of a folder to read.
func fileIn(in *folder.Folder) (string, error) {
	for _, name := range []string{"tokenizer.json", "vocab.txt", "vocab.json", "sentencepiece.bpe.model"} {
		if _, err := in.File(name); !errors.Is(err, fs.ErrNotExist) {
			return name, nil
		}
	}
	return "", fmt.Errorf("%s: neither tokenizer.json nor vocab.txt nor vocab.json", in.Path())
}

// parts are the components of a tokenizer.
type parts struct {
	normalizer     normalizer // nil: none
	splitter       preTokenizer
	model          model
	added          []addedFlags
	prefix, suffix []int32
	padID          int32
}

// assemble checks the parts against each other and builds the tokenizer.
func assemble(p parts) (*Tokenizer, error) {
	t := &Tokenizer{normalizer: p.normalizer, splitter: p.splitter, model: p.model, prefix: p.prefix, suffix: p.suffix, padID: p.padID}
	t.size = int(t.model.maxID()) + 1
	var raw, normalized []addedToken
	if err := checkAdded(p.model, p.added); err != nil {
		return nil, fmt.Errorf("added tokens: %w", err)
	}
	for _, a := range p.added {
		token := a.addedToken
		token.pattern = token.content
		if a.normalized && t.normalizer != nil {
			token.pattern = string(t.normalizer.appendNormalized(nil, token.content))
		}
		t.size = max(t.size, int(token.id)+1)
		switch {
		case token.pattern == "": // no text to search for
		case a.normalized:
			normalized = append(normalized, token)
		default:
			raw = append(raw, token)
		}
	}
	t.raw, t.normalized = newMatcher(raw), newMatcher(normalized)
	for _, id := range slices.Concat([]int32{p.padID}, p.prefix, p.suffix) {
		if id < 0 || int(id) >= t.size {
			return nil, fmt.Errorf("special token id %d is outside the vocabulary of %d", id, t.size)
		}
	}
	return t, nil
}

// addedFlags is an added token, and whether it is searched for in normalised text.
type addedFlags struct {
	addedToken
	normalized bool
}

// checkAdded refuses ids that Hugging Face would change. Hugging Face ignores the ids in the file. It gives an
// added token the vocabulary's id, or else the next id after the vocabulary. If the two differ, either choice may
// be wrong.
func checkAdded(m model, added []addedFlags) error {
	next, seen := int32(m.vocabSize()), map[string]bool{}
	for _, a := range added {
		if seen[a.content] {
			return fmt.Errorf("%q is there twice", a.content)
		}
		seen[a.content] = true
		want, ok := m.tokenID(a.content)
		if !ok {
			want = next
		}
		if a.id != want {
			return fmt.Errorf("%q has id %d, which its vocabulary makes %d", a.content, a.id, want)
		}
		next = max(next, want+1)
	}
	return nil
}

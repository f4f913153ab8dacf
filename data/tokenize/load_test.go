package tokenize

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// write puts files into a new folder and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// valid is a small tokenizer.json that the hostile tests vary.
const valid = `{
 "added_tokens": [{"id": 0, "content": "[PAD]", "normalized": false}],
 "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
 "pre_tokenizer": {"type": "BertPreTokenizer"},
 "post_processor": {"type": "TemplateProcessing",
  "single": [{"SpecialToken": {"id": "[CLS]"}}, {"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "[SEP]"}}],
  "special_tokens": {"[CLS]": {"ids": [2]}, "[SEP]": {"ids": [3]}}},
 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
  "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 4, "##b": 5}}
}`

func TestLoadValid(t *testing.T) {
	tests := map[string]struct{ old, new, text string }{
		"as it is":      {"", "", "Ab é"},
		"without type":  {`"type": "WordPiece", `, "", "ab é"},
		"BERT's own":    {valid[strings.Index(valid, `{"type": "TemplateProcessing"`):strings.Index(valid, ",\n \"model\"")], `{"type": "BertProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]}`, "ab é"},
		"no normaliser": {valid[strings.Index(valid, `{"type": "BertNormalizer"`):strings.Index(valid, ",\n \"pre_")], "null", "ab é"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			folder := write(t, map[string]string{"tokenizer.json": strings.Replace(valid, test.old, test.new, 1), "special_tokens_map.json": "{}"})
			tokenizer, err := Load(folder)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := tokenizer.Encode(test.text, 0), []int32{2, 4, 5, 1, 3}; !slices.Equal(got, want) {
				t.Errorf("%q gives %v, want %v", test.text, got, want)
			}
			want := []string{filepath.Join(folder, "tokenizer.json"), filepath.Join(folder, "special_tokens_map.json")}
			if got := tokenizer.Files(); !slices.Equal(got, want) {
				t.Errorf("files %v, want %v", got, want)
			}
			if tokenizer.VocabSize() != 6 || tokenizer.PadID() != 0 {
				t.Errorf("size %d and pad %d, want 6 and 0", tokenizer.VocabSize(), tokenizer.PadID())
			}
		})
	}
}

func TestLoadPadID(t *testing.T) {
	tests := map[string]struct {
		old, new string
		want     int32
	}{
		"padding section":   {`"pre_tokenizer"`, `"padding": {"pad_id": 3}, "pre_tokenizer"`, 3},
		"only an added one": {`"[PAD]": 0`, `"<pad>": 0`, 6},
		"none at all":       {`[{"id": 0, "content": "[PAD]", "normalized": false}]`, `[]`, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(valid, test.old, test.new, 1)
			if test.want == 6 {
				text = strings.Replace(text, `"id": 0, "content"`, `"id": 6, "content"`, 1)
			}
			tokenizer, err := Load(write(t, map[string]string{"tokenizer.json": text}))
			if err != nil {
				t.Fatal(err)
			}
			if got := tokenizer.PadID(); got != test.want {
				t.Errorf("pad id %d, want %d", got, test.want)
			}
			if size := tokenizer.VocabSize(); size <= int(test.want) {
				t.Errorf("size %d does not hold the pad id %d", size, test.want)
			}
		})
	}
}

// TestLoadHostile varies the valid file and expects an error that names the file and the key.
func TestLoadHostile(t *testing.T) {
	tests := map[string]struct{ old, new, want string }{
		"not JSON":             {"{", "<", "invalid character"},
		"cut off":              {`"model":`, `"model"`, "invalid character"},
		"not UTF-8":            {`"a": 4`, "\"a\xff\": 4", "not UTF-8"},
		"no model":             {`"model"`, `"mode"`, "model: missing"},
		"WordLevel":            {`"WordPiece"`, `"WordLevel"`, `model: type "WordLevel" is not supported (WordPiece, Unigram and BPE are)`},
		"no prefix":            {`"continuing_subword_prefix": "##", `, "", "model: continuing_subword_prefix or max_input_chars_per_word is missing"},
		"WordLevel, no type":   {`"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100`, `"unk_token": "[UNK]"`, `model: type "" is not supported`},
		"BPE, no type":         {`"type": "WordPiece"`, `"merges": []`, `model: continuing_subword_prefix is "##", which is not supported`},
		"model is a list":      {valid[strings.Index(valid, `{"type": "WordPiece"`) : len(valid)-2], "[]", `model: type "" is not supported`},
		"unknown missing":      {`"[UNK]": 1, `, "", `model: vocab: the unknown token "[UNK]" is missing`},
		"unknown not named":    {`"unk_token": "[UNK]", `, "", `model: vocab: the unknown token "" is missing`},
		"vocab missing":        {`"vocab"`, `"words"`, `model: vocab: the unknown token "[UNK]" is missing`},
		"negative id":          {`"a": 4`, `"a": -4`, `model: vocab: token "a" has id -4`},
		"huge id":              {`"a": 4`, `"a": 4294967300`, `model: vocab: token "a" has id 4294967300`},
		"id beyond integers":   {`"a": 4`, `"a": 4e99`, "model: json: cannot unmarshal number 4e99"},
		"id is text":           {`"a": 4`, `"a": "4"`, "model: json: cannot unmarshal string"},
		"id is a fraction":     {`"a": 4`, `"a": 4.5`, "model: json: cannot unmarshal number 4.5"},
		"no characters":        {`"max_input_chars_per_word": 100`, `"max_input_chars_per_word": 0`, "model: max_input_chars_per_word is 0"},
		"other normaliser":     {`"BertNormalizer"`, `"NFC"`, `normalizer: type "NFC" is not supported`},
		"switch missing":       {`"clean_text": true, `, "", "normalizer: clean_text, handle_chinese_chars or lowercase is missing"},
		"switch is text":       {`"clean_text": true`, `"clean_text": "yes"`, "normalizer: json: cannot unmarshal string"},
		"other pre-tokenizer":  {`"BertPreTokenizer"`, `"Digits"`, `pre_tokenizer: type "Digits" is not supported`},
		"words of bytes":       {`"BertPreTokenizer"`, `"ByteLevel", "add_prefix_space": false`, "pre_tokenizer: ByteLevel is supported with a BPE model only"},
		"no pre-tokenizer":     {`"pre_tokenizer"`, `"pre"`, `pre_tokenizer: type "" is not supported`},
		"other post-processor": {`"TemplateProcessing"`, `"Roberta"`, `post_processor: type "Roberta" is not supported`},
		"template: no text":    {`{"Sequence": {"id": "A"}}, `, "", "post_processor: single: there is no sequence"},
		"template: two texts":  {`{"SpecialToken": {"id": "[CLS]"}}`, `{"Sequence": {"id": "A"}}`, "post_processor: single: want special tokens around one sequence"},
		"template: no ids":     {`"[CLS]": {"ids": [2]}`, `"[CLS]": {"ids": []}`, `post_processor: single: special token "[CLS]" has no ids`},
		"template: huge id":    {`{"ids": [2]}`, `{"ids": [99]}`, "special token id 99 is outside the vocabulary of 6"},
		"template: negative":   {`{"ids": [2]}`, `{"ids": [-2]}`, "special token id -2 is outside"},
		"template: overflow":   {`{"ids": [2]}`, `{"ids": [9999999999]}`, "post_processor: json: cannot unmarshal number"},
		"pad outside":          {`"pre_tokenizer"`, `"padding": {"pad_id": 77}, "pre_tokenizer"`, "special token id 77 is outside"},
		"added: negative id":   {`{"id": 0`, `{"id": -1`, `added_tokens: "[PAD]" has id -1`},
		"added: huge id":       {`{"id": 0`, `{"id": 99999999999`, `added_tokens: "[PAD]" has id 99999999999`},
		"added: no id":         {`"id": 0, `, ``, "added_tokens: a token without content or id"},
		"added: no content":    {`"content": "[PAD]"`, `"content": ""`, "added_tokens: a token without content or id"},
		"added: another id":    {`{"id": 0`, `{"id": 4`, `"[PAD]" has id 4, which its vocabulary makes 0`},
		"added: id leaves gap": {`"id": 0, "content": "[PAD]"`, `"id": 7, "content": "x"`, `"x" has id 7, which its vocabulary makes 6`},
		"added: twice":         {`[{"id": 0`, `[{"id": 0, "content": "[PAD]"}, {"id": 0`, `"[PAD]" is there twice`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(valid, test.old, test.new, 1)
			if text == valid {
				t.Fatalf("%q is not in the valid file", test.old)
			}
			path := filepath.Join(write(t, map[string]string{"tokenizer.json": text}), "tokenizer.json")
			wantError(t, path, path, test.want)
		})
	}
}

// wantError loads path and expects an error that contains every part.
func wantError(t *testing.T, path string, parts ...string) {
	t.Helper()
	_, err := Load(path)
	if err == nil {
		t.Fatalf("%s loads, want an error with %q", path, parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func TestLoadPaths(t *testing.T) {
	folder := t.TempDir()
	wantError(t, filepath.Join(folder, "none"), "load tokenizer", "no such file")
	wantError(t, folder, folder+": neither tokenizer.json nor vocab.txt nor vocab.json")
	sentencePiece := write(t, map[string]string{"sentencepiece.bpe.model": "x"})
	wantError(t, sentencePiece, "sentencepiece.bpe.model: a SentencePiece model is not supported")
	if err := os.Mkdir(filepath.Join(folder, "tokenizer.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	wantError(t, folder, "tokenizer.json: not a regular file")
	huge := filepath.Join(t.TempDir(), "vocab.txt")
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, maxFile+1); err != nil { // a sparse file takes no space
		t.Fatal(err)
	}
	wantError(t, huge, huge+": not a file of at most")
}

const vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##b\ne\n"

func TestLoadVocab(t *testing.T) {
	tests := map[string]struct {
		vocab, config, text string
		want                []int32
	}{
		"no config":        {vocab, "", "Ab é", []int32{2, 4, 5, 6, 3}},
		"empty config":     {vocab, "{}", "Ab é", []int32{2, 4, 5, 6, 3}},
		"cased":            {vocab, `{"do_lower_case": false, "tokenizer_class": "BertTokenizerFast"}`, "Ab ab é", []int32{2, 1, 4, 5, 1, 3}},
		"accents stay":     {vocab, `{"strip_accents": false}`, "Ab é", []int32{2, 4, 5, 1, 3}},
		"accents go":       {vocab, `{"do_lower_case": false, "strip_accents": true}`, "ab é É", []int32{2, 4, 5, 6, 1, 3}},
		"Windows' lines":   {strings.ReplaceAll(vocab, "\n", "\r\n"), "", "ab", []int32{2, 4, 5, 3}},
		"old Mac's lines":  {strings.ReplaceAll(vocab, "\n", "\r"), "", "ab", []int32{2, 4, 5, 3}},
		"no last newline":  {strings.TrimSuffix(vocab, "\n"), "", "e", []int32{2, 6, 3}},
		"other names":      {strings.NewReplacer("[CLS]", "<s>", "[SEP]", "</s>").Replace(vocab), `{"cls_token": "<s>", "sep_token": {"content": "</s>"}, "mask_token": null}`, "a</s>", []int32{2, 4, 3, 3}},
		"an added token":   {vocab, `{"added_tokens_decoder": {"7": {"content": "C++", "normalized": false}}}`, "aC++", []int32{2, 4, 7, 3}},
		"Chinese together": {vocab + "漢\n##字\n", `{"tokenize_chinese_chars": false}`, "漢字", []int32{2, 7, 8, 3}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"vocab.txt": test.vocab}
			if test.config != "" {
				files["tokenizer_config.json"] = test.config
			}
			tokenizer, err := Load(write(t, files))
			if err != nil {
				t.Fatal(err)
			}
			if got := tokenizer.Encode(test.text, 0); !slices.Equal(got, test.want) {
				t.Errorf("%q gives %v, want %v", test.text, got, test.want)
			}
		})
	}
}

// TestMPNetVocabulary checks that tiny-mpnet's vocabulary gives the ids of transformers' MPNetTokenizerFast
// (scripts/parity).
func TestMPNetVocabulary(t *testing.T) {
	tokenizer, err := Load(filepath.Join("..", "..", "testdata", "tiny-mpnet"))
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join("..", "..", "testdata", "reference", "tiny-mpnet-tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Texts []string
		IDs   [][]int32 `json:"input_ids"`
	}
	if err := json.Unmarshal(content, &want); err != nil {
		t.Fatal(err)
	}
	for i, text := range want.Texts {
		if got := tokenizer.Encode(text, 0); !slices.Equal(got, want.IDs[i]) {
			t.Errorf("%q gives %v, want %v", text, got, want.IDs[i])
		}
	}
	if got := tokenizer.Encode("a  <mask> b", 0); !slices.Equal(got, []int32{0, 3, 199, 4, 2}) {
		t.Errorf("the mask does not take the white space before it: %v", got)
	}
}

// TestMPNetFilesAgree checks that tokenizer.json and vocab.txt of the real MPNet give the same ids.
func TestMPNetFilesAgree(t *testing.T) {
	folder := filepath.Join("..", "..", ".deps", "models", "all-mpnet-base-v2")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("needs the weights in %s (scripts/fetch-mpnet.sh)", folder)
	}
	one, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Load(filepath.Join(folder, "vocab.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range goldenTexts(t) {
		if got, want := two.Encode(text, 0), one.Encode(text, 0); !slices.Equal(got, want) {
			t.Fatalf("%q gives %v from vocab.txt, %v from tokenizer.json", text, got, want)
		}
	}
}

func TestLoadVocabHostile(t *testing.T) {
	tests := map[string]struct{ vocab, config, want string }{
		"empty":            {"", "", `the unknown token "[UNK]" is missing`},
		"no pad":           {"[UNK]\n[CLS]\n[SEP]\n", "", `the special token "[PAD]" is missing`},
		"not UTF-8":        {vocab + "\xff\n", "", "vocab.txt: not UTF-8"},
		"config: broken":   {vocab, "{", "tokenizer_config.json: unexpected end"},
		"config: UTF-8":    {vocab, "{\"a\": \"\xff\"}", "tokenizer_config.json: not UTF-8"},
		"config: wrong":    {vocab, `{"do_lower_case": 1}`, "do_lower_case"},
		"config: class":    {vocab, `{"tokenizer_class": "XLNetTokenizer"}`, `tokenizer_class: "XLNetTokenizer" does not use BERT's vocab.txt`},
		"config: name":     {vocab, `{"unk_token": 3}`, "neither a string nor an object"},
		"added: no number": {vocab, `{"added_tokens_decoder": {"x": {"content": "y"}}}`, `added_tokens_decoder: the id "x" is not a number`},
		"added: negative":  {vocab, `{"added_tokens_decoder": {"-7": {"content": "y"}}}`, `"y" has id -7`},
		"added: a string":  {vocab, `{"added_tokens_decoder": {"7": "y"}}`, "added_tokens_decoder: 7: json"},
		"added: a gap":     {vocab, `{"added_tokens_decoder": {"70": {"content": "y"}}}`, `"y" has id 70, which its vocabulary makes 7`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"vocab.txt": test.vocab}
			if test.config != "" {
				files["tokenizer_config.json"] = test.config
			}
			wantError(t, write(t, files), "load tokenizer", test.want)
		})
	}
}

// FuzzTokenizerJSON checks that no input causes a panic, and that a loaded tokenizer gives ids inside its
// vocabulary.
func FuzzTokenizerJSON(f *testing.F) {
	f.Add([]byte(valid), "Ab [PAD]é")
	f.Add([]byte(strings.Replace(valid, `"lowercase": true`, `"lowercase": false`, 1)), "İ")
	f.Add([]byte(strings.Replace(valid, `"normalized": false`, `"normalized": true, "single_word": true, "lstrip": true, "rstrip": true`, 1)), " [PAD] x[pad]")
	f.Add([]byte(`{"model": {"type": "BPE"}}`), "")
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		tokenizer, err := parseTokenizerJSON(file)
		if err != nil {
			return
		}
		if !json.Valid(file) {
			t.Fatalf("loads what is not JSON: %q", file)
		}
		for _, id := range tokenizer.Encode(text, 0) {
			if id < 0 || int(id) >= tokenizer.VocabSize() {
				t.Fatalf("id %d outside the vocabulary of %d", id, tokenizer.VocabSize())
			}
		}
	})
}

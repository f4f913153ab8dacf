package tokenize

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// validBPE is a small tokenizer.json that the tests vary. The vocabulary lacks most bytes, which are dropped.
const validBPE = `{
 "added_tokens": [{"id": 0, "content": "<s>"}, {"id": 1, "content": "<pad>"}, {"id": 12, "content": "<mask>", "lstrip": true, "normalized": true}],
 "normalizer": null,
 "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
 "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true, "add_prefix_space": false},
 "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false,
  "vocab": {"<s>": 0, "<pad>": 1, "</s>": 2, "a": 3, "b": 4, "Ġ": 5, "ab": 6, "Ġab": 7, "Ã": 8, "©": 9, "Ã©": 10, "bb": 11},
  "merges": ["#version: 0.2", "Ã ©", ["b", "b"], "a b", "Ġ ab"]}
}`

func TestBPE(t *testing.T) {
	tests := map[string]struct {
		old, new, text string
		want           []int32
	}{
		"the lowest rank first": {"", "", "abb", []int32{3, 11}},
		"then the leftmost":     {"", "", "bbb", []int32{11, 4}},
		"another rank":          {`["b", "b"], "a b"`, `"a b", "b b"`, "abb", []int32{6, 4}},
		"bytes of a character":  {"", "", "éaé", []int32{10, 3, 10}},
		"the space joins":       {"", "", "ab ab  ab", []int32{6, 7, 5, 7}},
		"bytes missing":         {"", "", "axb漢", []int32{6}}, // the bytes around a dropped one may merge
		"bytes unknown":         {`"unk_token": null`, `"unk_token": "<pad>"`, "axb漢", []int32{3, 1, 4, 1, 1, 1}},
		"unknown ones fused":    {`"unk_token": null, "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false`, `"unk_token": "<pad>", "fuse_unk": true`, "axyb漢a", []int32{3, 1, 4, 1, 3}},
		"a space in front":      {`"add_prefix_space": false, "trim`, `"add_prefix_space": true, "trim`, "ab<mask>ab <mask> ab", []int32{7, 12, 7, 12, 7}},
		"the mask strips":       {"", "", "ab  <mask> ab", []int32{6, 12, 7}},
		"no expression":         {`"trim_offsets": true}`, `"use_regex": false}`, "b b", []int32{4, 5, 4}},
		"an empty text":         {"", "", "", nil},
		"a special token":       {"", "", "a</s>b<s>", []int32{3, 4, 0}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(validBPE, test.old, test.new, 1)
			if test.old != "" && text == validBPE {
				t.Fatalf("%q is not in the valid file", test.old)
			}
			tokenizer, err := Load(write(t, map[string]string{"tokenizer.json": text}))
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Concat([]int32{0}, test.want, []int32{2})
			for range 2 { // the second pass reads the cache
				if got := tokenizer.Encode(test.text, 0); !slices.Equal(got, want) {
					t.Errorf("%q gives %v, want %v", test.text, got, want)
				}
			}
			if tokenizer.PadID() != 1 || tokenizer.VocabSize() != 13 {
				t.Errorf("pad id %d and size %d, want 1 and 13", tokenizer.PadID(), tokenizer.VocabSize())
			}
		})
	}
}

// TestByteLevelWords checks the words themselves.
func TestByteLevelWords(t *testing.T) {
	tests := map[string]string{
		"I'll can't 'S it's we're I'd've": `"I" "'ll" " can" "'t" " '" "S" " it" "'s" " we" "'re" " I" "'d" "'ve"`,
		"a!'s '":                          `"a" "!'" "s" " '"`,
		"'r 're":                          `"'" "r" " '" "re"`,
		"x  y\n\nz \t":                    `"x" " " " y" "\n" "\n" "z" " \t"`,
		"1st ½², 漢字٣":                     `"1" "st" " ½²" "," " 漢字" "٣"`,
		"  ":                              `"  "`,
		"a\u3000\u3000b \u00a0c":          "\"a\" \"\u3000\" \"\u3000\" \"b\" \" \" \"\u00a0\" \"c\"",
		"e\u0301 👍🏽":                      "\"e\" \"\u0301\" \" 👍🏽\"",
	}
	splitter := byteLevel{regex: true, classes: byteLevelClasses()}
	for text, want := range tests {
		var got []string
		splitter.split(new(scratch), []byte(text), func(word []byte) bool {
			got = append(got, `"`+strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(string(word))+`"`)
			return true
		})
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %s, want %s", text, strings.Join(got, " "), want)
		}
	}
}

// TestLoadBPEHostile varies the valid file and expects an error that names the file and the key.
func TestLoadBPEHostile(t *testing.T) {
	tests := map[string]struct{ old, new, want string }{
		"dropout":           {`"dropout": null`, `"dropout": 0.1`, "model: dropout is 0.1"},
		"a prefix":          {`"continuing_subword_prefix": ""`, `"continuing_subword_prefix": "##"`, `model: continuing_subword_prefix is "##"`},
		"a suffix":          {`"end_of_word_suffix": ""`, `"end_of_word_suffix": "</w>"`, `model: end_of_word_suffix is "</w>"`},
		"byte fallback":     {`"fuse_unk": false`, `"byte_fallback": true`, "model: byte_fallback is not supported"},
		"whole words":       {`"fuse_unk": false`, `"ignore_merges": true`, "model: ignore_merges is not supported"},
		"unknown missing":   {`"unk_token": null`, `"unk_token": "<unk>"`, `model: vocab: the byte 0x00 is missing, and so is the unknown token "<unk>"`},
		"no vocabulary":     {`"vocab"`, `"words"`, "model: vocab: there are no tokens"},
		"negative id":       {`"a": 3`, `"a": -3`, `model: vocab: token "a" has id -3`},
		"huge id":           {`"a": 3`, `"a": 4294967299`, `model: vocab: token "a" has id 4294967299`},
		"part missing":      {`"a b"`, `"a x"`, `model: merges: entry 2, "a" and "x": a part or the whole is not in the vocabulary`},
		"whole missing":     {`"a b"`, `"b a"`, `model: merges: entry 2, "b" and "a": a part or the whole`},
		"three parts":       {`"a b"`, `"a b b"`, `model: merges: entry 3: want two tokens with a space between: "a b b"`},
		"one part":          {`"a b"`, `"ab"`, `model: merges: entry 3: want two tokens`},
		"three in a list":   {`["b", "b"]`, `["b", "b", "b"]`, `model: merges: entry 2: want "a b" or ["a", "b"]`},
		"a number":          {`["b", "b"]`, `4`, `model: merges: entry 2: want "a b" or ["a", "b"]`},
		"words, not bytes":  {`"ByteLevel"`, `"BertPreTokenizer"`, "pre_tokenizer: a BPE model is supported with ByteLevel only"},
		"no prefix switch":  {`"add_prefix_space": false, "trim`, `"trim`, "pre_tokenizer: add_prefix_space is missing"},
		"cls is not a pair": {`["<s>", 0]`, `["<s>"]`, "post_processor: cls"},
		"sep outside":       {`["</s>", 2]`, `["</s>", 13]`, "special token id 13 is outside the vocabulary of 13"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(validBPE, test.old, test.new, 1)
			if text == validBPE {
				t.Fatalf("%q is not in the valid file", test.old)
			}
			path := filepath.Join(write(t, map[string]string{"tokenizer.json": text}), "tokenizer.json")
			wantError(t, path, path, test.want)
		})
	}
}

// vocabJSON has <mask> and the tokens of validBPE.
const vocabJSON = `{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "a": 4, "b": 5, "Ġ": 6, "ab": 7, "Ġab": 8, "<mask>": 9}`

func TestLoadMerges(t *testing.T) {
	tests := map[string]struct {
		merges, config, text string
		want                 []int32
	}{
		"no config":        {"#version: 0.2\na b\nĠ ab\n", "", "ab ab  <mask> xb", []int32{0, 7, 8, 9, 6, 3, 5, 2}},
		"Windows' lines":   {"#version: 0.2\r\na b\r\n\r\n", "", "ab ab", []int32{0, 7, 6, 7, 2}},
		"a space before":   {"a b\nĠ ab", `{"add_prefix_space": true, "tokenizer_class": "RobertaTokenizer"}`, "ab", []int32{0, 8, 2}},
		"other names":      {"a b", `{"cls_token": "</s>", "sep_token": {"content": "<s>"}}`, "ab", []int32{2, 7, 0}},
		"an added token":   {"a b", `{"added_tokens_decoder": {"10": {"content": "C++", "rstrip": true}}}`, "aC++ b", []int32{0, 4, 10, 5, 2}},
		"mask of the file": {"a b", `{"added_tokens_decoder": {"9": {"content": "<mask>"}}}`, "a <mask>", []int32{0, 4, 6, 9, 2}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"vocab.json": vocabJSON, "merges.txt": test.merges}
			if test.config != "" {
				files["tokenizer_config.json"] = test.config
			}
			folder := write(t, files)
			tokenizer, err := Load(folder)
			if err != nil {
				t.Fatal(err)
			}
			if got := tokenizer.Encode(test.text, 0); !slices.Equal(got, test.want) {
				t.Errorf("%q gives %v, want %v", test.text, got, test.want)
			}
			if got := tokenizer.Files(); len(got) != len(files) || !slices.Contains(got, filepath.Join(folder, "merges.txt")) {
				t.Errorf("files %v, want %d with merges.txt", got, len(files))
			}
			if tokenizer.PadID() != 1 {
				t.Errorf("pad id %d, want 1", tokenizer.PadID())
			}
		})
	}
}

func TestLoadMergesHostile(t *testing.T) {
	tests := map[string]struct{ vocab, merges, config, want string }{
		"no merges":         {vocabJSON, "", "", "merges.txt: no such file"},
		"vocab is a list":   {`[]`, "a b", "", "vocab.json: json: cannot unmarshal array"},
		"vocab: not UTF-8":  {"{\"\xff\": 1}", "a b", "", "vocab.json: not UTF-8"},
		"merges: not UTF-8": {vocabJSON, "a \xff", "", "merges.txt: not UTF-8"},
		"merges: one token": {vocabJSON, "#version\na b\n\nab\n", "", "merges.txt:4: want two tokens with a space between: \"ab\""},
		"merges: unheard":   {vocabJSON, "a b\na a\n", "", `merges: entry 1, "a" and "a": a part or the whole`},
		"no pad":            {strings.Replace(vocabJSON, `"<pad>": 1, `, "", 1), "a b", "", `the special token "<pad>" is missing`},
		"another class":     {vocabJSON, "a b", `{"tokenizer_class": "GPT2Tokenizer"}`, `tokenizer_class: "GPT2Tokenizer" does not use RoBERTa's vocab.json`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"vocab.json": test.vocab}
			if test.merges != "" {
				files["merges.txt"] = test.merges
			}
			if test.config != "" {
				files["tokenizer_config.json"] = test.config
			}
			wantError(t, write(t, files), "load tokenizer", test.want)
		})
	}
}

// TestBPELongWord compares the merges of a word that overflows the queue's initial size with a hand-made result.
func TestBPELongWord(t *testing.T) {
	tokenizer, err := Load(write(t, map[string]string{"tokenizer.json": validBPE}))
	if err != nil {
		t.Fatal(err)
	}
	word := strings.Repeat("abbb", 5000)
	got := tokenizer.Encode(word, 0)
	want := []int32{0}
	for range 5000 {
		want = append(want, 3, 11, 4) // a bb b
	}
	if want = append(want, 2); !slices.Equal(got, want) {
		t.Errorf("%s differs from a bb b, 5000 times", fmt.Sprint(got[:min(len(got), 20)]))
	}
}

package tokenize

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// validUnigram is a small tokenizer.json that the tests vary. Without "ab" (-3), "abc" would be "a" "bc" (-5).
const validUnigram = `{
 "added_tokens": [{"id": 1, "content": "<pad>", "normalized": false}, {"id": 9, "content": "<mask>", "normalized": false}],
 "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
 "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
 "post_processor": null,
 "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": false,
  "vocab": [["<unk>", 0], ["<pad>", 0], ["▁", -1], ["a", -2], ["b", -4], ["c", -1.5], ["bc", -3], ["ab", -3], ["▁a", -3.5]]}
}`

// TestUnigram checks hand-computed scores. The best path is ▁ a (-3) before ▁a (-3.5). Of equal paths the one
// with the longer last piece wins.
func TestUnigram(t *testing.T) {
	tests := map[string]struct {
		old, new, text string
		want           []int32
	}{
		"best path":            {"", "", "abc", []int32{2, 7, 5}},
		"a tie":                {`["ab", -3]`, `["ab", -3.5]`, "abc", []int32{2, 3, 6}},
		"unknown characters":   {"", "", "aéé漢c", []int32{2, 3, 0, 5}},
		"unknown at the ends":  {"", "", "é é", []int32{2, 0, 2, 0}},
		"normalised":           {"", "", "ａ   ｃ\u3000b", []int32{2, 3, 2, 5, 2, 4}},
		"spaces at the ends":   {"", "", "  a ", []int32{2, 3, 2}},
		"a mark in the text":   {"", "", "▁a▁▁c", []int32{2, 3, 2, 2, 5}},
		"an added token":       {"", "", "a<mask>c", []int32{2, 3, 9, 2, 5}},
		"a piece twice":        {`["▁a", -3.5]`, `["ab", -9], ["ba", 0]`, "ab", []int32{2, 3, 4}},
		"no mark in front":     {`"always"`, `"never"`, "a c", []int32{3, 2, 5}},
		"old: no mark":         {`"prepend_scheme": "always", "split": true`, `"add_prefix_space": false`, "a c", []int32{3, 2, 5}},
		"old: a mark":          {`"prepend_scheme": "always", "split": true`, `"add_prefix_space": true`, "a c", []int32{2, 3, 2, 5}},
		"bytes missing":        {`"byte_fallback": false`, `"byte_fallback": true`, "é", []int32{2, 0}},
		"one byte missing":     {`false,` + "\n" + `  "vocab": [["<unk>", 0], ["<pad>", 0]`, `true, "vocab": [["<unk>", 0], ["<0xC3>", 0]`, "é", []int32{2, 0}},
		"every plain space":    {`{"Regex": " {2,}"}, "content": " "`, `{"String": " "}, "content": "b"`, "a c", []int32{2, 7, 5}},
		"ends stripped":        {`{"type": "NFKC"}`, `{"type": "Strip", "strip_left": true, "strip_right": true}`, "\u3000 c\n ", []int32{2, 5}},
		"the left end":         {`{"type": "NFKC"}`, `{"type": "Strip", "strip_left": true, "strip_right": false}`, " c ", []int32{2, 5, 2}},
		"white space dropped":  {validUnigram[strings.Index(validUnigram, `{"type": "Metaspace"`):strings.Index(validUnigram, ",\n \"post")], `{"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true}]}`, " \n a\t\u2003c ", []int32{2, 3, 2, 5}},
		"an empty text":        {"", "", "", nil},
		"nothing but a symbol": {"", "", "▁", []int32{2}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(validUnigram, test.old, test.new, 1)
			if test.old != "" && text == validUnigram {
				t.Fatalf("%q is not in the valid file", test.old)
			}
			if name == "a piece twice" || name == "one byte missing" { // their vocabularies have another size
				text = strings.NewReplacer(`{"id": 1, "content": "<pad>", "normalized": false}, `, "", `{"id": 9, "content": "<mask>", "normalized": false}`, "").Replace(text)
			}
			tokenizer, err := Load(write(t, map[string]string{"tokenizer.json": text}))
			if err != nil {
				t.Fatal(err)
			}
			if got := tokenizer.Encode(test.text, 0); !slices.Equal(got, test.want) {
				t.Errorf("%q gives %v, want %v", test.text, got, test.want)
			}
		})
	}
}

func TestUnigramByteFallback(t *testing.T) {
	text := strings.NewReplacer(`"byte_fallback": false`, `"byte_fallback": true`, `["▁a", -3.5]`, `["<0xC3>", -9], ["<0xA9>", -9]`, `"id": 9`, `"id": 10`).Replace(validUnigram)
	tokenizer, err := Load(write(t, map[string]string{"tokenizer.json": text}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := tokenizer.Encode("aéé aéx", 0), []int32{2, 3, 8, 9, 8, 9, 2, 3, 0}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if tokenizer.PadID() != 1 || tokenizer.VocabSize() != 11 {
		t.Errorf("pad id %d and size %d, want 1 and 11", tokenizer.PadID(), tokenizer.VocabSize())
	}
}

// TestLoadUnigramHostile varies the valid file and expects an error that names the file and the key.
func TestLoadUnigramHostile(t *testing.T) {
	tests := map[string]struct{ old, new, want string }{
		"no unknown":           {`"unk_id": 0, `, "", "model: unk_id is missing"},
		"unknown outside":      {`"unk_id": 0`, `"unk_id": 9`, "model: unk_id is 9, want the place of one of the 9 pieces"},
		"unknown negative":     {`"unk_id": 0`, `"unk_id": -1`, "model: unk_id is -1"},
		"no vocabulary":        {`"vocab"`, `"words"`, "model: unk_id is 0, want the place of one of the 0 pieces"},
		"vocabulary of ids":    {`["▁", -1]`, `["▁"]`, "model: vocab: entry 2 is not a piece and its score"},
		"score is text":        {`["▁", -1]`, `["▁", "-1"]`, "model: vocab: entry 2 is not a piece and its score"},
		"score is null":        {`["▁", -1]`, `["▁", null]`, "model: vocab: entry 2 is not a piece and its score"},
		"score beyond floats":  {`["▁", -1]`, `["▁", -1e999]`, "model: vocab: entry 2 is not a piece and its score"},
		"piece is null":        {`["▁", -1]`, `[null, -1]`, "model: vocab: entry 2 is not a piece and its score"},
		"a huge piece":         {`["▁", -1]`, `["` + strings.Repeat("a", maxPiece+1) + `", -1]`, "model: vocab: piece 2 has 4097 bytes"},
		"vocab is an object":   {validUnigram[strings.Index(validUnigram, `[["<unk>"`) : len(validUnigram)-3], `{"a": 1}`, "model: json: cannot unmarshal object"},
		"another normaliser":   {`{"type": "NFKC"}`, `{"type": "Lowercase"}`, `normalizer: normalizers: number 0: type "Lowercase" is not supported`},
		"a nested sequence":    {`{"type": "NFKC"}`, `{"type": "Sequence", "normalizers": []}`, "normalizer: normalizers: number 0 is a Sequence or missing"},
		"another expression":   {`" {2,}"`, `"\\s+"`, `normalizer: normalizers: number 1: pattern: the expression "\\s+" is not supported`},
		"an empty pattern":     {`{"Regex": " {2,}"}`, `{"String": ""}`, "normalizer: normalizers: number 1: pattern: want a String or a Regex"},
		"no content":           {`, "content": " "`, "", "normalizer: normalizers: number 1: content is missing"},
		"no side":              {`{"type": "NFKC"}`, `{"type": "Strip", "strip_left": true}`, "strip_left or strip_right is missing"},
		"prepended first":      {`"always"`, `"first"`, `pre_tokenizer: prepend_scheme "first" is not supported`},
		"not split":            {`"split": true`, `"split": false`, "pre_tokenizer: split is false"},
		"no replacement":       {`"replacement": "▁"`, `"replacement": ""`, `pre_tokenizer: replacement is ""`},
		"a space replaced":     {`"replacement": "▁"`, `"replacement": " "`, `pre_tokenizer: replacement is " "`},
		"another sequence":     {`{"type": "Metaspace"`, `{"type": "Sequence", "pretokenizers": [{"type": "Digits"}]`, "pre_tokenizer: pretokenizers: the list is not supported"},
		"mask leaves a gap":    {`"id": 9`, `"id": 12`, `"<mask>" has id 12, which its vocabulary makes 9`},
		"pad is another piece": {`"id": 1`, `"id": 2`, `"<pad>" has id 2, which its vocabulary makes 1`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(validUnigram, test.old, test.new, 1)
			if text == validUnigram {
				t.Fatalf("%q is not in the valid file", test.old)
			}
			path := filepath.Join(write(t, map[string]string{"tokenizer.json": text}), "tokenizer.json")
			wantError(t, path, path, test.want)
		})
	}
}

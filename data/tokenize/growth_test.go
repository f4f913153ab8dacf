package tokenize

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestNormalizersThatBlowUpAreRefused checks that a normaliser that can make a text huge is refused at load time.
func TestNormalizersThatBlowUpAreRefused(t *testing.T) {
	step := func(pattern, content string) string {
		return fmt.Sprintf(`{"type": "Replace", "pattern": {"String": %q}, "content": %q}`, pattern, content)
	}
	sequence := func(steps ...string) string {
		return `{"type": "Sequence", "normalizers": [` + strings.Join(steps, ",") + `]}`
	}
	strip := `{"type": "Strip", "strip_left": true, "strip_right": true}`
	load := func(normalizer string) error {
		var file map[string]json.RawMessage
		if err := json.Unmarshal([]byte(valid), &file); err != nil {
			t.Fatal(err)
		}
		file["normalizer"] = json.RawMessage(normalizer)
		text, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = parseTokenizerJSON(text)
		return err
	}
	for want, normalizer := range map[string]string{
		"1.678e+07 times as long": sequence(slices.Repeat([]string{step("a", "aa")}, 24)...),
		"200 times as long":       step("a", strings.Repeat("x", 200)),
		"65 steps, at most 64":    sequence(slices.Repeat([]string{strip}, 65)...),
	} {
		if err := load(normalizer); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	// Steps of real tokenizers are accepted: NFKC, and another character in place of a space.
	if err := load(sequence(`{"type": "NFKC"}`, step(" ", "▁"), strip)); err != nil {
		t.Error(err)
	}
}

func TestManySpecialTokensAreRefused(t *testing.T) {
	single := strings.Repeat(`{"SpecialToken": {"id": "x"}},`, 65) + `{"Sequence": {"id": "A"}}`
	_, _, err := parsePostProcessor([]byte(`{"type": "TemplateProcessing", "single": [` + single + `], "special_tokens": {"x": {"ids": [1]}}}`))
	if err == nil || !strings.Contains(err.Error(), "more than 64 special tokens") {
		t.Error(err)
	}
}

// TestLongReplacementOfACharsMapIsRefused uses a compiled map with one key, "a", and a long replacement.
func TestLongReplacementOfACharsMapIsRefused(t *testing.T) {
	units := make([]uint32, 1024)
	units[0] = 256 << 10                  // the children of the root begin at 256
	units[256^'a'] = 512<<10 | 1<<8 | 'a' // the children of the leaf begin another 512 further on; its value is there: 0
	var raw []byte
	raw = binary.LittleEndian.AppendUint32(raw, uint32(4*len(units)))
	for _, unit := range units {
		raw = binary.LittleEndian.AppendUint32(raw, unit)
	}
	for length, want := range map[int]string{10: "", 200: "", maxReplacement + 1: "has more than 1024 bytes"} {
		text := append(slices.Clone(raw), strings.Repeat("x", length)+"\x00"...)
		m, err := parseCharsMap(base64.StdEncoding.EncodeToString(text))
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%d bytes: %v", length, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if m.growth() != float64(length) || string(m.appendNormalized(nil, "a")) != strings.Repeat("x", length) {
			t.Errorf("%d bytes: a growth of %v", length, m.growth())
		}
		if err := checkGrowth(m); (err != nil) != (length > maxGrowth) {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}

// TestHugeVocabularyIsRefused checks that a vocabulary of 5 million lines is refused before anything is built
// from it.
func TestHugeVocabularyIsRefused(t *testing.T) {
	text := vocab + strings.Repeat("w\n", 5_000_000)
	wantError(t, write(t, map[string]string{"vocab.txt": text}), "vocab.txt: 5000007 lines, want at most 2097151 tokens")
}

package sealed_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"skillspace/internal/sealed"
)

func TestEveryFlippedBitOfASealedTextIsFound(t *testing.T) {
	type object struct {
		A string `json:"a"`
		B int    `json:"b"`
	}
	for _, text := range []string{`{"a":"x","b":3}`, "{\n  \"a\": \"x\",\n  \"b\": 3\n}\n"} {
		text := sealed.Seal([]byte(text))
		var got object
		if err := json.Unmarshal(text, &got); err != nil || got != (object{"x", 3}) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if err := errors.Join(sealed.Check(text), sealed.Check(append(bytes.Clone(text), '\n'))); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		for bit := range 8 * len(text) {
			damaged := bytes.Clone(text)
			damaged[bit/8] ^= 1 << (bit % 8)
			// A flip in the name of the key crc32c leaves the content as it was.
			if sealed.Check(damaged) == nil && strict(damaged) == nil {
				t.Errorf("bit %d: %s passes", bit, damaged)
			}
		}
		for n := range text {
			if sealed.Check(text[:n]) == nil && strict(text[:n]) == nil {
				t.Errorf("%s passes", text[:n])
			}
		}
	}
	if err := sealed.Check([]byte(`{"a":"x"}`)); err != nil {
		t.Errorf("a text of an earlier version: %v", err)
	}
}

// strict reads a sealed object as its readers do.
func strict(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var object struct {
		A   string `json:"a"`
		B   int    `json:"b"`
		CRC string `json:"crc32c"`
	}
	return decoder.Decode(&object)
}

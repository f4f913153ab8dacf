package tokenize

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

func parsePreTokenizer(raw json.RawMessage) (preTokenizer, error) {
	switch kind := typeOf(raw); kind {
	case "BertPreTokenizer":
		return bertPreTokenizer{classes()}, nil
	case "ByteLevel":
		return parseByteLevel(raw)
	case "Metaspace":
		return parseMetaspace(raw)
	case "Sequence":
		return parsePreTokenizers(raw)
	default:
		return nil, fmt.Errorf("type %q is not supported (BertPreTokenizer, ByteLevel, Metaspace, and a Sequence of WhitespaceSplit and Metaspace are)", kind)
	}
}

// parseByteLevel ignores trim_offsets, which changes no id.
func parseByteLevel(raw json.RawMessage) (preTokenizer, error) {
	var file struct {
		Prefix *bool `json:"add_prefix_space"`
		Regex  *bool `json:"use_regex"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if file.Prefix == nil {
		return nil, fmt.Errorf("add_prefix_space is missing")
	}
	return byteLevel{prefix: *file.Prefix, regex: file.Regex == nil || *file.Regex, classes: byteLevelClasses()}, nil
}

// parsePreTokenizers reads the only supported sequence, that of XLM-R's tokenizers.
func parsePreTokenizers(raw json.RawMessage) (preTokenizer, error) {
	var file struct{ PreTokenizers []json.RawMessage }
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if list := file.PreTokenizers; len(list) != 2 || typeOf(list[0]) != "WhitespaceSplit" || typeOf(list[1]) != "Metaspace" {
		return nil, fmt.Errorf("pretokenizers: the list is not supported (WhitespaceSplit and then Metaspace is)")
	}
	then, err := parseMetaspace(file.PreTokenizers[1])
	if err != nil {
		return nil, fmt.Errorf("pretokenizers: Metaspace: %w", err)
	}
	return whitespaceSplit{classes(), then}, nil
}

// parseMetaspace reads both forms: add_prefix_space up to tokenizers 0.18, and prepend_scheme with split since
// then.
func parseMetaspace(raw json.RawMessage) (preTokenizer, error) {
	var file struct {
		Mark   string  `json:"replacement"`
		Prefix *bool   `json:"add_prefix_space"`
		Scheme *string `json:"prepend_scheme"`
		Split  *bool   `json:"split"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(file.Mark) != 1 || file.Mark == " " {
		return nil, fmt.Errorf("replacement is %q, want one character other than a space", file.Mark)
	}
	if file.Split != nil && !*file.Split {
		return nil, fmt.Errorf("split is false, which is not supported")
	}
	if file.Prefix != nil && !*file.Prefix {
		return metaspace{mark: []byte(file.Mark)}, nil
	}
	if file.Scheme != nil && *file.Scheme != "always" && *file.Scheme != "never" {
		return nil, fmt.Errorf("prepend_scheme %q is not supported (always and never are)", *file.Scheme)
	}
	return metaspace{mark: []byte(file.Mark), prefix: file.Scheme == nil || *file.Scheme == "always"}, nil
}

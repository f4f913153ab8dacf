package tokenize

import (
	"encoding/json"
	"fmt"
)

// parseNormalizer returns nil if the file has no normaliser.
func parseNormalizer(raw json.RawMessage) (normalizer, error) {
	if isNull(raw) {
		return nil, nil
	}
	switch kind := typeOf(raw); kind {
	case "BertNormalizer":
		return parseBertNormalizer(raw)
	case "NFKC":
		return newNFKC(), nil
	case "Precompiled":
		return parsePrecompiled(raw)
	case "Replace":
		return parseReplace(raw)
	case "Strip":
		return parseStrip(raw)
	case "Sequence":
		return parseNormalizers(raw)
	default:
		return nil, fmt.Errorf("type %q is not supported (BertNormalizer, NFKC, Precompiled, Replace, Strip and Sequence are)", kind)
	}
}

func parseNormalizers(raw json.RawMessage) (normalizer, error) {
	var file struct{ Normalizers []json.RawMessage }
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if len(file.Normalizers) > maxSteps {
		return nil, fmt.Errorf("normalizers: %d steps, at most %d are accepted", len(file.Normalizers), maxSteps)
	}
	steps := make(normalizers, len(file.Normalizers))
	for i, raw := range file.Normalizers {
		if typeOf(raw) == "Sequence" || isNull(raw) {
			return nil, fmt.Errorf("normalizers: number %d is a Sequence or missing", i)
		}
		var err error
		if steps[i], err = parseNormalizer(raw); err != nil {
			return nil, fmt.Errorf("normalizers: number %d: %w", i, err)
		}
	}
	if len(steps) == 0 {
		return nil, nil
	}
	return steps, nil
}

func parsePrecompiled(raw json.RawMessage) (normalizer, error) {
	var file struct {
		Map *string `json:"precompiled_charsmap"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if file.Map == nil {
		return nil, fmt.Errorf("precompiled_charsmap is missing")
	}
	m, err := parseCharsMap(*file.Map)
	if err != nil {
		return nil, fmt.Errorf("precompiled_charsmap: %w", err)
	}
	return m, nil
}

func parseReplace(raw json.RawMessage) (normalizer, error) {
	var file struct {
		Pattern struct{ String, Regex *string }
		Content *string
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	pattern := file.Pattern
	switch {
	case file.Content == nil:
		return nil, fmt.Errorf("content is missing")
	case pattern.String != nil && pattern.Regex == nil && *pattern.String != "":
		return replace{*pattern.String, *file.Content}, nil
	case pattern.Regex != nil && pattern.String == nil && *pattern.Regex == twoOrMoreSpaces:
		return replaceSpaces{*file.Content}, nil
	case pattern.Regex != nil:
		return nil, fmt.Errorf("pattern: the expression %q is not supported (%q is)", *pattern.Regex, twoOrMoreSpaces)
	default:
		return nil, fmt.Errorf("pattern: want a String or a Regex")
	}
}

func parseStrip(raw json.RawMessage) (normalizer, error) {
	var file struct {
		Left  *bool `json:"strip_left"`
		Right *bool `json:"strip_right"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if file.Left == nil || file.Right == nil {
		return nil, fmt.Errorf("strip_left or strip_right is missing")
	}
	return strip{*file.Left, *file.Right}, nil
}

func parseBertNormalizer(raw json.RawMessage) (normalizer, error) {
	var file struct {
		CleanText    *bool `json:"clean_text"`
		Chinese      *bool `json:"handle_chinese_chars"`
		StripAccents *bool `json:"strip_accents"` // null: the value of Lowercase
		Lowercase    *bool `json:"lowercase"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	if file.CleanText == nil || file.Chinese == nil || file.Lowercase == nil {
		return nil, fmt.Errorf("clean_text, handle_chinese_chars or lowercase is missing")
	}
	n := &bertNormalizer{cleanText: *file.CleanText, padChinese: *file.Chinese, stripAccents: *file.Lowercase, lowercase: *file.Lowercase, classes: classes()}
	if file.StripAccents != nil {
		n.stripAccents = *file.StripAccents
	}
	return n, nil
}

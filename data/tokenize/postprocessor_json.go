package tokenize

import (
	"encoding/json"
	"fmt"
)

// parsePostProcessor returns the special tokens before and after a single text.
func parsePostProcessor(raw json.RawMessage) (prefix, suffix []int32, err error) {
	if isNull(raw) {
		return nil, nil, nil
	}
	switch kind := typeOf(raw); kind {
	case "TemplateProcessing":
		return parseTemplate(raw)
	case "BertProcessing", "RobertaProcessing":
		return parseClsSep(raw)
	default:
		return nil, nil, fmt.Errorf("type %q is not supported (TemplateProcessing, BertProcessing and RobertaProcessing are)", kind)
	}
}

func parseTemplate(raw json.RawMessage) (prefix, suffix []int32, err error) {
	var file struct {
		Single []struct {
			SpecialToken *struct{ ID string }
			Sequence     *struct{ ID string }
		} `json:"single"`
		SpecialTokens map[string]struct {
			IDs []int32 `json:"ids"`
		} `json:"special_tokens"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, nil, err
	}
	seen := false
	for _, piece := range file.Single {
		switch {
		case piece.Sequence != nil && !seen:
			seen = true
		case piece.SpecialToken != nil:
			ids := file.SpecialTokens[piece.SpecialToken.ID].IDs
			if len(ids) == 0 {
				return nil, nil, fmt.Errorf("single: special token %q has no ids", piece.SpecialToken.ID)
			}
			if len(prefix)+len(suffix)+len(ids) > maxSpecial {
				return nil, nil, fmt.Errorf("single: more than %d special tokens around a text", maxSpecial)
			}
			if seen {
				suffix = append(suffix, ids...)
			} else {
				prefix = append(prefix, ids...)
			}
		default:
			return nil, nil, fmt.Errorf("single: want special tokens around one sequence")
		}
	}
	if !seen {
		return nil, nil, fmt.Errorf("single: there is no sequence")
	}
	return prefix, suffix, nil
}

// parseClsSep reads the two types with one token on each side.
func parseClsSep(raw json.RawMessage) (prefix, suffix []int32, err error) {
	var file struct{ Sep, Cls [2]json.RawMessage }
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, nil, err
	}
	var cls, sep int32
	if err := json.Unmarshal(file.Cls[1], &cls); err != nil {
		return nil, nil, fmt.Errorf("cls: %w", err)
	}
	if err := json.Unmarshal(file.Sep[1], &sep); err != nil {
		return nil, nil, fmt.Errorf("sep: %w", err)
	}
	return []int32{cls}, []int32{sep}, nil
}

package taxonomy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// jsonRecords reads JSON lines: an object a line. A column's name is a key, or keys divided by stops for an object inside an object.
func (t *Taxonomy) jsonRecords(path string, text []byte, s *listSettings) ([]record, error) {
	var records []record
	missing := s.Columns.named()
	line := 0
	for part := range bytes.Lines(text) {
		line++
		if len(bytes.TrimSpace(part)) == 0 {
			t.findings.note(&t.findings.BlankRows, "%s:%d: a line without a value: left out", path, line)
			continue
		}
		object, err := parseObject(part)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, line, err)
		}
		missing = slices.DeleteFunc(missing, func(column string) bool {
			_, ok := lookUp(object, column)
			return ok
		})
		r, err := s.jsonRecord(object)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, line, err)
		}
		r.line = line
		records = append(records, r)
	}
	if len(missing) > 0 && line > 0 {
		return nil, fmt.Errorf("%s: no line has the key %q", path, missing[0])
	}
	return records, nil
}

// parseObject parses a line that is one JSON object. Numbers keep their digits.
func parseObject(line []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil || object == nil {
		return nil, fmt.Errorf("want one JSON object a line")
	}
	if decoder.More() {
		return nil, fmt.Errorf("want one JSON object a line, got more after it")
	}
	return object, nil
}

func (s *listSettings) jsonRecord(object map[string]any) (record, error) {
	var r record
	for _, text := range []struct {
		column string
		to     *string
	}{{s.Columns.ID, &r.id}, {s.Columns.Label, &r.label}, {s.Columns.Description, &r.description}, {s.Columns.Status, &r.status}} {
		var err error
		if *text.to, err = textOf(object, text.column); err != nil {
			return r, err
		}
	}
	var err error
	if r.altLabels, err = listOf(object, s.Columns.AltLabels, s.LabelSeparator); err != nil {
		return r, err
	}
	for _, column := range s.Columns.GroupPath {
		part, err := pathOf(object, column, len(s.Columns.GroupPath) == 1, s)
		if err != nil {
			return r, err
		}
		r.groups = append(r.groups, part...)
	}
	return r, nil
}

// pathOf returns the groups of one key: a list, which must be the only key, or a text.
func pathOf(object map[string]any, column string, only bool, s *listSettings) ([]string, error) {
	if v, _ := lookUp(object, column); only {
		if _, isList := v.([]any); isList {
			return listOf(object, column, "")
		}
	}
	cell, err := textOf(object, column)
	if err != nil {
		return nil, err
	}
	if only {
		return s.splitPath(cell), nil
	}
	return []string{cell}, nil
}

// lookUp returns the value of a key. A key that has stops is also looked up part by part.
func lookUp(object map[string]any, key string) (any, bool) {
	if v, ok := object[key]; ok {
		return v, true
	}
	head, rest, found := strings.Cut(key, ".")
	if inner, ok := object[head].(map[string]any); found && ok {
		return lookUp(inner, rest)
	}
	return nil, false
}

// textOf returns a value that is a text or a number, "" if it is null or missing.
func textOf(object map[string]any, column string) (string, error) {
	v, _ := lookUp(object, column)
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(v), nil
	case json.Number:
		return v.String(), nil
	}
	return "", fmt.Errorf("%s: want a text", column)
}

// listOf returns a value that is a list of texts, or a text whose parts are divided by the separator.
func listOf(object map[string]any, column, separator string) ([]string, error) {
	v, _ := lookUp(object, column)
	list, isList := v.([]any)
	if !isList {
		cell, err := textOf(object, column)
		switch {
		case err != nil || cell == "":
			return nil, err
		case separator == "":
			return nil, fmt.Errorf(`%s: is a text, and alternative_labels_separator is not set; it divides its labels ("\n" for one label a text)`, column)
		}
		return strings.Split(cell, separator), nil
	}
	var texts []string
	for _, element := range list {
		text, ok := element.(string)
		if !ok {
			return nil, fmt.Errorf("%s: want a list of texts", column)
		}
		texts = append(texts, text)
	}
	return texts, nil
}

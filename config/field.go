package config

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v3"
)

// field is one key of a struct: a leaf that takes a value, not a section.
type field struct {
	key     string       // dotted path, "train.batch_size"
	typ     reflect.Type // int, int64, uint64, float64, bool, string or []string
	index   []int        // for reflect.Value.FieldByIndex
	path    string       // "folder", "file", "taxonomy" (a folder or a ZIP archive) or "named-folder" (NAME=folder) if the value names an input that must exist
	output  string       // "folder" or "file" if the value names something that the command writes
	choices []string     // the values that a text may have, where they are known
}

// env returns the environment variable that sets the field.
func (f field) env() string { return variableOf(f.key) }

// variableOf returns the environment variable of a key, or the start of the variables of a section.
func variableOf(key string) string {
	return "SKILLSPACE_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// layout is what a struct consists of: its leaves in order, and its sections.
type layout struct {
	fields   []field
	byKey    map[string]field
	sections map[string]bool
}

// layoutOf reads the keys of the struct that schema points to from its tags. A struct that is embedded with `yaml:",inline"` is a block of
// settings that several commands share; its keys are the command's own.
func layoutOf(schema any) *layout {
	l := &layout{byKey: map[string]field{}, sections: map[string]bool{}}
	l.walk(reflect.TypeOf(schema).Elem(), "", nil)
	return l
}

func (l *layout) walk(t reflect.Type, prefix string, index []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		at := append(append([]int(nil), index...), i)
		if sf.Anonymous {
			l.walk(sf.Type, prefix, at)
			continue
		}
		name, _, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
		key := prefix + name
		if sf.Type.Kind() == reflect.Struct {
			l.sections[key] = true
			l.walk(sf.Type, key+".", at)
			continue
		}
		f := field{key: key, typ: sf.Type, index: at, path: sf.Tag.Get("path"), output: sf.Tag.Get("output")}
		if choices := sf.Tag.Get("choices"); choices != "" {
			f.choices = strings.Split(choices, ",")
		}
		l.fields = append(l.fields, f)
		l.byKey[f.key] = f
	}
}

// keys returns every key of the struct, in order.
func (l *layout) keys() []string {
	keys := make([]string, len(l.fields))
	for i, f := range l.fields {
		keys[i] = f.key
	}
	return keys
}

// below returns the keys of a section, in order.
func (l *layout) below(section string) []string {
	var keys []string
	for _, f := range l.fields {
		if strings.HasPrefix(f.key, section+".") {
			keys = append(keys, f.key)
		}
	}
	return keys
}

// assign sets the field of a struct. A text, which is all that the environment has, is parsed.
func (f field) assign(root reflect.Value, v any) error {
	if text, ok := v.(string); ok {
		var err error
		if v, err = f.parse(text); err != nil {
			return err
		}
	}
	root.FieldByIndex(f.index).Set(reflect.ValueOf(v))
	if f.path != "" {
		placeDatasets(root.FieldByIndex(f.index))
	}
	return nil
}

// parse turns a text from the command line or the environment into the field's type. A list is written a,b or [a, b].
func (f field) parse(text string) (any, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("is not valid UTF-8")
	}
	trimmed := strings.TrimSpace(text)
	switch f.typ.Kind() {
	case reflect.String:
		return text, nil
	case reflect.Slice:
		return parseList(trimmed)
	case reflect.Int, reflect.Int64:
		if v, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			return reflect.ValueOf(v).Convert(f.typ).Interface(), nil
		}
	case reflect.Uint64:
		if v, err := strconv.ParseUint(trimmed, 10, 64); err == nil {
			return v, nil
		}
	case reflect.Float64:
		if v, err := strconv.ParseFloat(trimmed, 64); err == nil && finite(v) {
			return v, nil
		}
	case reflect.Bool:
		if v, err := strconv.ParseBool(trimmed); err == nil {
			return v, nil
		}
	}
	return nil, fmt.Errorf("want %s, got %q", wanted(f.typ), shorten(text))
}

func parseList(text string) ([]string, error) {
	if text == "" {
		return []string{}, nil
	}
	if strings.HasPrefix(text, "[") {
		var list []string
		if err := yaml.Unmarshal([]byte(text), &list); err != nil {
			return nil, fmt.Errorf("want a list such as [a, b], got %q", shorten(text))
		}
		return list, nil
	}
	parts := strings.Split(text, ",")
	for i, p := range parts {
		if parts[i] = strings.TrimSpace(p); parts[i] == "" {
			return nil, fmt.Errorf("has an empty element in %q", shorten(text))
		}
	}
	return parts, nil
}

// wanted names a type for the reader of an error.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number of 0 or above"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list of texts"
	default:
		return "a text"
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// shorten keeps an error on one readable line, whatever was given.
func shorten(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

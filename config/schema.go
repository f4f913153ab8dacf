package config

import (
	"reflect"
	"strings"
)

// envPrefix starts every environment variable that sets a key.
const envPrefix = "SKILLSPACE_"

// field is one key of a struct: a leaf that takes a value, not a section.
type field struct {
	key   string       // dotted path, "train.batch_size"
	typ   reflect.Type // int, int64, uint64, float64, bool, string or []string
	index []int        // for reflect.Value.FieldByIndex
	path  string       // "folder", "file" or "named-folder" (NAME=folder) if the value names an input that must exist
}

// env returns the environment variable that sets the field.
func (f field) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(f.key, ".", "_"))
}

// layout is what Load knows of a struct: its leaves in order, and its sections.
type layout struct {
	fields   []field
	byKey    map[string]field
	sections map[string]bool
}

// layoutOf reads the keys of the struct that schema points to from its yaml tags.
func layoutOf(schema Schema) *layout {
	l := &layout{byKey: map[string]field{}, sections: map[string]bool{}}
	l.walk(reflect.TypeOf(schema).Elem(), "", nil)
	return l
}

func (l *layout) walk(t reflect.Type, prefix string, index []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		name, _, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		at := append(append([]int(nil), index...), i)
		if sf.Type.Kind() == reflect.Struct {
			l.sections[prefix+name] = true
			l.walk(sf.Type, prefix+name+".", at)
			continue
		}
		f := field{key: prefix + name, typ: sf.Type, index: at, path: sf.Tag.Get("path")}
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

package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Setting describes one key of a command for help texts, documents and shell completion.
type Setting struct {
	// Key is the dotted path, such as "train.batch_size".
	Key string
	// Flag is the name of the flag that stands for the key, without its dashes; "" for a key in a section, which has no flag.
	Flag string
	// Variable is the environment variable that sets the key.
	Variable string
	// Type is the type of the value, as documents call it: "text", "list of texts", "number", "whole number" or "true, false".
	Type string
	// Path is "folder" or "file" if the value names one, to read or to write.
	Path string
	// Choices holds the values that a text may have, where they are known.
	Choices []string
	// Default is the default as text; "" where there is none.
	Default string
	// Description says what the setting is, with values in backquotes. It is the doc comment of the struct's field.
	Description string
}

// Settings describes every key of a command's struct, in order.
func Settings(schema Schema) []Setting {
	defaults := reflect.New(reflect.TypeOf(schema).Elem())
	defaults.Interface().(Schema).Defaults()
	var all []Setting
	for _, f := range layoutOf(schema).fields {
		s := Setting{Key: f.key, Variable: f.env(), Type: typeName(f.typ), Path: shownKind(f.path) + f.output, Choices: f.choices,
			Default: defaultText(defaults.Elem().FieldByIndex(f.index)), Description: describe(defaults.Elem().Type(), f)}
		s.Flag = flagName(f.key)
		all = append(all, s)
	}
	return all
}

// shownKind is the kind of a path that help and completions show.
func shownKind(kind string) string {
	if kind == "taxonomy" {
		return "folder"
	}
	return strings.TrimPrefix(kind, "named-")
}

// flagName returns the name of the flag that stands for a key, without its dashes; "" for a key in a section, which has no flag.
func flagName(key string) string {
	if strings.Contains(key, ".") {
		return ""
	}
	return strings.ReplaceAll(key, "_", "-")
}

// describe returns the doc comment of a field. A struct that embeds a block may give one of the block's keys a description of its own.
func describe(t reflect.Type, f field) string {
	for _, i := range f.index[:len(f.index)-1] {
		if own, ok := descriptions[t.Name()+": "+f.key]; ok {
			return own
		}
		t = t.Field(i).Type
	}
	return descriptions[t.Name()+"."+t.Field(f.index[len(f.index)-1]).Name]
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "true, false"
	case reflect.String:
		return "text"
	case reflect.Slice:
		return "list of texts"
	}
	return "whole number"
}

func defaultText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.Slice:
		return strings.Join(v.Interface().([]string), ",")
	}
	return fmt.Sprint(v.Interface())
}

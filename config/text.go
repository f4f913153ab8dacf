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

// parseText turns a value from the command line or the environment into the field's type. A list is written a,b or [a, b].
func parseText(text string, t reflect.Type) (any, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("is not valid UTF-8")
	}
	trimmed := strings.TrimSpace(text)
	switch t.Kind() {
	case reflect.String:
		return text, nil
	case reflect.Slice:
		return parseList(trimmed)
	case reflect.Int, reflect.Int64:
		if v, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			return reflect.ValueOf(v).Convert(t).Interface(), nil
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
	return nil, fmt.Errorf("want %s, got %q", wanted(t), shorten(text))
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

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// shorten keeps an error on one readable line, whatever was given.
func shorten(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

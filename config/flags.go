package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Flag is a command-line flag that stands for a key, in the order given. It wins over every other source.
type Flag struct {
	// Name is the flag without its dashes: the key with dashes in place of underscores, such as "filter-data".
	Name string
	// Text is the flag's value. A list takes one element from each flag, unsplit, so that a path may hold a comma.
	Text string
}

// FlagKey returns the key that a flag stands for.
func FlagKey(name string) string { return strings.ReplaceAll(name, "-", "_") }

// readFlags parses the flags that stand for keys; of two for one key the later wins, those for a list are collected.
func readFlags(l *layout, flags []Flag) (map[string]value, error) {
	values := map[string]value{}
	for _, flag := range flags {
		key, origin := FlagKey(flag.Name), "--"+flag.Name
		f, found := l.byKey[key]
		if !found {
			return nil, fmt.Errorf("%s: unknown key %q", origin, key)
		}
		if f.typ.Kind() == reflect.Slice {
			list, _ := values[key].v.([]string)
			values[key] = value{append(list, flag.Text), origin}
			continue
		}
		v, err := parseText(flag.Text, f.typ)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", origin, err)
		}
		values[key] = value{v, origin}
	}
	return values, nil
}

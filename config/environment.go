package config

import (
	"fmt"
	"os"
	"sort"
	"strings"
)

// readEnvironment returns the values that SKILLSPACE_A_B variables set, by key. An empty variable counts as unset.
// A variable that starts like a section of this struct and belongs to no command's key is refused: it is a misspelling that
// would otherwise do nothing. Other SKILLSPACE_ variables may belong to a script or to a flag, and are left alone.
func readEnvironment(l *layout) (map[string]value, error) {
	values := map[string]value{}
	for _, f := range l.fields {
		text := os.Getenv(f.env())
		if text == "" {
			continue
		}
		v, err := parseText(text, f.typ)
		if err != nil {
			return nil, fmt.Errorf("environment %s: %s: %w", f.env(), f.key, err)
		}
		values[f.key] = value{v, "environment " + f.env()}
	}
	return values, refuseUnknownVariables(l)
}

func refuseUnknownVariables(l *layout) error {
	variables := map[string]bool{}
	for _, schema := range known() {
		for _, f := range layoutOf(schema).fields {
			variables[f.env()] = true
		}
	}
	var own []string
	for _, f := range l.fields {
		variables[f.env()] = true
		own = append(own, f.env())
	}
	environment := os.Environ()
	sort.Strings(environment) // the same complaint every time
	for _, entry := range environment {
		name, text, _ := strings.Cut(entry, "=")
		if text != "" && !variables[name] && startsSection(l, name) {
			return fmt.Errorf("environment %s: unknown key%s", shorten(name), hint(name, own))
		}
	}
	return nil
}

func startsSection(l *layout, name string) bool {
	rest, ok := strings.CutPrefix(name, envPrefix)
	if !ok {
		return false
	}
	for section := range l.sections {
		if strings.HasPrefix(rest, strings.ToUpper(strings.ReplaceAll(section, ".", "_"))+"_") {
			return true
		}
	}
	return false
}

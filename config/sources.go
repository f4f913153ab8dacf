package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/viper"

	"skillspace/internal/usage"
)

// Sources says where the values of a command come from. Later ones win: the defaults, File, the environment, Set, Flags.
type Sources struct {
	// File is the path of a YAML file, or "preset:NAME" for an embedded one; "" for none.
	File string
	// Set holds "a.b=value" texts; a later one wins. A list is written a,b or [a, b].
	Set []string
	// Flags holds the flags that stand for keys, in the order given.
	Flags []Flag
	// FlagKeys holds the keys that the command has flags for, and ArgumentKey the key that its argument stands for. Errors advise no other flag.
	FlagKeys    []string
	ArgumentKey string
	// SkipInputs leaves out the check that the files and folders that settings name exist.
	SkipInputs bool
}

// Flag is a command-line flag that stands for a key.
type Flag struct {
	// Name is the flag without its dashes: the key with dashes in place of underscores, such as "filter-data".
	Name string
	// Text is the flag's value. A list takes one element from each flag, unsplit, so that a path may hold a comma.
	Text string
}

// Load fills a command's struct from its sources and checks it. The environment variable SKILLSPACE_A_B sets a.b.
// An error is one line that names the place and the key (or the path), and is a *usage.Error (command.UsageError): exit status 2.
// Further checks return a *KeyError too. They check what this package cannot know, such as the losses.
//
//	cfg, err := config.Load[config.TrainFilter](config.Sources{File: "preset:filter-minilm"})
func Load[T any, P interface {
	*T
	Schema
}](from Sources, checks ...func(*T) error) (*T, error) {
	out := new(T)
	bound := make([]func() error, len(checks))
	for i, check := range checks {
		bound[i] = func() error { return check(out) }
	}
	if err := Fill(P(out), from, bound...); err != nil {
		return nil, err
	}
	return out, nil
}

// Fill is Load into a struct that is there already.
func Fill(out Schema, from Sources, checks ...func() error) error {
	l := layoutOf(out)
	origins, err := resolve(out, l, from)
	if err == nil {
		err = from.locate(check(out, l, from, checks), origins)
	}
	return usage.Wrap(err)
}

// value is a key's value with the place it was set, for errors: "cfg.yaml:12", "--set a=b", "environment X", "--flag".
type value struct {
	v      any
	origin string
}

// resolve fills out and returns where each key's value came from, by key. A key that keeps its default is not in the result.
func resolve(out Schema, l *layout, from Sources) (origins map[string]string, err error) {
	out.Defaults()
	file, err := readFileValues(from.File, l)
	if err != nil {
		return nil, err
	}
	if err := refuseUnknownVariables(l); err != nil {
		return nil, err
	}
	overrides, err := readSet(l, from.Set)
	if err != nil {
		return nil, err
	}
	if err := readFlags(l, from.Flags, overrides); err != nil {
		return nil, err
	}
	chosen, err := precedence(out, l, file, overrides)
	if err != nil {
		return nil, err
	}
	origins = map[string]string{}
	root := reflect.ValueOf(out).Elem()
	for _, f := range l.fields {
		origin := originOf(f, file, overrides)
		if err := f.assign(root, chosen.Get(f.key)); err != nil {
			return nil, fmt.Errorf("%s: %s", origin, about(f.key, err.Error()))
		}
		if origin != "" {
			origins[f.key] = origin
		}
	}
	return origins, nil
}

// precedence hands the sources to viper, which reads the environment and chooses the value of each key.
func precedence(defaults Schema, l *layout, file, overrides map[string]value) (*viper.Viper, error) {
	v := viper.New()
	root := reflect.ValueOf(defaults).Elem()
	nested := map[string]any{}
	for _, f := range l.fields {
		v.SetDefault(f.key, root.FieldByIndex(f.index).Interface())
		if from, ok := file[f.key]; ok {
			put(nested, f.key, from.v)
		}
		if err := v.BindEnv(f.key, f.env()); err != nil {
			return nil, fmt.Errorf("bind %s: %w", f.env(), err)
		}
		if from, ok := overrides[f.key]; ok {
			v.Set(f.key, from.v)
		}
	}
	if err := v.MergeConfigMap(nested); err != nil {
		return nil, fmt.Errorf("merge config: %w", err)
	}
	return v, nil
}

// originOf returns the place of the value that precedence chooses, "" for a default.
func originOf(f field, file, overrides map[string]value) string {
	if from, ok := overrides[f.key]; ok {
		return from.origin
	}
	if os.Getenv(f.env()) != "" { // an empty variable counts as unset
		return "environment " + f.env()
	}
	return file[f.key].origin
}

// put sets a dotted key in nested maps.
func put(nested map[string]any, key string, v any) {
	for {
		section, rest, ok := strings.Cut(key, ".")
		if !ok {
			nested[key] = v
			return
		}
		below, _ := nested[section].(map[string]any)
		if below == nil {
			below = map[string]any{}
			nested[section] = below
		}
		nested, key = below, rest
	}
}

// readSet parses "a.b=value" texts; a later one replaces an earlier one.
func readSet(l *layout, assignments []string) (map[string]value, error) {
	values := map[string]value{}
	for _, assignment := range assignments {
		key, text, ok := strings.Cut(assignment, "=")
		key = strings.TrimSpace(key)
		origin := "--set " + shorten(assignment)
		if !ok || key == "" {
			return nil, fmt.Errorf("%s: want key=value, such as %s=…", origin, l.fields[0].key)
		}
		f, found := l.byKey[key]
		if !found && l.sections[key] {
			return nil, fmt.Errorf("%s: %s is a section; set one of %s", origin, key, strings.Join(l.below(key), ", "))
		}
		if !found {
			return nil, fmt.Errorf("%s: unknown key %q%s", origin, shorten(key), hint(key, l.keys()))
		}
		v, err := f.parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %s", origin, about(key, err.Error()))
		}
		values[key] = value{v, origin}
	}
	return values, nil
}

// readFlags adds the values of flags to those of --set, which they replace. Flags for a list are collected.
func readFlags(l *layout, flags []Flag, values map[string]value) error {
	lists := map[string][]string{}
	for _, flag := range flags {
		key, origin := strings.ReplaceAll(flag.Name, "-", "_"), "--"+flag.Name
		f, found := l.byKey[key]
		if !found {
			return fmt.Errorf("%s: unknown key %q", origin, key)
		}
		if f.typ.Kind() == reflect.Slice {
			lists[key] = append(lists[key], flag.Text)
			values[key] = value{lists[key], origin}
			continue
		}
		v, err := f.parse(flag.Text)
		if err != nil {
			return errors.New(about(origin, err.Error()))
		}
		values[key] = value{v, origin}
	}
	return nil
}

// refuseUnknownVariables refuses a variable that starts like a section of this struct and belongs to no command's key: it is a
// misspelling that would otherwise do nothing. Other SKILLSPACE_ variables may belong to a script, and are left alone.
func refuseUnknownVariables(l *layout) error {
	variables := map[string]bool{}
	for _, command := range Commands() {
		for _, f := range layoutOf(command.New()).fields {
			variables[f.env()] = true
		}
	}
	var own []string
	for _, f := range l.fields {
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

func startsSection(l *layout, variable string) bool {
	for section := range l.sections {
		if strings.HasPrefix(variable, variableOf(section)+"_") {
			return true
		}
	}
	return false
}

// check returns the first complaint about a filled struct.
func check(out Schema, l *layout, from Sources, checks []func() error) error {
	for _, check := range append([]func() error{out.Validate}, checks...) {
		if err := check(); err != nil {
			return err
		}
	}
	if from.SkipInputs {
		return nil
	}
	return checkInputs(out, l)
}

// locate puts the place where a key was set before the complaint about it.
func (from Sources) locate(err error, origins map[string]string) error {
	var complaint *KeyError
	if !errors.As(err, &complaint) {
		return err
	}
	origin := origins[complaint.Key]
	switch {
	case origin != "" && origin == "--"+flagName(complaint.Key): // the flag's name says the key
		return &located{about(origin, complaint.Reason), err}
	case origin != "":
		return fmt.Errorf("%s: %w", origin, err)
	}
	text := err.Error()
	if from.File != "" {
		text = from.File + ": " + text
	} else {
		text += " (" + from.advice(complaint.Key) + ")"
	}
	switch also := complaint.AlsoMissing; len(also) {
	case 0:
	case 1:
		text += "; " + also[0] + " is not set either"
	default:
		text += "; " + strings.Join(also[:len(also)-1], ", ") + " and " + also[len(also)-1] + " are not set either"
	}
	return &located{text, err}
}

// located is a complaint with its place.
type located struct {
	text  string
	cause error
}

func (e *located) Error() string { return e.text }
func (e *located) Unwrap() error { return e.cause }

// advice says how a key is set on the command line.
func (from Sources) advice(key string) string {
	switch {
	case slices.Contains(from.FlagKeys, key):
		return "set it with --" + flagName(key) + " or in a --config file"
	case key == from.ArgumentKey:
		return "give it as the argument, or set it in a --config file"
	}
	return "set it with --set " + key + "=… or in a --config file"
}

package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"

	"skillspace/internal/usage"
)

// Options says where the values of a command come from. Later sources win: the defaults, File, the environment, Set.
type Options struct {
	// File is the path of a YAML file, or "preset:NAME" for one that is embedded; "" for none.
	File string
	// Set holds "a.b=value" texts; a later one wins. A list is written a,b or [a, b].
	Set []string
	// Flags holds the flags that stand for keys; they win over Set.
	Flags []Flag
	// SkipInputs leaves out the check that the files and folders the config names exist.
	SkipInputs bool
}

// Load fills a command's struct from its defaults, the file, the environment (SKILLSPACE_A_B sets a.b), Set and Flags, and checks it.
// An error is one line that names the place and the key (or the path), and is a *usage.Error (command.UsageError): exit status 2.
// Each further check that returns a *KeyError is reported in the same way; it serves what this package cannot know, such as the losses.
//
//	cfg, err := config.Load[config.TrainFilter](config.Options{File: "preset:filter-minilm"})
func Load[T any, P interface {
	*T
	Schema
}](opts Options, checks ...func(*T) error) (*T, error) {
	out := new(T)
	bound := make([]func() error, len(checks))
	for i, check := range checks {
		bound[i] = func() error { return check(out) }
	}
	if err := load(P(out), opts, bound...); err != nil {
		return nil, usage.Wrap(err)
	}
	return out, nil
}

func load(out Schema, opts Options, checks ...func() error) error {
	out.Defaults()
	l := layoutOf(out)
	sources, err := readSources(l, opts)
	if err != nil {
		return err
	}
	if err := merge(out, l, sources); err != nil {
		return err
	}
	origins := map[string]string{}
	for _, values := range []map[string]value{sources.file, sources.environment, sources.set, sources.flags} {
		for key, v := range values {
			origins[key] = v.origin
		}
	}
	for _, check := range append([]func() error{out.Validate}, checks...) {
		if err := check(); err != nil {
			return located(err, origins, opts.File)
		}
	}
	if opts.SkipInputs {
		return nil
	}
	return located(checkInputs(out, l), origins, opts.File)
}

// sources are the values by key that each source sets.
type sources struct{ file, environment, set, flags map[string]value }

func readSources(l *layout, opts Options) (s sources, err error) {
	if opts.File != "" {
		text, err := readFile(opts.File)
		if err != nil {
			return s, err
		}
		if s.file, err = parseFile(opts.File, text, l); err != nil {
			return s, err
		}
	}
	if s.environment, err = readEnvironment(l); err != nil {
		return s, err
	}
	if s.set, err = readSet(l, opts.Set); err != nil {
		return s, err
	}
	s.flags, err = readFlags(l, opts.Flags)
	return s, err
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
		v, err := parseText(text, f.typ)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", origin, key, err)
		}
		values[key] = value{v, origin}
	}
	return values, nil
}

// merge lays the sources over the defaults already in out, in viper's order of precedence.
func merge(out Schema, l *layout, s sources) error {
	v := viper.New()
	defaults := reflect.ValueOf(out).Elem()
	nested := map[string]any{}
	for _, f := range l.fields {
		v.SetDefault(f.key, defaults.FieldByIndex(f.index).Interface())
		if from, ok := s.file[f.key]; ok {
			put(nested, f.key, from.v)
		}
		if err := v.BindEnv(f.key, f.env()); err != nil {
			return fmt.Errorf("bind %s: %w", f.env(), err)
		}
	}
	if err := v.MergeConfigMap(nested); err != nil {
		return fmt.Errorf("merge config: %w", err)
	}
	for _, overrides := range []map[string]value{s.set, s.flags} {
		for key, from := range overrides {
			v.Set(key, from.v)
		}
	}
	if err := v.UnmarshalExact(out, func(c *mapstructure.DecoderConfig) {
		c.TagName = "yaml"
		c.WeaklyTypedInput = false // would read 1.7 as 1; every value already has its field's type
		c.DecodeHook = fromEnvironment
	}); err != nil {
		return fmt.Errorf("read config: %w", err)
	}
	return nil
}

// fromEnvironment gives a variable's text, which is all that viper hands over, its field's type.
func fromEnvironment(from, to reflect.Type, data any) (any, error) {
	text, ok := data.(string)
	if !ok || from.Kind() != reflect.String || to.Kind() == reflect.String {
		return data, nil
	}
	return parseText(text, to)
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

// located puts the place where a key was set before the complaint about it.
func located(err error, origins map[string]string, file string) error {
	var complaint *KeyError
	if !errors.As(err, &complaint) {
		return err
	}
	if origin := origins[complaint.Key]; origin != "" {
		return fmt.Errorf("%s: %w", origin, err)
	}
	if file != "" {
		return fmt.Errorf("%s: %w", file, err)
	}
	return fmt.Errorf("%w (set it in a --config file or with --set %s=…)", err, complaint.Key)
}

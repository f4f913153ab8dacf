package config

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// fresh makes the struct that a preset is for.
func fresh(preset string) Schema {
	switch {
	case strings.Contains(preset, "biencoder"):
		return new(TrainBiencoder)
	case strings.Contains(preset, "filter"):
		return new(TrainFilter)
	default:
		return new(GenerateCorpus)
	}
}

func TestPresetsLoad(t *testing.T) {
	want := "biencoder-e5 biencoder-minilm biencoder-minilm-fast biencoder-minilm-mean corpus-esco filter-e5 filter-minilm filter-minilm-fast quickstart-biencoder quickstart-corpus quickstart-filter"
	if got := strings.Join(Presets(), " "); got != want {
		t.Errorf("presets are %s; want %s", got, want)
	}
	for _, name := range Presets() {
		embedded, onDisk := fresh(name), fresh(name)
		if err := load(embedded, Options{File: "preset:" + name, SkipInputs: true}); err != nil {
			t.Error(err)
		}
		if err := load(onDisk, Options{File: "presets/" + name + ".yaml", SkipInputs: true}); err != nil {
			t.Error(err)
		}
		if !reflect.DeepEqual(embedded, onDisk) {
			t.Errorf("%s: embedded and file differ", name)
		}
	}
}

// The presets of fewer layers are those of all, but for the layers and what that makes affordable.
func TestFastPresetsFollowTheirModels(t *testing.T) {
	var fast, mean TrainBiencoder
	var fastFilter, filter TrainFilter
	for name, schema := range map[string]Schema{"biencoder-minilm-fast": &fast, "biencoder-minilm-mean": &mean, "filter-minilm-fast": &fastFilter, "filter-minilm": &filter} {
		if err := load(schema, Options{File: "preset:" + name, SkipInputs: true}); err != nil {
			t.Fatal(err)
		}
	}
	if fast.Model.Layers != 2 || fastFilter.Model.Layers != 3 {
		t.Errorf("%d and %d layers", fast.Model.Layers, fastFilter.Model.Layers)
	}
	fast.Model.Layers, fast.Run.Dir, fast.Train.MaxSteps, fast.Train.CheckpointEverySteps = 0, mean.Run.Dir, mean.Train.MaxSteps, mean.Train.CheckpointEverySteps
	fastFilter.Model.Layers, fastFilter.Run.Dir = 0, filter.Run.Dir
	if !reflect.DeepEqual(fast, mean) || !reflect.DeepEqual(fastFilter, filter) {
		t.Errorf("they differ in more: %+v, %+v, %+v, %+v", fast, mean, fastFilter, filter)
	}
}

// The quick start's presets feed one another, so their paths must agree.
func TestQuickstartPathsAgree(t *testing.T) {
	var corpus GenerateCorpus
	var biencoder TrainBiencoder
	var filter TrainFilter
	for name, c := range map[string]Schema{"corpus": &corpus, "biencoder": &biencoder, "filter": &filter} {
		if err := load(c, Options{File: "preset:quickstart-" + name, SkipInputs: true}); err != nil {
			t.Fatal(err)
		}
	}
	if biencoder.Corpus != corpus.Output || filter.Data.Train[0] != corpus.Output || biencoder.Taxonomy != corpus.Taxonomy {
		t.Errorf("corpus writes %s from %s; biencoder reads %s with %s, filter reads %v", corpus.Output, corpus.Taxonomy,
			biencoder.Corpus, biencoder.Taxonomy, filter.Data.Train)
	}
}

func TestDumpLoadsBack(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, schema := range known() {
		t.Run(fmt.Sprintf("%T", schema), func(t *testing.T) {
			schema.Defaults()
			l := layoutOf(schema)
			distinct(reflect.ValueOf(schema).Elem(), l)
			text, err := Dump(schema)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile("cfg.yaml", text, 0o644); err != nil {
				t.Fatal(err)
			}
			values, err := parseFile("cfg.yaml", text, l)
			if err != nil {
				t.Fatal(err)
			}
			back := reflect.New(reflect.TypeOf(schema).Elem()).Interface().(Schema)
			if err := merge(back, l, sources{file: values}); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(back, schema) {
				t.Errorf("got  %+v\nwant %+v", back, schema)
			}
		})
	}
}

// distinct gives every field a value of its own, awkward for YAML where it can be.
func distinct(root reflect.Value, l *layout) {
	for i, f := range l.fields {
		v := root.FieldByIndex(f.index)
		switch v.Kind() {
		case reflect.String:
			v.SetString([]string{"yes", "1.0", "a: b # c", " x ", "null", "line\nbreak", "技能", "", "- \"'"}[i%9])
		case reflect.Slice:
			v.Set(reflect.ValueOf([]string{"~", "a, b", "3"}))
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Float64:
			v.SetFloat(1.0/3 + float64(i)*1e-9)
		case reflect.Uint64:
			v.SetUint(1<<64 - 1)
		default:
			v.SetInt(int64(1<<40 + i))
		}
	}
}

func TestEveryFieldHasATypeThatLoadReads(t *testing.T) {
	variables := map[string]string{}
	for _, schema := range known() {
		for _, f := range layoutOf(schema).fields {
			switch reflect.Zero(f.typ).Interface().(type) {
			case int, int64, uint64, float64, bool, string, []string:
			default:
				t.Errorf("%T: %s has type %s", schema, f.key, f.typ)
			}
			if other, taken := variables[f.env()]; taken && other != f.key {
				t.Errorf("%s and %s share the variable %s", other, f.key, f.env())
			}
			variables[f.env()] = f.key
			if strings.ToLower(f.key) != f.key {
				t.Errorf("%s is not lower case", f.key)
			}
		}
	}
}

// Every field can be set from each source; a value that Validate then refuses must be refused by key.
func TestEveryFieldIsSettable(t *testing.T) {
	for _, schema := range known() {
		l := layoutOf(schema)
		for _, f := range l.fields {
			text := map[reflect.Kind]string{reflect.String: "x", reflect.Slice: "[x, y]", reflect.Bool: "true", reflect.Float64: "0.5"}[f.typ.Kind()]
			if text == "" {
				text = "7"
			}
			fromFile, err := parseFile("f.yaml", nest(f.key, text), l)
			if err != nil {
				t.Fatal(err)
			}
			fromSet, err := readSet(l, []string{f.key + "=" + text})
			if err != nil {
				t.Fatal(err)
			}
			t.Setenv(f.env(), text)
			fromEnv, err := readEnvironment(l)
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprint(fromSet[f.key].v)
			for _, s := range []sources{{file: fromFile}, {environment: fromEnv}, {set: fromSet}} {
				if s.environment == nil {
					os.Unsetenv(f.env())
				} else {
					os.Setenv(f.env(), text)
				}
				out := reflect.New(reflect.TypeOf(schema).Elem())
				out.Interface().(Schema).Defaults()
				if err := merge(out.Interface().(Schema), l, s); err != nil {
					t.Fatal(err)
				}
				if got := fmt.Sprint(out.Elem().FieldByIndex(f.index).Interface()); got != want {
					t.Errorf("%s: got %s, want %s", f.key, got, want)
				}
			}
			os.Unsetenv(f.env())
		}
	}
}

// nest writes a.b=text as YAML.
func nest(key, text string) []byte {
	var out strings.Builder
	parts := strings.Split(key, ".")
	for depth, part := range parts {
		fmt.Fprintf(&out, "%s%s:", strings.Repeat(" ", depth), part)
		if depth == len(parts)-1 {
			fmt.Fprintf(&out, " %s\n", text)
		} else {
			out.WriteString("\n")
		}
	}
	return []byte(out.String())
}

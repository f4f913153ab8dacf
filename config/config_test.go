package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// fresh makes the struct that a preset is for.
func fresh(preset string) Schema {
	command, _ := presetCommand(preset)
	return command.New()
}

func TestPresetsLoad(t *testing.T) {
	want := "biencoder-e5 biencoder-minilm biencoder-minilm-fast biencoder-minilm-mean corpus-esco filter-e5 filter-minilm filter-minilm-fast quickstart-biencoder quickstart-corpus quickstart-filter"
	if got := strings.Join(Presets(), " "); got != want {
		t.Errorf("presets are %s; want %s", got, want)
	}
	for _, name := range Presets() {
		embedded, onDisk := fresh(name), fresh(name)
		if err := Fill(embedded, Sources{File: "preset:" + name, SkipInputs: true}); err != nil {
			t.Error(err)
		}
		if err := Fill(onDisk, Sources{File: "presets/" + name + ".yaml", SkipInputs: true}); err != nil {
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
		if err := Fill(schema, Sources{File: "preset:" + name, SkipInputs: true}); err != nil {
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
		if err := Fill(c, Sources{File: "preset:quickstart-" + name, SkipInputs: true}); err != nil {
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
	for _, command := range Commands() {
		t.Run(command.Name, func(t *testing.T) {
			schema, back := command.New(), command.New()
			schema.Defaults()
			distinct(reflect.ValueOf(schema).Elem(), layoutOf(schema))
			text, err := Dump(schema)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile("cfg.yaml", text, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := resolve(back, layoutOf(back), Sources{File: "cfg.yaml"}); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(back, schema) {
				t.Errorf("got  %+v\nwant %+v", back, schema)
			}
		})
	}
}

// A run resumes only with the configuration that it began with, which its checkpoint knows by a hash of Dump. testdata/runs holds what runs
// wrote before: Dump must still write the same bytes.
func TestRunsBegunBeforeCanBeResumed(t *testing.T) {
	for name, schema := range map[string]Schema{"train-biencoder": new(TrainBiencoder), "train-filter": new(TrainFilter)} {
		file := "testdata/runs/" + name + ".yaml"
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := Fill(schema, Sources{File: file, SkipInputs: true}); err != nil {
			t.Fatal(err)
		}
		if now, err := Dump(schema); err != nil || string(now) != string(before) {
			t.Errorf("%s: %v; the resolved configuration is now\n%s", name, err, now)
		}
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
	for _, command := range Commands() {
		for _, f := range layoutOf(command.New()).fields {
			switch reflect.Zero(f.typ).Interface().(type) {
			case int, int64, uint64, float64, bool, string, []string:
			default:
				t.Errorf("%s: %s has type %s", command.Name, f.key, f.typ)
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

// Every field can be set from each source, to the same value.
func TestEveryFieldIsSettable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cfg.yaml")
	for _, command := range Commands() {
		l := layoutOf(command.New())
		for _, f := range l.fields {
			text := map[reflect.Kind]string{reflect.String: "x", reflect.Slice: "[x, y]", reflect.Bool: "true", reflect.Float64: "0.5"}[f.typ.Kind()]
			if text == "" {
				text = "7"
			}
			want, err := f.parse(text)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, nest(f.key, text), 0o644); err != nil {
				t.Fatal(err)
			}
			got := func(from Sources) any {
				schema := command.New()
				if _, err := resolve(schema, l, from); err != nil {
					t.Fatal(err)
				}
				return reflect.ValueOf(schema).Elem().FieldByIndex(f.index).Interface()
			}
			for _, from := range []Sources{{File: file}, {Set: []string{f.key + "=" + text}}} {
				if v := got(from); !reflect.DeepEqual(v, want) {
					t.Errorf("%s: %s from %+v is %v, want %v", command.Name, f.key, from, v, want)
				}
			}
			os.Setenv(f.env(), text)
			if v := got(Sources{}); !reflect.DeepEqual(v, want) {
				t.Errorf("%s: %s from the environment is %v, want %v", command.Name, f.key, v, want)
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

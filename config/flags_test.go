package config

import (
	"strings"
	"testing"
)

func TestFlagsWin(t *testing.T) {
	file := write(t, "taxonomy: esco\nbenchmark: [a.csv]\nbaselines: true\nresamples: 10\nthreads: 1\nviews: label\n")
	t.Setenv("SKILLSPACE_RESAMPLES", "20")
	cfg, err := Load[Evaluate](Options{File: file, Set: []string{"resamples=30", "threads=2"}, Flags: []Flag{
		{"resamples", "40"}, {"resamples", "50"}, {"baselines", "true"}, {"checkpoint", "one, with a comma=esco"}, {"checkpoint", "encoder"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Resamples != 50 || cfg.Threads != 2 || cfg.Views != "label" || !cfg.Baselines {
		t.Errorf("%+v", cfg)
	}
	if got := strings.Join(cfg.Checkpoint, "|"); got != "one, with a comma=esco|encoder" {
		t.Errorf("a repeated flag is collected, unsplit: %s", got)
	}
}

func TestFlagErrorsNameTheFlag(t *testing.T) {
	file := write(t, "taxonomy: esco\nbenchmark: [a.csv]\nbaselines: true\n")
	for _, c := range []struct {
		flag Flag
		want string
	}{
		{Flag{"filter-data", "no.jsonl"}, `--filter-data: filter_data: no such file: "no.jsonl"`},
		{Flag{"resamples", "1.5"}, `--resamples: want a whole number, got "1.5"`},
		{Flag{"checkpoint", "x="}, `--checkpoint: checkpoint: is "x="; want a folder or NAME=folder`},
		{Flag{"checkpoint", "name=nowhere"}, `--checkpoint: checkpoint: no such folder: "nowhere"`},
		{Flag{"no-such", "1"}, `--no-such: unknown key "no_such"`},
	} {
		if _, err := Load[Evaluate](Options{File: file, Flags: []Flag{c.flag}}); err == nil || err.Error() != c.want {
			t.Errorf("%v: %v, want %s", c.flag, err, c.want)
		}
	}
}

func TestNamedCheckpoint(t *testing.T) {
	for text, want := range map[string][2]string{
		"runs/a":   {"", "runs/a"},
		"a=runs/a": {"a", "runs/a"},
		"runs/x=1": {"", "runs/x=1"}, // a folder with "=" in its name
		"=runs/a":  {"", "=runs/a"},
		"a b=c=d":  {"a b", "c=d"},
		"a=":       {"a", ""},
	} {
		if name, folder := NamedCheckpoint(text); name != want[0] || folder != want[1] {
			t.Errorf("%q: %q, %q", text, name, folder)
		}
	}
}

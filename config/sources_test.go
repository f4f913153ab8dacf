package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"skillspace/internal/usage"
)

// write puts a config file and the inputs it names into a folder of the test, which becomes the working folder.
func write(t *testing.T, yaml string) string {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, dir := range []string{"esco", "encoder"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"cfg.yaml": yaml, "corpus.jsonl": "", "a.csv": "", "b.csv": ""} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return "cfg.yaml"
}

const required = "taxonomy: esco\ncorpus: corpus.jsonl\nmodel:\n  encoder: encoder\n"

func TestLaterSourcesWin(t *testing.T) {
	file := write(t, required+"train:\n  batch_size: 8\n  epochs: 2\n  max_steps: 10\n")
	t.Setenv("SKILLSPACE_TRAIN_EPOCHS", "3")
	t.Setenv("SKILLSPACE_TRAIN_MAX_STEPS", "11")
	t.Setenv("SKILLSPACE_LOSS_SYMMETRIC", "false")
	t.Setenv("SKILLSPACE_VALIDATION_BENCHMARK", "a.csv, b.csv")
	t.Setenv("SKILLSPACE_OPTIMIZER_EPS", "") // empty counts as unset
	cfg, err := Load[TrainBiencoder](Sources{File: file, Set: []string{"train.max_steps=12", "train.max_steps=13", "sentence_prefix=query: a=b, c"}})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Train.Accumulation != 1 || cfg.Optimizer.Eps != 1e-8 {
		t.Errorf("defaults: accumulation %d, eps %v; want 1, 1e-8", cfg.Train.Accumulation, cfg.Optimizer.Eps)
	}
	if cfg.Train.BatchSize != 8 || cfg.Train.Epochs != 3 || cfg.Train.MaxSteps != 13 {
		t.Errorf("file, environment, --set: got %d, %d, %d; want 8, 3, 13", cfg.Train.BatchSize, cfg.Train.Epochs, cfg.Train.MaxSteps)
	}
	if cfg.Loss.Symmetric {
		t.Error("SKILLSPACE_LOSS_SYMMETRIC=false did not arrive")
	}
	if got := strings.Join(cfg.Validation.Benchmark, "|"); got != "a.csv|b.csv" {
		t.Errorf("list from the environment: %q", got)
	}
	if cfg.SentencePrefix != "query: a=b, c" {
		t.Errorf("a text from --set is taken as it is; got %q", cfg.SentencePrefix)
	}
}

func TestSetReplacesLists(t *testing.T) {
	file := write(t, required+"validation:\n  benchmark: [a.csv, b.csv]\n")
	for text, want := range map[string]string{"": "", "b.csv": "b.csv", "[a.csv]": "a.csv", "b.csv,a.csv": "b.csv|a.csv"} {
		cfg, err := Load[TrainBiencoder](Sources{File: file, Set: []string{"validation.benchmark=" + text}})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(cfg.Validation.Benchmark, "|"); got != want {
			t.Errorf("--set validation.benchmark=%s: got %q, want %q", text, got, want)
		}
	}
}

func TestErrorsNameKeyAndPlace(t *testing.T) {
	cases := []struct {
		name, yaml string
		set        []string
		want       string
	}{
		{"unknown key", required + "train:\n  batchsize: 8\n", nil, `cfg.yaml:6: train.batchsize: unknown key (did you mean "train.batch_size"?)`},
		{"key in the wrong section", required + "learning_rate: 1\n", nil, `cfg.yaml:5: learning_rate: unknown key (did you mean "optimizer.learning_rate"?)`},
		{"unknown section", required + "wizard:\n  a: 1\n", nil, `cfg.yaml:5: wizard: unknown key`},
		{"key set twice", required + "device: cpu\ndevice: cpu\n", nil, `cfg.yaml:6: device: set twice, first on line 5`},
		{"text for a number", required + "train:\n  epochs: many\n", nil, `cfg.yaml:6: train.epochs: want a whole number, got "many"`},
		{"fraction for a whole number", required + "train:\n  epochs: 1.5\n", nil, `cfg.yaml:6: train.epochs: want a whole number, got "1.5"`},
		{"quoted number", required + "train:\n  epochs: \"2\"\n", nil, `cfg.yaml:6: train.epochs: want a whole number, got "2"`},
		{"too large a number", required + "train:\n  epochs: 99999999999999999999\n", nil, `cfg.yaml:6: train.epochs: want a whole number, got "99999999999999999999"`},
		{"yes for true", required + "loss:\n  symmetric: yes\n", nil, `cfg.yaml:6: loss.symmetric: want true or false, got "yes"`},
		{"not a number", required + "loss:\n  temperature: .nan\n", nil, `cfg.yaml:6: loss.temperature: want a number, got ".nan"`},
		{"no value", required + "device:\n", nil, `cfg.yaml:5: device has no value; remove the key to keep the default`},
		{"section as a value", required + "train: 3\n", nil, `cfg.yaml:5: train is a section, want keys below it: train.epochs,`},
		{"list for a text", required + "device: [cpu]\n", nil, `cfg.yaml:5: device: want a text, got a list`},
		{"list of lists", required + "validation:\n  benchmark: [[a.csv]]\n", nil, `cfg.yaml:6: validation.benchmark: want a list of texts, but an element (line 6) is a list`},
		{"not YAML", required + "train:\n\tepochs: 1\n", nil, `cfg.yaml:6: not valid YAML: `},
		{"no mapping", "- a\n", nil, `cfg.yaml:1: want keys with values`},
		{"two documents", required + "---\ndevice: cpu\n", nil, `cfg.yaml holds more than one YAML document`},
		{"value out of range", required + "train:\n  epochs: 0\n", nil, `cfg.yaml:6: train.epochs is 0; want 1 or above`},
		{"not one of the choices", required + "device: gpu\n", nil, `cfg.yaml:5: device is "gpu"; want auto, cpu, cuda or cuda:N`},
		{"required key", "corpus: corpus.jsonl\n", nil, `cfg.yaml: taxonomy is not set; it names the folder of ESCO (its CSV files or ZIP archives) or of a list with its list.yaml`},
		{"missing folder", "taxonomy: nowhere\ncorpus: corpus.jsonl\nmodel: {encoder: encoder}\n", nil, `cfg.yaml:1: taxonomy: no such folder: "nowhere"`},
		{"file for a folder", "taxonomy: a.csv\ncorpus: corpus.jsonl\nmodel: {encoder: encoder}\n", nil, `cfg.yaml:1: taxonomy: want a folder, but "a.csv" is a file`},
		{"folder for a file", "taxonomy: esco\ncorpus: esco\nmodel: {encoder: encoder}\n", nil, `cfg.yaml:2: corpus: want a file, but "esco" is a folder`},
		{"missing file in a list", required + "validation: {benchmark: [a.csv, c.csv]}\n", nil, `cfg.yaml:5: validation.benchmark: no such file: "c.csv"`},
		{"set: unknown key", required, []string{"train.epoch=1"}, `--set train.epoch=1: unknown key "train.epoch" (did you mean "train.epochs"?)`},
		{"set: wrong type", required, []string{"train.epochs=1.5"}, `--set train.epochs=1.5: train.epochs: want a whole number, got "1.5"`},
		{"set: infinite", required, []string{"loss.temperature=inf"}, `loss.temperature: want a number, got "inf"`},
		{"set: no value", required, []string{"device"}, `--set device: want key=value`},
		{"set: section", required, []string{"schedule=1"}, `--set schedule=1: schedule is a section; set one of schedule.kind, schedule.warmup_ratio`},
		{"set: out of range", required, []string{"train.epochs=0"}, `--set train.epochs=0: train.epochs is 0; want 1 or above`},
		{"set: not UTF-8", required, []string{"sentence_prefix=\xff"}, `sentence_prefix is not valid UTF-8`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load[TrainBiencoder](Sources{File: write(t, c.yaml), Set: c.set})
			checkLine(t, err, c.want)
		})
	}
}

// checkLine checks that err is one line that contains want, and counts as wrong use.
func checkLine(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want %q", want)
	}
	if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got  %q\nwant %q", err, want)
	}
	if _, wrong := errors.AsType[*usage.Error](err); !wrong {
		t.Errorf("%v is no usage error", err)
	}
}

func TestFileErrors(t *testing.T) {
	write(t, "")
	if err := os.WriteFile("large.yaml", make([]byte, maxFileBytes+1), 0o644); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"nowhere.yaml":                `config nowhere.yaml: no such file`,
		"esco":                        `config esco is a folder, want a YAML file`,
		"large.yaml":                  `config large.yaml: larger than 1048576 bytes`,
		"filter-minilm.yaml":          `no such file (did you mean "preset:filter-minilm"?)`,
		"preset:biencoder-minilm.yml": `no such preset (did you mean "biencoder-minilm"?); this command has biencoder-e5, biencoder-minilm, `,
		"preset:../load":              `config preset:../load: no such preset`,
		"preset:filter-minilm":        `config preset:filter-minilm is a preset of train-filter`,
		"preset:quickstart-corpus":    `config preset:quickstart-corpus is a preset of generate-corpus; this command has biencoder-e5, `,
	} {
		_, err := Load[TrainBiencoder](Sources{File: file})
		checkLine(t, err, want)
	}
}

func TestEnvironmentErrors(t *testing.T) {
	for name, c := range map[string][2]string{
		"SKILLSPACE_TRAIN_EPOCHS":    {"many", `environment SKILLSPACE_TRAIN_EPOCHS: train.epochs: want a whole number, got "many"`},
		"SKILLSPACE_TRAIN_BATCHSIZE": {"4", `environment SKILLSPACE_TRAIN_BATCHSIZE: unknown key (did you mean "SKILLSPACE_TRAIN_BATCH_SIZE"?)`},
		"SKILLSPACE_LOSS_MARGIN":     {"3", `environment SKILLSPACE_LOSS_MARGIN: loss.margin is 3; want at most 2`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, c[0])
			_, err := Load[TrainBiencoder](Sources{File: write(t, required)})
			checkLine(t, err, c[1])
		})
	}
	t.Run("other commands and scripts", func(t *testing.T) {
		t.Setenv("SKILLSPACE_LOSS_POSITIVE_WEIGHT", "2") // train-filter's
		t.Setenv("SKILLSPACE_TRACEBACK", "1")
		if _, err := Load[TrainBiencoder](Sources{File: write(t, required)}); err != nil {
			t.Error(err)
		}
	})
}

func TestNoFileNamesTheKeyToSet(t *testing.T) {
	_, err := Load[GenerateCorpus](Sources{})
	checkLine(t, err, `taxonomy is not set; it names the folder of ESCO (its CSV files or ZIP archives) or of a list with its list.yaml (set it with --set taxonomy=… or in a --config file)`)
	_, err = Load[ExtractSkills](Sources{FlagKeys: []string{"taxonomy", "checkpoint"}})
	checkLine(t, err, `checkpoint is not set; it names the folder with the bi-encoder, such as RUN/checkpoints/best (set it with --checkpoint or in a --config file)`)
	_, err = Load[FetchModel](Sources{ArgumentKey: "model"})
	checkLine(t, err, `model is not set; it names a folder, or a model's name on the hub (give it as the argument, or set it in a --config file)`)
}

func TestAllThatIsMissingIsNamed(t *testing.T) {
	_, err := Load[ExportCheckpoint](Sources{})
	checkLine(t, err, `(set it with --set checkpoint=… or in a --config file); output is not set either`)
	_, err = Load[TrainBiencoder](Sources{})
	checkLine(t, err, `; corpus and model.encoder are not set either`)
}

func TestAWrongValueIsNotHiddenBehindAMissingOne(t *testing.T) {
	_, err := Load[Serve](Sources{Set: []string{"log_format=xml"}})
	checkLine(t, err, `--set log_format=xml: log_format is "xml"; want auto, json or text`)
}

func TestAnEncoderThatLooksLikeAHubNamePointsToFetchModel(t *testing.T) {
	write(t, "")
	for name, hinted := range map[string]bool{
		"bert-base-chinese": true, "intfloat/e5-small": true, "models/a/b": false, "./bert": false, "/models/bert": false, "corpus.jsonl": false,
	} {
		_, err := Load[TrainBiencoder](Sources{Set: []string{"taxonomy=esco", "corpus=corpus.jsonl", "model.encoder=" + name}})
		if err == nil || strings.Contains(err.Error(), "get it with: fetch-model "+name+" --output DIR") != hinted {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := Load[TrainBiencoder](Sources{Set: []string{"taxonomy=bert-base-chinese"}})
	if err == nil || strings.Contains(err.Error(), "fetch-model bert-base-chinese") {
		t.Errorf("%v", err)
	}
}

func TestACommandWithoutPresetsSaysSo(t *testing.T) {
	for _, preset := range []string{"nothing", "filter-minilm"} {
		_, err := Load[Serve](Sources{File: "preset:" + preset})
		checkLine(t, err, `; this command has no presets`)
	}
}

func TestSkipInputs(t *testing.T) {
	write(t, "")
	set := []string{"taxonomy=nowhere"}
	if _, err := Load[GenerateCorpus](Sources{Set: set, SkipInputs: true}); err != nil {
		t.Error(err)
	}
	_, err := Load[GenerateCorpus](Sources{Set: set})
	checkLine(t, err, `no such folder: "nowhere"`)
}

func TestRelativePathsStayRelative(t *testing.T) {
	write(t, required)
	if err := os.MkdirAll(filepath.Join("deep", "er"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("deep", "er", "cfg.yaml")
	if err := os.Rename("cfg.yaml", file); err != nil {
		t.Fatal(err)
	}
	cfg, err := Load[TrainBiencoder](Sources{File: file})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Taxonomy != "esco" {
		t.Errorf("taxonomy is %q, want esco", cfg.Taxonomy)
	}
}

func TestFlagsWin(t *testing.T) {
	file := write(t, "taxonomy: esco\nbenchmark: [a.csv]\nbaselines: true\nresamples: 10\nthreads: 1\nviews: label\n")
	t.Setenv("SKILLSPACE_RESAMPLES", "20")
	cfg, err := Load[Evaluate](Sources{File: file, Set: []string{"resamples=30", "threads=2"}, Flags: []Flag{
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
		{Flag{"filter-data", "no.jsonl"}, `--filter-data: no such file: "no.jsonl"`},
		{Flag{"resamples", "1.5"}, `--resamples: want a whole number, got "1.5"`},
		{Flag{"checkpoint", "x="}, `--checkpoint is "x="; want a folder or NAME=folder`},
		{Flag{"checkpoint", "name=nowhere"}, `--checkpoint: no such folder: "nowhere"`},
		{Flag{"no-such", "1"}, `--no-such: unknown key "no_such"`},
	} {
		if _, err := Load[Evaluate](Sources{File: file, Flags: []Flag{c.flag}}); err == nil || err.Error() != c.want {
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

func FuzzParseFile(f *testing.F) {
	for _, seed := range []string{required, "a: &a [*a]", "train: {epochs: 1, <<: {epochs: 2}}", "? [a]\n: 1", "train: ~\n---\n", "device: !!binary aGk=", "\xff"} {
		f.Add([]byte(seed))
	}
	l := layoutOf(new(TrainBiencoder))
	f.Fuzz(func(t *testing.T, text []byte) {
		values, err := parseFile("f.yaml", text, l)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
			return
		}
		cfg := reflect.ValueOf(new(TrainBiencoder)).Elem()
		for key, from := range values {
			if err := l.byKey[key].assign(cfg, from.v); err != nil {
				t.Errorf("parsed but not assigned: %v", err)
			}
		}
	})
}

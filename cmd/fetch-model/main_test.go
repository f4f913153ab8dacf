package main

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/internal/command"
	"skillspace/internal/command/commandtest"
	"skillspace/internal/libtorch"
	"skillspace/model"
)

func execute(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := newCommand()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

// tinyHub serves the tests' encoder as the model tiny.
func tinyHub(t *testing.T) {
	t.Helper()
	const commit = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	files := http.StripPrefix("/tiny/resolve/"+commit+"/", http.FileServer(http.Dir(checkpointtest.TinyBERT(t))))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/models/tiny/revision/main" {
			_, _ = w.Write([]byte(`{"sha":"` + commit + `","siblings":[{"rfilename":"config.json"},{"rfilename":"vocab.txt"},{"rfilename":"model.safetensors"}]}`))
			return
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	t.Setenv("HF_ENDPOINT", server.URL)
	for _, variable := range []string{"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"} {
		t.Setenv(variable, "")
	}
	t.Setenv("HF_HOME", t.TempDir())
}

// Without an output the model stays in the cache: its folder is the only thing on stdout, and it is found again without a hub.
func TestFetchIntoCache(t *testing.T) {
	tinyHub(t)
	want := filepath.Join(os.Getenv("HF_HOME"), "hub", "models--tiny", "snapshots", strings.Repeat("a", 40))
	t.Setenv("HF_HUB_OFFLINE", "1")
	if _, err := execute(t, "tiny"); err == nil || !strings.Contains(err.Error(), "not in the cache") {
		t.Errorf("offline before it was fetched: %v", err)
	}
	t.Setenv("HF_HUB_OFFLINE", "")
	if out, err := execute(t, "tiny"); err != nil || out != want+"\n" {
		t.Fatalf("%v\n%s", err, out)
	}
	encoder, err := model.LoadEncoder(want, libtorch.CPU)
	if err != nil {
		t.Fatalf("the encoder in the cache: %v", err)
	}
	encoder.Close()
	t.Setenv("HF_HUB_OFFLINE", "1")
	t.Setenv("HF_ENDPOINT", "http://127.0.0.1:1")
	if out, err := execute(t, "tiny"); err != nil || out != want+"\n" {
		t.Errorf("offline: %v\n%s", err, out)
	}
	output := filepath.Join(t.TempDir(), "out")
	if out, err := execute(t, "tiny", "--output", output); err != nil || !strings.Contains(out, "in       "+output) {
		t.Errorf("offline, copied: %v\n%s", err, out)
	}
}

func TestFetchAndCopy(t *testing.T) {
	tinyHub(t)
	first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
	out, err := execute(t, "tiny", "--output", first)
	if err != nil || !strings.Contains(out, "tiny at aaaa") || !strings.Contains(out, "0 verified by checksum") {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err = execute(t, first, "--output", second); err != nil || !strings.Contains(out, "files    3") {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"config.json", "vocab.txt", "model.safetensors"} {
		want, err := os.ReadFile(filepath.Join(checkpointtest.TinyBERT(t), name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(second, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs, %v", name, err)
		}
	}
}

func TestWrongUse(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "letter.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing":      {nil, "model is not set"},
		"no output":    {[]string{checkpointtest.TinyBERT(t)}, "output is not set"},
		"bad name":     {[]string{"a/b/c", "--output", fresh}, "want a folder, or a name on the hub"},
		"no folder":    {[]string{"./nosuch", "--output", fresh}, `model: there is no folder "./nosuch"`},
		"full folder":  {[]string{"tiny", "--output", full}, "the folder holds files and is not a model"},
		"itself":       {[]string{checkpointtest.TinyBERT(t), "--output", checkpointtest.TinyBERT(t)}, "the folder of the model itself"},
		"bad revision": {[]string{"tiny", "--output", fresh, "--revision", "../x"}, `revision "../x"`},
	} {
		_, err := execute(t, c.args...)
		var wrong *command.UsageError
		if err == nil || !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v (wrong use: %v), want %q", name, err, errors.As(err, &wrong), c.want)
		}
	}
}

// A model that no command can load is refused before its weights are fetched or copied.
func TestUnsupportedModel(t *testing.T) {
	source := t.TempDir()
	for name, text := range map[string]string{"config.json": `{"model_type":"t5"}`, "vocab.txt": "[PAD]\n", "model.safetensors": "x"} {
		if err := os.WriteFile(filepath.Join(source, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := execute(t, source, "--output", filepath.Join(t.TempDir(), "out")); err == nil || !strings.Contains(err.Error(), `model_type: "t5" is not supported`) {
		t.Errorf("%v", err)
	}
}

func TestCommand(t *testing.T) { commandtest.Check(t, newCommand()) }

func TestStatuses(t *testing.T) {
	tinyHub(t)
	commandtest.CheckStatuses(t, newCommand, commandtest.Lines{
		Fails: []string{"no/model"}, FailsWith: "404",
		Works: []string{"tiny"},
	})
}

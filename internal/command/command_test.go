package command

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"skillspace"
	"skillspace/config"
)

// role is set in a child process, which then runs as the command that the parent tests.
const role = "SKILLSPACE_COMMAND_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(role) == "" {
		os.Exit(m.Run())
	}
	Main(demo(os.Getenv(role)), func() [][2]string { return [][2]string{{"library", "1.2.3"}} })
}

// demo is a small command: it needs --need, takes a config and then does what its role says.
func demo(what string) *cobra.Command {
	cmd := &cobra.Command{
		Use: "demo",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return play(cmd.Context(), what)
		},
	}
	if what == "config" || what == "log" {
		Configure(cmd, new(config.GenerateCorpus)).AddFlags()
	} else {
		cmd.Flags().String("config", "", "")
	}
	cmd.Flags().String("need", "", "")
	if what == "required" {
		_ = cmd.MarkFlagRequired("need")
	}
	return cmd
}

func play(ctx context.Context, what string) error {
	switch what {
	case "fail":
		return errors.New("save: disk is full\n\tand more\r\n")
	case "misuse":
		return Usage(errors.New("top-k is 0"))
	case "panic":
		var none []int
		return fmt.Errorf("%d", none[len(what)])
	case "cancelled":
		return fmt.Errorf("upstream: %w", context.Canceled) // but no signal came
	case "log":
		slog.Info("information")
		slog.Warn("warning")
	case "wait", "finish", "broken":
		fmt.Println("ready")
		<-ctx.Done()
		fmt.Println("saved")
		return map[string]error{"wait": fmt.Errorf("train: %w", ctx.Err()), "finish": nil, "broken": errors.New("save: disk is full")}[what]
	case "stubborn":
		fmt.Println("ready")
		time.Sleep(time.Minute)
	}
	return nil
}

// child prepares this binary to run as the command with a role.
func child(t *testing.T, what string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), role+"="+what)
	return cmd
}

func TestExitStatusAndLine(t *testing.T) {
	cases := []struct {
		what   string
		args   []string
		status int
		line   string // on stderr, the whole of it; "" for none
	}{
		{"done", nil, 0, ""},
		{"fail", nil, 1, "demo: save: disk is full; and more"},
		{"cancelled", nil, 1, "demo: upstream: context canceled"},
		{"misuse", nil, 2, "demo: top-k is 0"},
		{"done", []string{"--nope"}, 2, "demo: unknown flag: --nope (see demo --help)"},
		{"done", []string{"--config"}, 2, "demo: flag needs an argument: --config (see demo --help)"},
		{"done", []string{"extra"}, 2, `demo: unknown command "extra" for "demo" (see demo --help)`},
		{"required", nil, 2, `demo: required flag(s) "need" not set (see demo --help)`},
		{"config", []string{"--config", "nowhere.yaml"}, 2, "demo: config nowhere.yaml: no such file"},
		{"config", []string{"--set", "taxonomy=.", "--set", "seed=1,2"}, 2, `demo: --set seed=1,2: seed: want a whole number of 0 or above, got "1,2"`},
		{"config", []string{"--set", "taxonomy=.", "--set", "seed=x", "--set", "seed=3"}, 2, `demo: --set seed=x: seed: want a whole number of 0 or above, got "x"`},
		{"config", []string{"--set", "taxonomy=.", "--set", "seed=3"}, 0, ""},
		{"config", []string{"--set", "seed", "3"}, 2, "demo: --set seed 3: want key=value: --set seed=3"},
		{"config", []string{"--config", "preset:filter-e5"}, 2, "demo: config preset:filter-e5 is a preset of train-filter; this command has corpus-esco, quickstart-corpus"},
		{"config", []string{"--log-format", "xml"}, 2, `demo: --log-format is "xml"; want text, json or auto`},
	}
	for _, c := range cases {
		t.Run(c.what+strings.Join(c.args, " "), func(t *testing.T) {
			cmd := child(t, c.what, c.args...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			_ = cmd.Run()
			if status := cmd.ProcessState.ExitCode(); status != c.status {
				t.Errorf("exit status %d, want %d", status, c.status)
			}
			if got := strings.TrimSuffix(stderr.String(), "\n"); got != c.line {
				t.Errorf("stderr %q\n    want %q", got, c.line)
			}
			if stdout.Len() > 0 {
				t.Errorf("stdout %q, want nothing", stdout.String())
			}
		})
	}
}

func TestHelp(t *testing.T) {
	out, err := child(t, "required", "--help").Output()
	if err != nil || !strings.Contains(string(out), "--config") || !strings.Contains(string(out), "Print this help.") {
		t.Errorf("%v, %q", err, out)
	}
}

func TestVersionNamesReleaseCommitAndWhatIsLinked(t *testing.T) {
	out, err := child(t, "required", "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(out), "\n")
	if len(lines) != 4 || lines[0] != "demo "+skillspace.Version() || !strings.HasPrefix(lines[1], "commit   ") || lines[2] != "library  1.2.3" {
		t.Errorf("%q", out)
	}
}

func TestManPages(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "man")
	cmd := child(t, "done")
	cmd.Env = append(cmd.Env, ManVariable+"="+folder)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v, %s", err, out)
	}
	page, err := os.ReadFile(filepath.Join(folder, "demo.1"))
	if err != nil || !strings.Contains(string(page), "config") {
		t.Errorf("%v, %q", err, page)
	}
}

func TestPrintConfigNamesOrigins(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cfg.yaml")
	if err := os.WriteFile(file, []byte("taxonomy: esco\nseed: 5\nllm:\n  model: m\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := child(t, "config", "--config", file, "--set", "sentences=9", "--language", "zh", "--print-config")
	cmd.Env = append(cmd.Env, "SKILLSPACE_MIN_SKILLS=2")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	for _, want := range []string{
		"taxonomy: esco # " + file + ":1\n", "seed: 5 # " + file + ":2\n", "sentences: 9 # --set sentences=9\n",
		"language: zh # --language\n", "min_skills: 2 # environment SKILLSPACE_MIN_SKILLS\n", "max_skills: 4 # default\n",
		"  model: m # " + file + ":4\n", "  structured: auto # default\n",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, stdout.String())
		}
	}
	// Settings that cannot work are printed too, and then refused.
	if status, want := cmd.ProcessState.ExitCode(), "demo: "+file+":1: taxonomy: no such folder: \"esco\"\n"; status != 2 || stderr.String() != want {
		t.Errorf("exit status %d, stderr %q, want %q", status, stderr.String(), want)
	}
	// The output is a config file.
	if err := os.WriteFile(file, stdout.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := child(t, "config", "--config", file, "--set", "taxonomy=.", "--print-config").Output()
	if err != nil || !strings.Contains(string(again), "language: zh # "+file+":") {
		t.Errorf("%v\n%s", err, again)
	}
}

func TestListSettings(t *testing.T) {
	out, err := child(t, "config", "--list-settings", "an argument that does not matter").Output()
	for _, want := range []string{"\nlanguage (en, zh; default en)\n    Language of the sentences: en or zh.", "\nllm.base_url (text)\n"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%v; the output lacks %q:\n%s", err, want, out)
		}
	}
}

func TestLog(t *testing.T) {
	for _, c := range []struct {
		args       []string
		want, lack string
	}{
		{nil, "level=INFO msg=information", "{"},
		{[]string{"--quiet"}, "level=WARN msg=warning", "information"},
		{[]string{"--log-format", "json"}, `"level":"INFO","msg":"information"}`, "level="},
		{[]string{"--log-format", "auto", "--quiet"}, `"msg":"warning"}`, "information"},
	} {
		out, err := child(t, "log", append([]string{"--set", "taxonomy=."}, c.args...)...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.want) || strings.Contains(string(out), c.lack) {
			t.Errorf("%v: %v, %s", c.args, err, out)
		}
	}
}

func TestCompletion(t *testing.T) {
	for typed, want := range map[string]string{
		"--config preset:c":           "preset:corpus-esco ",
		"--set level2_w":              "level2_weights= ",
		"--set pairing=":              "pairing=hierarchical pairing=unconstrained ",
		"--set phrases=":              "phrases=true phrases=false ",
		"--writer ":                   "template llm ",
		"--output x --language ":      "en zh ",
		"--config preset:biencoder-m": "",
	} {
		args := append([]string{"__completeNoDesc"}, strings.Split(typed, " ")...)
		out, err := child(t, "config", args...).Output()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(out), "\n")
		var found string
		for _, line := range lines {
			if !strings.HasPrefix(line, ":") && line != "" {
				found += line + " "
			}
		}
		if found != want {
			t.Errorf("%q completes to %q, want %q", typed, found, want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out, err := child(t, "done", "completion", shell).Output(); err != nil || !strings.Contains(string(out), "demo") {
			t.Errorf("%s: %v", shell, err)
		}
	}
}

func TestPanicIsOneLine(t *testing.T) {
	for _, traceback := range []string{"", "1"} {
		cmd := child(t, "panic")
		cmd.Env = append(cmd.Env, "SKILLSPACE_TRACEBACK="+traceback)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		_ = cmd.Run()
		if status := cmd.ProcessState.ExitCode(); status != 1 {
			t.Errorf("exit status %d, want 1", status)
		}
		if !strings.HasPrefix(stderr.String(), "demo: internal error: runtime error: index out of range") || !strings.Contains(stderr.String(), "please report") {
			t.Errorf("stderr %q", stderr.String())
		}
		if lines := strings.Count(stderr.String(), "\n"); (lines > 1) != (traceback != "") {
			t.Errorf("SKILLSPACE_TRACEBACK=%q: %d lines", traceback, lines)
		}
	}
}

func TestSignals(t *testing.T) {
	const stopping = "demo: stopping (once more to quit at once, without saving)\n"
	cases := []struct {
		what     string
		signals  []os.Signal
		status   int
		out, err string
	}{
		{"wait", []os.Signal{os.Interrupt}, 130, "saved\n", stopping + "demo: interrupted\n"},
		{"wait", []os.Signal{syscall.SIGTERM}, 130, "saved\n", stopping + "demo: interrupted\n"},
		{"finish", []os.Signal{os.Interrupt}, 0, "saved\n", stopping},
		{"broken", []os.Signal{os.Interrupt}, 1, "saved\n", stopping + "demo: save: disk is full\n"},
		{"stubborn", []os.Signal{os.Interrupt, os.Interrupt}, 130, "", stopping},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.what, c.signals), func(t *testing.T) {
			cmd := child(t, c.what)
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			deadline := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
			defer deadline.Stop()
			out, complaints := bufio.NewReader(stdout), bufio.NewReader(stderr)
			readLine(t, out)
			var said string
			for i, s := range c.signals {
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
				if i == 0 { // the first signal is taken before the second is sent
					said = readLine(t, complaints)
				}
			}
			rest, _ := io.ReadAll(out)
			more, _ := io.ReadAll(complaints)
			_ = cmd.Wait()
			if status := cmd.ProcessState.ExitCode(); status != c.status {
				t.Errorf("exit status %d, want %d", status, c.status)
			}
			if string(rest) != c.out || said+string(more) != c.err {
				t.Errorf("stdout %q, want %q; stderr %q, want %q", rest, c.out, said+string(more), c.err)
			}
		})
	}
}

func readLine(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	line, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("read a line: %v", err)
	}
	return line
}

func TestUsageKeepsTheError(t *testing.T) {
	cause := errors.New("cause")
	err := fmt.Errorf("outer: %w", Usage(cause))
	var wrong *UsageError
	if !errors.As(err, &wrong) || !errors.Is(err, cause) || Usage(nil) != nil {
		t.Errorf("Usage lost its mark or its cause: %v", err)
	}
	if err := Usagef("top-k: %w", cause); !errors.Is(err, cause) || err.Error() != "top-k: cause" {
		t.Errorf("Usagef: %v", err)
	}
}

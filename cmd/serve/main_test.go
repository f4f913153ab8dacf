package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/internal/command"
	"skillspace/internal/command/commandtest"
	"skillspace/model"
	"skillspace/serve"
)

const ontology = "../../examples/ontology"

// role is set in a child process that runs the command.
const role = "SKILLSPACE_COMMAND_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(role) != "" {
		main()
	}
	os.Exit(m.Run())
}

// models writes an untrained bi-encoder and a filter that keeps every sentence.
func models(t *testing.T) (biencoder, filter string) {
	t.Helper()
	dir := t.TempDir()
	biencoder, filter = filepath.Join(dir, "biencoder"), filepath.Join(dir, "filter")
	checkpointtest.BiEncoder(t, biencoder, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	checkpointtest.Filter(t, filter, checkpointtest.TinyBERT(t), 0)
	return biencoder, filter
}

// process is a running server.
type process struct {
	*exec.Cmd
	url   string
	lines chan string // its log after it is ready; closed when the process ends
}

// launch starts the command as a child process and waits until it logs its address and that it is ready.
func launch(t *testing.T, environment []string, args ...string) *process {
	t.Helper()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(executable, append([]string{"--addr", "127.0.0.1:0"}, args...)...), lines: make(chan string, 10_000)}
	p.Env = append(append(os.Environ(), role+"=serve"), environment...)
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	lines := bufio.NewReader(stderr)
	for ready := false; !ready; {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the server ended: %v %s", err, line)
		}
		var entry struct{ Msg, URL string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if entry.Msg == "listening" {
			p.url = entry.URL
		}
		ready = entry.Msg == "ready"
	}
	go func() {
		defer close(p.lines)
		for {
			line, err := lines.ReadString('\n')
			if line != "" {
				p.lines <- line
			}
			if err != nil {
				return
			}
		}
	}()
	return p
}

// stop sends a signal and checks that the process ends with status 0. It returns the log since the process was ready.
func (p *process) stop(t *testing.T, signal os.Signal) string {
	t.Helper()
	if err := p.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	log := ""
	for line := range p.lines {
		log += line
	}
	if err := p.Wait(); err != nil {
		t.Errorf("ended with %v\n%s", err, log)
	}
	return log
}

func post(t *testing.T, client *http.Client, url, token, body string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer
}

func TestServes(t *testing.T) {
	biencoder, filter := models(t)
	p := launch(t, []string{"SKILLSPACE_TOKEN=secret"}, "--checkpoint", biencoder, "--filter", filter, "--taxonomy", ontology, "--threshold", "-1", "--top-k", "2")
	status, body := post(t, http.DefaultClient, p.url+"v1/extract", "secret", `{"text": "You drive trucks. You speak German."}`)
	var got serve.ExtractResponse
	if err := json.Unmarshal(body, &got); err != nil || status != http.StatusOK {
		t.Fatalf("%d, %v: %s", status, err, body)
	}
	if len(got.Ads) != 1 || len(got.Ads[0].Sentences) != 2 || len(got.Ads[0].Sentences[1].Skills) != 2 || got.Ads[0].Sentences[0].FilterScore == nil {
		t.Errorf("%s", body)
	}
	if status, body := post(t, http.DefaultClient, p.url+"v1/embed", "", `{"input": "x"}`); status != http.StatusUnauthorized {
		t.Errorf("without the token: %d %s", status, body)
	}
	log := p.stop(t, syscall.SIGTERM)
	if !strings.Contains(log, `"msg":"request"`) || !strings.Contains(log, "stopping") || strings.Contains(log, "secret") {
		t.Errorf("the log:\n%s", log)
	}
	if kept, _ := filepath.Glob(filepath.Join(biencoder, "cache", "skills-*.safetensors")); len(kept) != 1 {
		t.Errorf("the skills' embeddings are not kept: %v", kept)
	}
}

func TestServesTLS(t *testing.T) {
	biencoder, _ := models(t)
	dir := t.TempDir()
	cert, key, roots := certificate(t, dir)
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := launch(t, []string{"SKILLSPACE_TOKEN=other"}, "--checkpoint", biencoder, "--taxonomy", ontology, "--tls-cert", cert, "--tls-key", key, "--token-file", token)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	if !strings.HasPrefix(p.url, "https://") {
		t.Fatal(p.url)
	}
	for token, want := range map[string]int{"from-file": 200, "other": 401} {
		if status, body := post(t, client, p.url+"v1/extract", token, `{"text": "You drive."}`); status != want {
			t.Errorf("%s: %d %s", token, status, body)
		}
	}
	client.CloseIdleConnections()
	p.stop(t, os.Interrupt)
}

// certificate writes a self-signed certificate for 127.0.0.1.
func certificate(t *testing.T, dir string) (cert, key string, roots *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	return cert, key, roots
}

// SIGHUP reads the token and the certificate again. A file that cannot be used changes nothing.
func TestReload(t *testing.T) {
	biencoder, _ := models(t)
	dir := t.TempDir()
	cert, key, oldRoots := certificate(t, dir)
	token := filepath.Join(dir, "token")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(token, "old\n")
	p := launch(t, nil, "--checkpoint", biencoder, "--taxonomy", ontology, "--tls-cert", cert, "--tls-key", key, "--token-file", token)
	status := func(roots *x509.CertPool, token string) int {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
		status, _ := post(t, client, p.url+"v1/extract", token, `{"text": "You drive."}`)
		return status
	}
	reload := func(want string) {
		t.Helper()
		if err := p.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for line := range p.lines {
			if strings.Contains(line, want) {
				return
			}
		}
		t.Fatalf("the server ended without a line with %q", want)
	}
	if got := status(oldRoots, "old"); got != 200 {
		t.Errorf("at the start: %d", got)
	}
	write(token, "two\nlines")
	reload("cannot reload")
	if got := status(oldRoots, "old"); got != 200 {
		t.Errorf("after a reload that failed: %d", got)
	}
	write(token, "new\n")
	_, _, newRoots := certificate(t, dir)
	reload(`"msg":"reloaded"`)
	for token, want := range map[string]int{"new": 200, "old": 401} {
		if got := status(newRoots, token); got != want {
			t.Errorf("after the reload, %s: %d, want %d", token, got, want)
		}
	}
	p.stop(t, syscall.SIGTERM)
}

// Many of the most expensive requests that the server accepts stay within max_memory_bytes and the memory of the batches.
func TestMemoryHolds(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("no /proc on this system")
	}
	biencoder, filter := models(t)
	p := launch(t, nil, "--checkpoint", biencoder, "--filter", filter, "--taxonomy", ontology, "--max-memory-bytes", strconv.Itoa(32<<20), "--log-format", "json")
	go func() {
		for range p.lines { // nobody reads the log
		}
	}()
	before := residentPeak(t, p.Process.Pid)
	bodies := []string{
		`{"text": "` + strings.Repeat(`a\n\n`, 1700) + `", "top_k": 100}`, // many skills
		`{"text": "` + strings.Repeat(`a\n\n`, 40_000) + `", "top_k": 1}`, // many sentences
		`{"text": "` + strings.Repeat("x", 1_000_000) + `"}`,              // a long text
	}
	statuses := map[int]int{}
	var mu sync.Mutex
	var group sync.WaitGroup
	for client := range 16 {
		group.Go(func() {
			for i := range 4 {
				status, _ := post(t, http.DefaultClient, p.url+"v1/extract", "", bodies[(client+i)%len(bodies)])
				mu.Lock()
				statuses[status]++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	grown := residentPeak(t, p.Process.Pid) - before
	t.Logf("statuses %v, the peak of resident memory grew by %d MB", statuses, grown>>20)
	if grown > 192<<20 || statuses[http.StatusOK] == 0 || statuses[http.StatusInternalServerError] > 0 {
		t.Errorf("statuses %v, the peak of resident memory grew by %d MB", statuses, grown>>20)
	}
	p.stop(t, syscall.SIGTERM)
}

// residentPeak returns the largest resident memory of a process so far, in bytes.
func residentPeak(t *testing.T, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

func TestWrongUse(t *testing.T) {
	biencoder, filter := models(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	empty, lines, noPEM := file("empty", "\n"), file("lines", "a\nb"), file("no.pem", "x")
	common := []string{"--checkpoint", biencoder, "--taxonomy", ontology, "--addr", "127.0.0.1:0"}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing":          {nil, "checkpoint is not set"},
		"wrong kind":       {[]string{"--checkpoint", filter, "--taxonomy", ontology}, "it holds a filter, want a biencoder"},
		"no taxonomy":      {[]string{"--checkpoint", biencoder}, "no skills are stored with it"},
		"address":          {append(common, "--addr", "8080"), `--addr is "8080"; want HOST:PORT`},
		"address in use":   {append(common, "--addr", taken.Addr().String()), "address already in use"},
		"empty token":      {append(common, "--token-file", empty), "is empty"},
		"token of lines":   {append(common, "--token-file", lines), "on one line"},
		"half TLS":         {append(common, "--tls-cert", noPEM), "tls_key is not set"},
		"no certificate":   {append(common, "--tls-cert", noPEM, "--tls-key", noPEM), "tls_cert, tls_key: "},
		"missing key file": {append(common, "--tls-cert", noPEM, "--tls-key", "no.pem"), "no such file"},
		"an argument":      {append(common, "ad.txt"), `unknown command "ad.txt"`},
	} {
		cmd := newCommand()
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs(c.args)
		cmd.SetOut(io.Discard)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		err := cmd.ExecuteContext(ctx)
		cancel()
		var wrong *command.UsageError
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &wrong) && name != "an argument" {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// A damaged checkpoint ends the server, although it listens already.
func TestDamagedCheckpoint(t *testing.T) {
	biencoder, _ := models(t)
	if err := os.Truncate(filepath.Join(biencoder, "model.safetensors"), 5000); err != nil {
		t.Fatal(err)
	}
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), executable, "--checkpoint", biencoder, "--taxonomy", ontology, "--addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), role+"=serve")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err = cmd.Run()
	if cmd.ProcessState.ExitCode() != command.ExitFailed || !strings.Contains(stderr.String(), "serve: ") || !strings.Contains(stderr.String(), "model.safetensors has 5000 bytes") {
		t.Errorf("%v\n%s", err, stderr.String())
	}
}

func TestCommand(t *testing.T) { commandtest.Check(t, newCommand()) }

func TestStatuses(t *testing.T) {
	whole, _ := models(t)
	damaged := checkpointtest.CutWeights(t, whole)
	rest := []string{"--taxonomy", ontology, "--addr", "127.0.0.1:0", "--cache=false"}
	commandtest.CheckStatuses(t, newCommand, commandtest.Lines{
		Fails: append(rest, "--checkpoint", damaged), FailsWith: "model.safetensors has 5000 bytes",
		Works: append(rest, "--checkpoint", whole),
	})
}

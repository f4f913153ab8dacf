package serve

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fences returns the fenced blocks of a language in docs/serving.md.
func fences(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile("../docs/serving.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllSubmatch(text, -1) {
		blocks = append(blocks, string(m[1]))
	}
	return blocks
}

// The server answers the requests of docs/serving.md.
func TestDocsRequests(t *testing.T) {
	f := start(t, true, nil)
	curl := regexp.MustCompile(`(?s)^curl -s '?http://127\.0\.0\.1:8080(/[^ '\n]+)'?(?: -H 'Content-Type: application/json' -d '([^']+)')?\n$`)
	requests := 0
	for _, block := range fences(t, "sh") {
		if !strings.HasPrefix(block, "curl") {
			continue
		}
		m := curl.FindStringSubmatch(block)
		if m == nil {
			t.Errorf("not a request:\n%s", block)
			continue
		}
		method := "GET"
		if m[2] != "" {
			method = "POST"
		}
		if r := f.do(t, method, m[1], m[2]); r.status != 200 {
			t.Errorf("%d %s for\n%s", r.status, r.body, block)
		}
		requests++
	}
	if requests < 5 {
		t.Errorf("only %d requests", requests)
	}
}

// The answers in docs/serving.md have the form of the structs.
func TestDocsAnswers(t *testing.T) {
	blocks := fences(t, "json")
	for i, value := range []any{&ExtractResponse{}, &ExtractResponse{}, &ErrorResponse{}} {
		decoder := json.NewDecoder(bytes.NewReader([]byte(blocks[i])))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(value); err != nil {
			t.Errorf("%v in\n%s", err, blocks[i])
		}
	}
}

// The tables of docs/serving.md name every route, code and metric.
func TestDocsTables(t *testing.T) {
	text, err := os.ReadFile("../docs/serving.md")
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Clone(description(t).Components.Schemas["Problem"].Properties["code"].Enum)
	server := New(testSettings(os.Stderr))
	for _, r := range server.routes() {
		if !r.page {
			names = append(names, r.method+" "+r.path)
		}
	}
	metric := regexp.MustCompile(`(?m)^# HELP (skillspace_\w+)`)
	f := start(t, false, nil)
	f.do(t, "POST", "/v1/extract", `{}`)
	for _, m := range metric.FindAllSubmatch(f.do(t, "GET", "/metrics", "").body, -1) {
		names = append(names, string(m[1]))
	}
	for _, name := range names {
		if !bytes.Contains(text, []byte("`"+name)) {
			t.Errorf("docs/serving.md does not name %s", name)
		}
	}
}

package llm

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// reason says why a sentence or a whole answer was rejected. The prompt template "reason" words it for the model.
type reason struct {
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
}

// none reports whether there is no objection.
func (r reason) none() bool { return r.Code == "" }

var (
	thoughts = regexp.MustCompile(`(?s)<think>.*?</think>`)
	fence    = regexp.MustCompile("(?s)^```[a-z]*\\s*\n(.*?)\n?```$")
	numbered = regexp.MustCompile(`^\s*(\d{1,3})\s*[.)、．:：]\s*(\S.*)$`)
)

// read returns the n sentences of an answer in the requested order, "" where one is missing. The reason means
// that none of them can be used.
func (a *answer) read(n int) ([]string, reason) {
	content := strings.TrimSpace(thoughts.ReplaceAllString(a.Content, ""))
	if inner := fence.FindStringSubmatch(content); inner != nil {
		content = strings.TrimSpace(inner[1])
	}
	switch {
	case a.Finish == "length":
		return nil, reason{Code: "cut"}
	case a.Finish == "content_filter" || content == "":
		return nil, reason{Code: "declined"}
	case strings.HasPrefix(content, "{"):
		return readObject(content, n)
	}
	return readLines(content, n)
}

// readObject reads the JSON object that the schema describes.
func readObject(content string, n int) ([]string, reason) {
	var object map[string]any
	if err := json.NewDecoder(strings.NewReader(content)).Decode(&object); err != nil {
		return nil, reason{Code: "format"}
	}
	texts := make([]string, n)
	found := 0
	for key, value := range object {
		digits, is := strings.CutPrefix(key, "sentence_")
		number, err := strconv.Atoi(digits)
		text, isText := value.(string)
		if !is || err != nil {
			continue // models add remarks
		}
		if number < 1 || number > n {
			return nil, reason{Code: "count"} // the sentences can no longer be matched with their skills
		}
		if isText {
			texts[number-1] = clean(text)
			found++
		}
	}
	if found == 0 {
		return nil, reason{Code: "format"}
	}
	return texts, reason{}
}

// readLines reads numbered lines and ignores other text. An answer with one sentence needs no number.
func readLines(content string, n int) ([]string, reason) {
	texts := make([]string, n)
	found := 0
	for line := range strings.Lines(content) {
		m := numbered.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if m == nil {
			continue
		}
		number, _ := strconv.Atoi(m[1])
		if number < 1 || number > n || texts[number-1] != "" {
			return nil, reason{Code: "count"}
		}
		texts[number-1] = clean(m[2])
		found++
	}
	if found == 0 && n == 1 && !strings.Contains(content, "\n") {
		return []string{clean(content)}, reason{}
	}
	if found == 0 {
		return nil, reason{Code: "format"}
	}
	return texts, reason{}
}

// quotes are the pairs of marks that models put around a sentence.
var quotes = map[string]string{`"`: `"`, "“": "”", "'": "'", "「": "」", "`": "`"}

// clean makes a sentence one line and removes the marks that models add: quotation marks and bold type.
func clean(text string) string {
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "**", "")), " ")
	for left, right := range quotes {
		inner, ok := strings.CutPrefix(text, left)
		if !ok {
			continue
		}
		if inner, ok = strings.CutSuffix(inner, right); ok && inner != "" && !strings.Contains(inner, left) && !strings.Contains(inner, right) {
			return strings.TrimSpace(inner)
		}
	}
	return text
}

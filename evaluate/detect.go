package evaluate

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const (
	formatTechHouse  = "tech-house"
	formatSkillSkape = "skillskape"
	formatCorpus     = "corpus"
	formatAds        = "ads"
)

// sniffBytes bounds the bytes that are read to recognise a file. A file whose first record is longer is not
// recognised.
const sniffBytes = 16 << 20

func detectFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, sniffBytes))
	if err != nil {
		return "", err
	}
	return detect(head)
}

// detect recognises a format by the first record that parses. It ignores the file's name, because downloads get
// renamed.
func detect(head []byte) (string, error) {
	head = bytes.TrimSpace(bytes.TrimPrefix(head, []byte(byteOrderMark)))
	if len(head) == 0 {
		return "", errors.New("the file is empty")
	}
	if head[0] == '{' {
		return detectJSON(head)
	}
	header, err := csv.NewReader(bytes.NewReader(head)).Read()
	if err != nil {
		return "", fmt.Errorf("neither JSON lines nor CSV: %w", err)
	}
	for i := range header {
		header[i] = strings.ToLower(strings.TrimSpace(header[i]))
	}
	has := func(name string) bool { return slices.Contains(header, name) }
	switch {
	case has("sentence") && has("label"):
		return formatTechHouse, nil
	case has("sentence") && has("skills"):
		return formatSkillSkape, nil
	case has("text") && has("skills"):
		return formatCorpus, nil
	}
	return "", fmt.Errorf("unknown CSV columns %q: want sentence,label (TECH/HOUSE), sentence,skills (SkillSkape) or text,skills (a corpus)", header)
}

func detectJSON(head []byte) (string, error) {
	var first error
	for line := range bytes.Lines(head) {
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(line, &keys); err != nil || keys == nil {
			if first == nil && err != nil {
				first = err
			}
			continue
		}
		has := func(name string) bool { return keys[name] != nil }
		switch {
		case has("sentences"):
			return formatAds, nil
		case has("text") && has("skills"):
			return formatCorpus, nil
		case has("tokens") && (has("tags_skill") || has("tags_knowledge")):
			return "", errors.New("a SkillSpan file: it marks spans without ESCO labels, so it can train and test the filter but not rank skills")
		}
		return "", errors.New("unknown JSON lines: want text and skills (a corpus), or id and sentences (labelled ads)")
	}
	return "", fmt.Errorf("no line is a JSON object: %w", first)
}

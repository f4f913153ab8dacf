package evaluate

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"skillspace/data/corpus"
)

// readTechHouse reads one (sentence, label) pair a row.
func (b *builder) readTechHouse(data []byte) error {
	return b.eachRow(data, "label", func(line int, sentence, label string) error {
		b.sentence(fmt.Sprintf("line %d", line), corpus.Sentence{Text: sentence}, b.resolve([]string{label}))
		return nil
	})
}

// readSkillSkape reads one sentence with a Python list of labels a row.
func (b *builder) readSkillSkape(data []byte) error {
	return b.eachRow(data, "skills", func(line int, sentence, skills string) error {
		labels, err := parsePythonList(skills)
		if err != nil {
			return fmt.Errorf("column skills: %w", err)
		}
		b.sentence(fmt.Sprintf("line %d", line), corpus.Sentence{Text: sentence}, b.resolve(labels))
		return nil
	})
}

// eachRow calls add with the sentence and another column of every row. A row that cannot be read or added is rejected.
func (b *builder) eachRow(data []byte, column string, add func(line int, sentence, value string) error) error {
	reader := csv.NewReader(bytes.NewReader(data))
	reader.FieldsPerRecord = -1 // the number of columns is checked below
	reader.ReuseRecord = true
	header, err := reader.Read()
	if err != nil {
		return fmt.Errorf("line 1: %w", err)
	}
	sentenceAt, valueAt := columnOf(header, "sentence"), columnOf(header, column)
	for {
		record, err := reader.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			b.reject(bad.StartLine, bad.Err)
			continue
		case err != nil:
			return err
		}
		line, _ := reader.FieldPos(0)
		if len(record) <= max(sentenceAt, valueAt) {
			b.reject(line, fmt.Errorf("%d columns: want at least %d", len(record), 1+max(sentenceAt, valueAt)))
			continue
		}
		sentence, value := strings.TrimSpace(record[sentenceAt]), record[valueAt]
		if err := checkText(sentence); err != nil {
			b.reject(line, fmt.Errorf("column sentence: %w", err))
			continue
		}
		if !utf8.ValidString(value) {
			b.reject(line, fmt.Errorf("column %s: not valid UTF-8", column))
			continue
		}
		if err := add(line, strings.Clone(sentence), value); err != nil {
			b.reject(line, err)
		}
	}
}

func columnOf(header []string, name string) int {
	for i, h := range header {
		if strings.EqualFold(strings.TrimSpace(h), name) {
			return i
		}
	}
	return -1
}

// checkText refuses a text that cannot be a query.
func checkText(text string) error {
	if text == "" {
		return errors.New("empty")
	}
	if !utf8.ValidString(text) {
		return errors.New("not valid UTF-8")
	}
	return nil
}

package evaluate

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"skillspace/data/corpus"
)

// gradeColumn is an optional column of a file of pairs. It says how well the label fits. A label of grade 0 is
// not gold.
const gradeColumn = "grade"

// readTechHouse reads one (sentence, label) pair per row. It also reads the grade if the file has that column.
func (b *builder) readTechHouse(data []byte) error {
	return b.eachRow(data, []string{"label", gradeColumn}, func(line int, sentence string, values []string) error {
		id, text := fmt.Sprintf("line %d", line), corpus.Sentence{Text: sentence}
		if values[1] == "" {
			b.sentence(id, text, b.resolve(values[:1]))
			return nil
		}
		grade, err := strconv.ParseFloat(strings.TrimSpace(values[1]), 64)
		if err != nil || !(grade >= 0 && grade <= maxGrade) {
			return fmt.Errorf("column %s: %q: want a number from 0 to %v", gradeColumn, values[1], maxGrade)
		}
		gold := b.resolve(values[:1])
		if grade == 0 {
			b.bench.Ungraded += len(gold)
			gold = nil
		}
		b.graded(id, text, gold, grade)
		return nil
	})
}

// maxGrade keeps sums of grades exact enough.
const maxGrade = 1e6

// readSkillSkape reads one sentence per row, with a Python list of labels.
func (b *builder) readSkillSkape(data []byte) error {
	return b.eachRow(data, []string{"skills"}, func(line int, sentence string, values []string) error {
		labels, err := parsePythonList(values[0])
		if err != nil {
			return fmt.Errorf("column skills: %w", err)
		}
		b.sentence(fmt.Sprintf("line %d", line), corpus.Sentence{Text: sentence}, b.resolve(labels))
		return nil
	})
}

// eachRow calls add with the sentence and the other columns of every row. The first of the other columns is
// required. A missing column after it has the value "". A row that cannot be read or added is rejected.
func (b *builder) eachRow(data []byte, columns []string, add func(line int, sentence string, values []string) error) error {
	reader := csv.NewReader(bytes.NewReader(data))
	reader.FieldsPerRecord = -1 // the number of columns is checked below
	reader.ReuseRecord = true
	header, err := reader.Read()
	if err != nil {
		return fmt.Errorf("line 1: %w", err)
	}
	sentenceAt := columnOf(header, "sentence")
	valuesAt := make([]int, len(columns))
	last := sentenceAt
	for i, column := range columns {
		valuesAt[i] = columnOf(header, column)
		last = max(last, valuesAt[i])
	}
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
		if len(record) <= last {
			b.reject(line, fmt.Errorf("%d columns: want at least %d", len(record), 1+last))
			continue
		}
		sentence := strings.TrimSpace(record[sentenceAt])
		if err := checkText(sentence); err != nil {
			b.reject(line, fmt.Errorf("column sentence: %w", err))
			continue
		}
		values, err := valuesOf(record, columns, valuesAt)
		if err == nil {
			err = add(line, strings.Clone(sentence), values)
		}
		if err != nil {
			b.reject(line, err)
		}
	}
}

// valuesOf returns the columns of a record.
func valuesOf(record, columns []string, at []int) ([]string, error) {
	values := make([]string, len(at))
	for i, column := range at {
		if column < 0 {
			continue
		}
		if values[i] = record[column]; !utf8.ValidString(values[i]) {
			return nil, fmt.Errorf("column %s: not valid UTF-8", columns[i])
		}
	}
	return values, nil
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

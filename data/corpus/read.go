package corpus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Read returns the examples of a file. The file holds JSON lines in the format of Writer, or CSV if its name ends
// in .csv. CSV has the columns text and skills, and optionally level2 and writer. A skills cell is a JSON array,
// or URIs separated by "|" or white space.
//
// A row that is not an example is skipped, counted and named in the Rejects. The error means that the file cannot
// be read or that no row is an example.
func Read(path string) ([]Example, *Rejects, error) {
	var examples []Example
	rejects, err := Stream(context.Background(), path, func(e Example) error {
		examples = append(examples, e)
		return nil
	})
	return examples, rejects, err
}

// Stream is Read without holding the file in memory. It calls use with one example after another. It stops when
// use returns an error, which it returns unchanged, or when ctx is done.
func Stream(ctx context.Context, path string, use func(Example) error) (*Rejects, error) {
	rejects := &Rejects{}
	good := 0
	counted := func(e Example) error {
		good++
		return use(e)
	}
	err := withFile(path, func(r io.Reader) error {
		if isCSV(path) {
			return eachRecord(ctx, path, r, rejects, []string{"text", "skills"}, func(line int, r record) error {
				e, err := exampleOfRecord(r)
				if err != nil {
					rejects.Add(path, line, "%v", err)
					return nil
				}
				return counted(e)
			})
		}
		return eachLine(ctx, path, r, rejects, func(number int, line []byte) error {
			e, err := exampleOfJSON(line)
			if err != nil {
				rejects.Add(path, number, "%v", err)
				return nil
			}
			return counted(e)
		})
	})
	if err == nil {
		err = noneGood(path, good, rejects)
	}
	return rejects, err
}

// exampleOfJSON parses one line. Unknown keys are allowed, since other writers may add their own.
func exampleOfJSON(line []byte) (Example, error) {
	var raw struct {
		Text   *string   `json:"text"`
		Skills *[]string `json:"skills"`
		Level2 string    `json:"level2"`
		Writer string    `json:"writer"`
	}
	if err := json.Unmarshal(line, &raw); err != nil {
		return Example{}, explainJSON(err)
	}
	if raw.Text == nil {
		return Example{}, errors.New(`no "text"`)
	}
	if raw.Skills == nil {
		return Example{}, errors.New(`no "skills" (an empty list says that the sentence names none)`)
	}
	e := Example{Text: *raw.Text, Skills: *raw.Skills, Level2: raw.Level2, Writer: raw.Writer}
	return e, e.check()
}

func exampleOfRecord(r record) (Example, error) {
	text, _ := r.get("text")
	cell, ok := r.get("skills")
	if !ok {
		return Example{}, errors.New("the row ends before the column skills")
	}
	skills, err := splitSkills(cell)
	if err != nil {
		return Example{}, err
	}
	e := Example{Text: text, Skills: skills}
	e.Level2, _ = r.get("level2")
	e.Writer, _ = r.get("writer")
	return e, e.check()
}

// splitSkills reads a CSV cell of URIs.
func splitSkills(cell string) ([]string, error) {
	if strings.HasPrefix(cell, "[") {
		var skills []string
		if err := json.Unmarshal([]byte(cell), &skills); err != nil {
			return nil, fmt.Errorf("column skills: %w", explainJSON(err))
		}
		return skills, nil
	}
	return strings.FieldsFunc(cell, func(r rune) bool { return r == '|' || r == ' ' || r == '\t' || r == '\n' }), nil
}

// check returns an error if the example is not valid.
func (e Example) check() error {
	if strings.TrimSpace(e.Text) == "" {
		return errors.New("the text is empty")
	}
	for _, uri := range e.Skills {
		if strings.TrimSpace(uri) == "" {
			return errors.New("an empty skill URI")
		}
	}
	return nil
}

// explainJSON rewords an error of encoding/json for a person who looks at a data file.
func explainJSON(err error) error {
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if kind.Field == "" {
			return fmt.Errorf("a JSON %s, want an object", kind.Value)
		}
		return fmt.Errorf("key %q: want a %s, got a JSON %s", kind.Field, kind.Type, kind.Value)
	}
	return fmt.Errorf("not JSON: %w", err)
}

// noneGood returns an error if no row of a file could be used. Such a file is of another kind.
func noneGood(path string, good int, rejects *Rejects) error {
	switch {
	case good > 0:
		return nil
	case rejects.Rows == 0:
		return fmt.Errorf("read %s: no rows in the file", path)
	}
	return fmt.Errorf("read %s: no row can be used (rows: %d); the first: %s", path, rejects.Rows, rejects.Named[0])
}

func isCSV(path string) bool { return strings.HasSuffix(strings.ToLower(path), ".csv") }

// withFile opens a file, calls use and closes the file.
func withFile(path string, use func(io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read corpus: %w", err)
	}
	defer file.Close()
	return use(file)
}

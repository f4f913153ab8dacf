package evaluate

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"skillspace/data/taxonomy"
	"skillspace/internal/topk"
)

// Rankings writes the rankings of systems as tab-separated text that other evaluators read: a file for each benchmark
// and system with the columns query, uri, rank and score, and a file for each benchmark with its gold skills and their
// grades.
type Rankings struct {
	folder string
	skills []taxonomy.Skill
	depth  int
	open   *rankingFile
	known  map[string]string // file -> name of its content
}

// rankingFile is the file of one system on one benchmark.
type rankingFile struct {
	benchmark *Benchmark
	system    string
	file      *os.File
	out       *bufio.Writer
}

// NewRankings returns a writer of the first depth skills of each query. It creates the folder if necessary.
func NewRankings(folder string, skills []taxonomy.Skill, depth int) (*Rankings, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("write rankings: %w", err)
	}
	return &Rankings{folder: folder, skills: skills, depth: depth, known: map[string]string{}}, nil
}

// Gold writes a benchmark's gold skills: query, uri, grade.
func (r *Rankings) Gold(b *Benchmark) error {
	path, err := r.path(b.Name+".gold", "the gold of "+b.Path)
	if err != nil {
		return err
	}
	var text strings.Builder
	text.WriteString("query\turi\tgrade\n")
	for _, q := range b.Queries {
		for i, skill := range q.Gold {
			grade := 1.0
			if q.Grades != nil {
				grade = q.Grades[i]
			}
			fmt.Fprintf(&text, "%s\t%s\t%g\n", tsvField(q.ID), tsvField(r.skills[skill].URI), grade)
		}
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		return fmt.Errorf("write rankings: %w", err)
	}
	return nil
}

// Add writes the ranking of a query. The queries of a system come one after the other. A skill that is not proposed is
// left out.
func (r *Rankings) Add(b *Benchmark, system string, query int, scoresS []float32) error {
	if r.open == nil || r.open.benchmark != b || r.open.system != system {
		if err := r.begin(b, system); err != nil {
			return err
		}
	}
	best := topk.Indices(scoresS, r.depth, func(skill int) bool { return scoresS[skill] >= lowestScore })
	for rank, skill := range best {
		fmt.Fprintf(r.open.out, "%s\t%s\t%d\t%v\n", tsvField(b.Queries[query].ID), tsvField(r.skills[skill].URI), rank+1, scoresS[skill])
	}
	return nil
}

func (r *Rankings) begin(b *Benchmark, system string) error {
	if err := r.Close(); err != nil {
		return err
	}
	path, err := r.path(b.Name+"."+system, system+" on "+b.Path)
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write rankings: %w", err)
	}
	r.open = &rankingFile{benchmark: b, system: system, file: file, out: bufio.NewWriter(file)}
	_, err = io.WriteString(r.open.out, "query\turi\trank\tscore\n")
	return err
}

// Close closes the last file. Its error says what could not be written.
func (r *Rankings) Close() error {
	if r.open == nil {
		return nil
	}
	err := r.open.out.Flush()
	if closing := r.open.file.Close(); err == nil {
		err = closing
	}
	r.open = nil
	if err != nil {
		return fmt.Errorf("write rankings: %w", err)
	}
	return nil
}

// path returns the path of a file of this name. It is an error if two different contents have the same name.
func (r *Rankings) path(name, content string) (string, error) {
	path := filepath.Join(r.folder, fileName(name)+".tsv")
	if known, twice := r.known[path]; twice {
		return "", fmt.Errorf("write rankings: %s would hold %s and %s", path, known, content)
	}
	r.known[path] = content
	return path, nil
}

// fileName replaces the characters that do not belong in a file's name.
func fileName(name string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsNumber(c) || strings.ContainsRune("._-+", c) {
			return c
		}
		return '-'
	}, name)
}

// tsvField is text without tabs and line ends.
func tsvField(text string) string { return strings.TrimSpace(oneLine(text)) }

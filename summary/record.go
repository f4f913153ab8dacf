package summary

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/parquet-go/parquet-go"

	"skillspace/data/ads"
	"skillspace/data/corpus"
	"skillspace/data/textfile"
)

// Record is what is read of a record of extract-skills: a sentence of an ad, or an ad, with its skills.
type Record struct {
	File   string  `json:"file" parquet:"file"`
	Ad     string  `json:"ad" parquet:"ad"`
	Skills []Skill `json:"skills" parquet:"skills,list"`
}

// Skill is a skill of a record.
type Skill struct {
	URI   string  `json:"uri" parquet:"uri"`
	Label string  `json:"label" parquet:"label"`
	Score float32 `json:"score" parquet:"score"`
}

// line is a JSON line of extract-skills. Sentences is a number, or with --pipe the records of the ad's sentences.
type line struct {
	Record
	Sentences jsontext.Value `json:"sentences"`
	Error     string         `json:"error"`
}

// record returns what a line holds. A line that says why an ad could not be read is an error.
func (l *line) record() (Record, error) {
	if l.Error != "" {
		return Record{}, fmt.Errorf("ad %q could not be read: %s", l.Ad, l.Error)
	}
	if l.Sentences.Kind() == '[' && l.Skills == nil {
		var sentences []Record
		if err := json.Unmarshal(l.Sentences, &sentences); err != nil {
			return Record{}, err
		}
		l.Skills = []Skill{}
		for _, s := range sentences {
			l.Skills = append(l.Skills, s.Skills...)
		}
	}
	return l.Record, l.check()
}

// check refuses what cannot come from extract-skills.
func (r *Record) check() error {
	if r.Ad == "" {
		return errors.New(`no "ad": not a record of extract-skills`)
	}
	if r.Skills == nil {
		return errors.New(`no "skills": not a record of extract-skills`)
	}
	for _, s := range r.Skills {
		if s.URI == "" {
			return errors.New(`a skill without "uri"`)
		}
	}
	return nil
}

// Sizes of reading JSON lines.
const (
	blockBytes = 1 << 20 // a block of whole lines is parsed at once
	maxLine    = 64 << 20
)

// FindResults lists the files of results: of a folder its .jsonl, .csv and .parquet files in the order of their names, without those that start
// with _ or a dot. Other names of a folder are returned too.
func FindResults(path string) (files, other []string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, nil, err
	}
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case strings.HasPrefix(name, "_") || strings.HasPrefix(name, "."):
		case !entry.IsDir() && isResult(name):
			files = append(files, filepath.Join(path, name))
		default:
			other = append(other, filepath.Join(path, name))
		}
	}
	if len(files) == 0 {
		return nil, other, fmt.Errorf("%s: no .jsonl, .csv or .parquet file in this folder: %w", path, fs.ErrNotExist)
	}
	return files, other, nil
}

func isResult(name string) bool { return isParquet(name) || isLines(name) || isCSV(name) }

func isCSV(name string) bool { return strings.EqualFold(filepath.Ext(name), ".csv") }

func isParquet(name string) bool { return strings.EqualFold(filepath.Ext(name), ".parquet") }

func isLines(name string) bool {
	ending := strings.ToLower(filepath.Ext(name))
	return ending == ".jsonl" || ending == ".ndjson"
}

// ReadFile calls use with every record of a file. A record is valid during the call only.
func ReadFile(ctx context.Context, path string, use func(*Record) error) (*corpus.Rejects, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	defer file.Close()
	if isParquet(path) {
		rejects := &corpus.Rejects{}
		return rejects, readParquet(ctx, path, file, rejects, use)
	}
	if isCSV(path) {
		return readCSV(ctx, path, file, use)
	}
	return ReadLines(ctx, path, file, use)
}

// readCSV reads rows of a skill each. A row without a URI is a sentence or an ad without a skill.
func readCSV(ctx context.Context, name string, r io.Reader, use func(*Record) error) (*corpus.Rejects, error) {
	rejects := &corpus.Rejects{}
	err := eachRow(ctx, name, textfile.Buffer(r), rejects, []string{"ad", "uri", "label", "score"}, func(line int, cell func(string) string) error {
		record, err := csvRecord(cell)
		if err == nil {
			return use(&record)
		}
		rejects.Add(name, line, "%v", err)
		return nil
	})
	return rejects, err
}

func readParquet(ctx context.Context, name string, file *os.File, rejects *corpus.Rejects, use func(*Record) error) (err error) {
	fromUse := false
	defer func() {
		if p := recover(); p != nil {
			if fromUse {
				panic(p)
			}
			err = fmt.Errorf("read %s: damaged Parquet: %v", name, p)
		}
	}()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("read results: %w", err)
	}
	opened, err := ads.OpenParquet(file, info.Size())
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	for _, column := range [][]string{{"ad"}, {"skills", "list", "element", "uri"}} {
		if _, found := opened.Schema().Lookup(column...); !found {
			return fmt.Errorf("read %s: no column %q: not a file of extract-skills", name, column[0])
		}
	}
	reader := parquet.NewGenericReader[Record](opened)
	defer reader.Close()
	rows := make([]Record, 512)
	for number := 0; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := reader.Read(rows)
		for i := range rows[:n] {
			number++
			if rows[i].Skills == nil { // Parquet does not tell an empty list from none
				rows[i].Skills = []Skill{}
			}
			if wrong := rows[i].check(); wrong != nil {
				rejects.Add(name, number, "%v", wrong)
				continue
			}
			fromUse = true
			if err := use(&rows[i]); err != nil {
				return err
			}
			fromUse = false
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
}

// csvRecord returns the record of a row.
func csvRecord(cell func(column string) string) (Record, error) {
	record := Record{File: cell("file"), Ad: cell("ad"), Skills: []Skill{}}
	if uri := cell("uri"); uri != "" {
		score, err := strconv.ParseFloat(cell("score"), 32)
		if err != nil {
			return record, fmt.Errorf("the score is %q", cell("score"))
		}
		record.Skills = append(record.Skills, Skill{uri, cell("label"), float32(score)})
	}
	return record, record.check()
}

// block is whole lines of a file, and what they hold.
type block struct {
	first   int // number of its first line
	text    []byte
	records []Record
	wrong   []wrongLine
	parsed  chan struct{}
}

type wrongLine struct {
	number int
	err    error
}

// ReadLines calls use with every record of JSON lines, in order, and ends when ctx is done, even while r is silent. Lines are parsed on all
// processors. A line that is no record is left out,
// counted and named. Input without any record is an error if it has a wrong line.
func ReadLines(ctx context.Context, name string, r io.Reader, use func(*Record) error) (*corpus.Rejects, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := runtime.GOMAXPROCS(0)
	ordered, todo := make(chan *block, 2*workers), make(chan *block)
	for range workers {
		go func() {
			for b := range todo {
				b.parse()
				close(b.parsed)
			}
		}()
	}
	var readErr error
	go func() {
		defer close(ordered)
		defer close(todo)
		readErr = eachBlock(ads.Interruptible(ctx, r), func(b *block) bool {
			select {
			case ordered <- b:
			case <-ctx.Done():
				return false
			}
			select {
			case todo <- b:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	rejects, read := &corpus.Rejects{}, 0
	for b := range ordered {
		select {
		case <-b.parsed:
		case <-ctx.Done():
			return rejects, ctx.Err()
		}
		for _, w := range b.wrong {
			rejects.Add(name, w.number, "%v", w.err)
		}
		read += len(b.records)
		for i := range b.records {
			if err := use(&b.records[i]); err != nil {
				return rejects, err
			}
		}
	}
	switch {
	case ctx.Err() != nil:
		return rejects, ctx.Err()
	case readErr != nil:
		return rejects, fmt.Errorf("read %s: %w", name, readErr)
	case read == 0 && rejects.Rows > 0:
		return rejects, fmt.Errorf("read %s: no line is a record of extract-skills; the first: %s", name, rejects.Named[0])
	}
	return rejects, nil
}

// eachBlock divides a text into blocks of whole lines. It stops when use returns false.
func eachBlock(r io.Reader, use func(*block) bool) error {
	reader := bufio.NewReaderSize(r, blockBytes)
	line := 1
	for {
		text, err := io.ReadAll(io.LimitReader(reader, blockBytes))
		if err == nil && len(text) < blockBytes {
			err = io.EOF
		}
		for err == nil && text[len(text)-1] != '\n' { // to the end of the line
			var rest []byte
			rest, err = reader.ReadSlice('\n')
			text = append(text, rest...)
			if errors.Is(err, bufio.ErrBufferFull) {
				err = nil
			}
			if len(text) > blockBytes+maxLine {
				return fmt.Errorf("line %d or one soon after it is longer than %d MiB", line, maxLine>>20)
			}
		}
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return err
		}
		if len(text) > 0 && !use(&block{first: line, text: text, parsed: make(chan struct{})}) {
			return nil
		}
		if ended {
			return nil
		}
		line += bytes.Count(text, []byte{'\n'})
	}
}

func (b *block) parse() {
	number := b.first - 1
	for text := range bytes.Lines(b.text) {
		number++
		text = bytes.TrimSpace(text)
		if len(text) == 0 {
			continue
		}
		var l line
		var r Record
		err := json.Unmarshal(text, &l)
		if err == nil {
			r, err = l.record()
		}
		if err != nil {
			b.wrong = append(b.wrong, wrongLine{number, err})
			continue
		}
		b.records = append(b.records, r)
	}
	b.text = nil
}

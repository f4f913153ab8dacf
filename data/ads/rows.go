package ads

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"skillspace/data/corpus"
)

// defaultID is the key or column looked for where none is named.
const defaultID = "id"

func (o Layout) id() string {
	if o.IDColumn == "" {
		return defaultID
	}
	return o.IDColumn
}

func readJSONL(ctx context.Context, name string, r io.Reader, o Layout, rejects *corpus.Rejects, use func(Ad) error) error {
	read := 0
	var first error // of the first rejected row
	err := corpus.EachLine(ctx, name, r, rejects, func(number int, line []byte) error {
		ad, err := o.ofJSON(line)
		if err != nil {
			if first == nil {
				first = fmt.Errorf("%s:%d: %w", name, number, err)
			}
			rejects.Add(name, number, "%v", err)
			return nil
		}
		if ad.ID == "" {
			ad.ID = fmt.Sprintf("%s:%d", name, number)
		}
		read++
		return use(ad)
	})
	if err == nil && read == 0 && first != nil {
		return fmt.Errorf("read %s: none of its %d rows is an ad; the first: %w", name, rejects.Rows, first)
	}
	return err
}

func (o Layout) ofJSON(line []byte) (Ad, error) {
	var row map[string]json.RawMessage
	if err := json.Unmarshal(line, &row); err != nil {
		return Ad{}, fmt.Errorf("not a JSON object: %w", err)
	}
	raw, found := row[o.TextColumn]
	if !found {
		return Ad{}, &MissingColumnError{"key", o.TextColumn, slices.Sorted(maps.Keys(row))}
	}
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		return Ad{}, fmt.Errorf("%q is not a text", o.TextColumn)
	}
	if err := check(*text); err != nil {
		return Ad{}, err
	}
	id, err := o.jsonID(row)
	return Ad{ID: id, Text: *text}, err
}

// jsonID reads a text or a number. Only where a key was asked for is its absence an error.
func (o Layout) jsonID(row map[string]json.RawMessage) (string, error) {
	raw := row[o.id()]
	var id *string
	if json.Unmarshal(raw, &id) == nil && id != nil {
		return *id, nil
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil && number != "" {
		return number.String(), nil
	}
	if o.IDColumn != "" {
		return "", fmt.Errorf("%q is neither a text nor a number", o.IDColumn)
	}
	return "", nil
}

func readCSV(ctx context.Context, name string, r io.Reader, o Layout, rejects *corpus.Rejects, use func(Ad) error) error {
	wanted := []string{o.TextColumn}
	if o.IDColumn != "" {
		wanted = append(wanted, o.IDColumn)
	}
	return corpus.EachRow(ctx, name, r, rejects, wanted, func(line int, cell func(string) (string, bool)) error {
		text, found := cell(o.TextColumn)
		err := check(text)
		if !found {
			err = errors.New("the row is too short to have a text")
		}
		if err != nil {
			rejects.Add(name, line, "%v", err)
			return nil
		}
		id, _ := cell(o.id())
		if id = strings.TrimSpace(id); id == "" {
			id = fmt.Sprintf("%s:%d", name, line)
		}
		return use(Ad{ID: id, Text: text})
	})
}

// Interruptible returns a reader that ends with ctx's error when ctx is done. It is for readers that may block forever, such as a
// terminal. A read that has begun continues in the background, so r must not be used afterwards.
func Interruptible(ctx context.Context, r io.Reader) io.Reader { return &interruptible{ctx: ctx, r: r} }

type interruptible struct {
	ctx context.Context
	r   io.Reader
}

type readResult struct {
	data []byte
	err  error
}

// Read reads into its own buffer. The caller's buffer must not be written to after Read has returned.
func (i *interruptible) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	done := make(chan readResult, 1)
	go func() {
		buffer := make([]byte, min(len(p), 64<<10))
		n, err := i.r.Read(buffer)
		done <- readResult{buffer[:n], err}
	}()
	select {
	case <-i.ctx.Done():
		return 0, i.ctx.Err()
	case result := <-done:
		return copy(p, result.data), result.err
	}
}

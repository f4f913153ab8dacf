package summary

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
)

// MaxValues bounds the distinct values of a column.
const MaxValues = 10_000

// ErrTooManyValues means that a column cannot divide ads into groups.
var ErrTooManyValues = errors.New("more distinct values than can be told apart in a summary")

// Columns hold the values of some columns for every ad, by the ad's identifier. They keep 8 bytes and 4 bytes a column for each ad.
type Columns struct {
	names  []string
	units  []Unit // of a column with dates; "" for other columns
	values []valueTable
	seed   maphash.Seed
	at     map[uint64]int32 // identifier -> row
	rows   []int32          // values of all rows, one after the other

	// Unreadable counts cells that are no dates, by column.
	Unreadable []int
	// Repeated counts rows whose identifier was there before, with the same values.
	Repeated int
	// used are the rows that an ad asked for.
	used []bool
}

type valueTable struct {
	index map[string]int32
	texts []string
}

// NewColumns returns no rows yet of these columns. units has a unit for each column with dates, and "" for the others.
func NewColumns(names []string, units []Unit) *Columns {
	c := &Columns{names: names, units: units, seed: maphash.MakeSeed(), at: map[uint64]int32{}, Unreadable: make([]int, len(names)), values: make([]valueTable, len(names))}
	for i := range c.values {
		c.values[i].index = map[string]int32{}
	}
	return c
}

// Add adds an ad's cells, one for each column. Ads that share an identifier must have the same values, since nobody could tell them apart.
func (c *Columns) Add(id string, cells []string) error {
	row := make([]int32, len(cells))
	for i, text := range cells {
		at, err := c.value(i, text)
		if err != nil {
			return err
		}
		row[i] = at
	}
	key := maphash.String(c.seed, id)
	if at, known := c.at[key]; known {
		if !slices.Equal(c.row(at), row) {
			return fmt.Errorf("a second ad with the identifier %q has other values: which of them the results belong to cannot be told", id)
		}
		c.Repeated++
		return nil
	}
	c.at[key] = int32(len(c.at))
	c.rows = append(c.rows, row...)
	c.used = append(c.used, false)
	return nil
}

// value returns the index of a cell's text in its column. A cell that is empty or no date is one value, "".
func (c *Columns) value(column int, text string) (int32, error) {
	text = strings.TrimSpace(text)
	if unit := c.units[column]; unit != "" && text != "" {
		period, err := unit.of(text)
		if err != nil {
			c.Unreadable[column]++
		}
		text = period
	}
	table := &c.values[column]
	if at, known := table.index[text]; known {
		return at, nil
	}
	if len(table.texts) >= MaxValues {
		return 0, fmt.Errorf("column %q has over %d: %w", c.names[column], MaxValues, ErrTooManyValues)
	}
	at := int32(len(table.texts))
	table.index[text] = at
	table.texts = append(table.texts, text)
	return at, nil
}

func (c *Columns) row(at int32) []int32 {
	n := int32(len(c.names))
	return c.rows[at*n : (at+1)*n]
}

// of returns an ad's values, and false for an ad that has no row.
func (c *Columns) of(id string) ([]int32, bool) {
	at, found := c.at[maphash.String(c.seed, id)]
	if !found {
		return nil, false
	}
	c.used[at] = true
	return c.row(at), true
}

// Unused counts rows that belong to no ad of the results.
func (c *Columns) Unused() int {
	n := 0
	for _, used := range c.used {
		if !used {
			n++
		}
	}
	return n
}

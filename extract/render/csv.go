package render

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// levels is the number of levels of groups that have columns.
const levels = 3

var (
	sentenceColumns = []string{"file", "ad", "sentence", "clean", "start", "end", "part", "cut", "kept", "filter_score", "uri", "label", "score", "why"}
	adColumns       = []string{"file", "ad", "uri", "label", "score", "level_1", "level_2", "level_3", "level_1_uri", "level_2_uri", "level_3_uri", "mentions"}
)

// CSV writes a header, then a row for each skill of each sentence or of each ad. A sentence or an ad without a
// skill has one row, with empty skill cells.
type CSV struct {
	writer *csv.Writer
	o      Options
	begun  bool
}

// NewCSV returns a writer to w.
func NewCSV(w io.Writer, o Options) *CSV { return &CSV{writer: csv.NewWriter(w), o: o} }

// Write writes the rows of an ad.
func (c *CSV) Write(r Result) error {
	columns, rows := sentenceColumns, c.sentences
	if c.o.ByAd {
		columns, rows = adColumns, c.ad
	}
	if !c.begun {
		c.row(columns)
		c.begun = true
	}
	rows(r)
	c.writer.Flush()
	if err := c.writer.Error(); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}

// row keeps its error for Write.
func (c *CSV) row(cells []string) { _ = c.writer.Write(cells) }

func (c *CSV) sentences(r Result) {
	for _, s := range c.o.Records(r) {
		filterScore := ""
		if s.FilterScore != nil {
			filterScore = number(*s.FilterScore)
		}
		cells := []string{s.File, s.Ad, s.Sentence, s.Clean, strconv.Itoa(s.Start), strconv.Itoa(s.End), strconv.Itoa(s.Part), strconv.FormatBool(s.Cut), strconv.FormatBool(s.Kept), filterScore}
		if len(s.Skills) == 0 {
			c.row(append(cells, "", "", "", ""))
		}
		for _, skill := range s.Skills {
			c.row(append(slices.Clip(cells), skill.URI, skill.Label, number(skill.Score), skill.Why))
		}
	}
}

func (c *CSV) ad(r Result) {
	record := c.o.AdRecord(r)
	if len(record.Skills) == 0 {
		cells := make([]string, len(adColumns))
		cells[0], cells[1], cells[len(cells)-1] = record.File, record.Ad, "[]"
		c.row(cells)
	}
	for _, skill := range record.Skills {
		cells := append([]string{record.File, record.Ad, skill.URI, skill.Label, number(skill.Score)}, groupCells(skill.Groups)...)
		c.row(append(cells, jsonText(skill.Mentions)))
	}
}

// groupCells returns the labels of the groups of each level, then their URIs. Bars separate several groups of
// one level.
func groupCells(groups []Group) []string {
	var labels, uris [levels][]string
	for _, g := range groups {
		if g.Level >= 1 && g.Level <= levels {
			labels[g.Level-1], uris[g.Level-1] = append(labels[g.Level-1], g.Label), append(uris[g.Level-1], g.URI)
		}
	}
	cells := make([]string, 2*levels)
	for level := range levels {
		cells[level], cells[levels+level] = strings.Join(labels[level], " | "), strings.Join(uris[level], " | ")
	}
	return cells
}

func number(score float32) string { return strconv.FormatFloat(float64(score), 'g', -1, 32) }

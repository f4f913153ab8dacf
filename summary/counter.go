// Package summary counts the skills of a labour market from what extract-skills writes: in how many ads a skill or a group occurs, by any
// column of the ads, what changes between two periods, and which skills occur together. It finds no skills and loads no model.
package summary

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"

	"skillspace/data/taxonomy"
)

// Repeated says what happens to an ad whose records come back after those of other ads.
type Repeated string

// The ways to treat a repeated ad.
const (
	RefuseRepeated Repeated = "refuse" // an error: two runs in one folder would be counted twice
	SkipRepeated   Repeated = "skip"   // only the first records of an ad count
	CountRepeated  Repeated = "count"  // each time it is an ad of its own
)

// ErrRepeated means that an ad's records are not together.
var ErrRepeated = errors.New("its records come back after those of other ads")

// Options say what is counted.
type Options struct {
	Taxonomy *taxonomy.Taxonomy // whose groups are counted; nil for no groups
	MinScore float64            // skills with a lower score are left out
	Repeated Repeated
	Pairs    bool     // whether pairs of skills are counted
	Columns  *Columns // of the ads; nil for none
}

// Counter counts ads. It keeps a number for each skill, for each pair and for each value of a column, and 8 bytes for each ad, but no
// records. It is not safe for concurrent use.
type Counter struct {
	o        Options
	skills   items
	groups   items
	above    [][]int32 // groups of each skill of the taxonomy
	groupsOf [][]int32 // groups of each skill of the counter
	pairs    pairCounter
	by       []*breakdown

	seed maphash.Seed
	seen map[uint64]struct{} // ads that are complete
	ad   openAd

	Totals Totals
}

// Totals count what went through a counter.
type Totals struct {
	Records      int `json:"records"`        // sentences, or ads where records are by ad
	Ads          int `json:"ads"`            // each once
	AdsWithSkill int `json:"ads_with_skill"` // with at least one skill that counts
	LowScore     int `json:"low_score"`      // skills of records below the lowest score
	Repeated     int `json:"repeated_ads"`   // ads skipped or counted again
	Unknown      int `json:"unknown_skills"` // skills that the taxonomy does not have; they are in no group
	NoColumns    int `json:"ads_without_columns"`
	Crowded      int `json:"ads_without_pairs"` // ads with too many skills to count their pairs
}

// openAd is the ad whose records are being read.
type openAd struct {
	file, id string
	any      bool
	skills   []int32
}

// items are the things that are counted, under indices in the order of their first occurrence.
type items struct {
	index map[string]int32
	uris  []string
	names []string
	ads   []int // in how many ads each occurs
}

func (t *items) add(uri, name string) (at int32, fresh bool) {
	if at, known := t.index[uri]; known {
		return at, false
	}
	at = int32(len(t.uris))
	t.index[uri] = at
	t.uris, t.names, t.ads = append(t.uris, uri), append(t.names, name), append(t.ads, 0)
	return at, true
}

// NewCounter returns a counter without an ad.
func NewCounter(o Options) *Counter {
	c := &Counter{o: o, seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}}
	c.skills.index, c.groups.index = map[string]int32{}, map[string]int32{}
	if o.Taxonomy != nil {
		c.above = make([][]int32, len(o.Taxonomy.Skills()))
		for g, group := range o.Taxonomy.Groups() {
			at, _ := c.groups.add(group.URI, group.Label)
			for _, skill := range o.Taxonomy.Members(g) {
				c.above[skill] = append(c.above[skill], at)
			}
		}
	}
	if o.Columns != nil {
		for range o.Columns.names {
			c.by = append(c.by, newBreakdown())
		}
	}
	return c
}

// Add counts a record. The records of an ad must follow each other.
func (c *Counter) Add(r *Record) error {
	if !c.ad.any || r.Ad != c.ad.id || r.File != c.ad.file {
		if err := c.Flush(); err != nil {
			return err
		}
		c.ad.file, c.ad.id, c.ad.any = r.File, r.Ad, true
	}
	c.Totals.Records++
	for i := range r.Skills {
		s := &r.Skills[i]
		if float64(s.Score) < c.o.MinScore {
			c.Totals.LowScore++
			continue
		}
		at, fresh := c.skills.add(s.URI, s.Label)
		if fresh {
			c.groupsOf = append(c.groupsOf, c.findGroups(s.URI))
		}
		c.ad.skills = append(c.ad.skills, at)
	}
	return nil
}

// findGroups returns the groups above a skill, at every level.
func (c *Counter) findGroups(uri string) []int32 {
	tax := c.o.Taxonomy
	if tax == nil {
		return nil
	}
	skill, known := tax.Index(uri)
	if !known {
		c.Totals.Unknown++
		return nil
	}
	return c.above[skill]
}

// Flush ends the ad whose records were added last. Call it after the last record.
func (c *Counter) Flush() error {
	if !c.ad.any {
		return nil
	}
	skills := c.ad.skills
	c.ad.any, c.ad.skills = false, skills[:0]
	key := maphash.Comparable(c.seed, [2]string{c.ad.file, c.ad.id})
	if _, repeated := c.seen[key]; repeated {
		switch c.Totals.Repeated++; c.o.Repeated {
		case SkipRepeated:
			return nil
		case CountRepeated:
		default:
			return fmt.Errorf("ad %q of %q: %w", c.ad.id, c.ad.file, ErrRepeated)
		}
	}
	c.seen[key] = struct{}{}
	slices.Sort(skills)
	return c.count(slices.Compact(skills))
}

// count counts an ad with these skills, each once and in ascending order.
func (c *Counter) count(skills []int32) error {
	c.Totals.Ads++
	if len(skills) > 0 {
		c.Totals.AdsWithSkill++
	}
	var groups []int32
	for _, s := range skills {
		c.skills.ads[s]++
		groups = append(groups, c.groupsOf[s]...)
	}
	slices.Sort(groups)
	groups = slices.Compact(groups)
	for _, g := range groups {
		c.groups.ads[g]++
	}
	if c.o.Pairs && !c.pairs.add(skills) {
		c.Totals.Crowded++
	}
	if c.o.Columns == nil {
		return nil
	}
	values, found := c.o.Columns.of(c.ad.id)
	if !found {
		c.Totals.NoColumns++
		return nil
	}
	for i, by := range c.by {
		by.add(values[i], skills, groups)
	}
	return nil
}

package summary

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"skillspace/data/taxonomy"
)

// Count is in how many ads something occurs, and the share of all ads with its 95% interval.
type Count struct {
	Ads   int     `json:"ads" parquet:"ads"`
	Share float64 `json:"share" parquet:"share"`
	Low   float64 `json:"low" parquet:"low"`
	High  float64 `json:"high" parquet:"high"`
}

func countOf(ads, of int) Count {
	low, high := wilson(ads, of, deviates(1-confidence))
	return Count{ads, share(ads, of), low, high}
}

func share(k, n int) float64 { return float64(k) / float64(max(n, 1)) }

// SkillRow is a skill of the market.
type SkillRow struct {
	URI   string `json:"uri" parquet:"uri"`
	Label string `json:"label" parquet:"label"`
	Count
}

// GroupRow is a group of the taxonomy. An ad counts once for a group, however many of its skills are in it.
type GroupRow struct {
	URI    string `json:"uri" parquet:"uri"`
	Label  string `json:"label" parquet:"label"`
	Code   string `json:"code" parquet:"code"`
	Level  int    `json:"level" parquet:"level"`
	Parent string `json:"parent" parquet:"parent"` // URI of the group above, "" at the top
	Count
}

// ValueRow is a skill or a group among the ads with one value of a column.
type ValueRow struct {
	Column   string `json:"column" parquet:"column,dict"`
	Value    string `json:"value" parquet:"value,dict"` // "" for ads without a value
	ValueAds int    `json:"value_ads" parquet:"value_ads"`
	Kind     string `json:"kind" parquet:"kind,dict"` // skill or group
	URI      string `json:"uri" parquet:"uri,dict"`
	Label    string `json:"label" parquet:"label,dict"`
	Count
}

// PairRow is two skills that occur in the same ads.
type PairRow struct {
	URIA   string `json:"uri_a" parquet:"uri_a"`
	LabelA string `json:"label_a" parquet:"label_a"`
	URIB   string `json:"uri_b" parquet:"uri_b"`
	LabelB string `json:"label_b" parquet:"label_b"`
	Count
	Missed int     `json:"missed" parquet:"missed"` // ads that may be missing from the count, at most
	Lift   float64 `json:"lift" parquet:"lift"`     // share of the pair over the product of both skills' shares
}

// Status says how a skill's share of ads changed.
type Status string

// The changes that the ads can show. A change is shown if its interval does not hold 0 at 95% for all skills together (Bonferroni).
const (
	New      Status = "new"      // in no ad of the earlier period
	Vanished Status = "vanished" // in no ad of the later period
	Rising   Status = "rising"
	Falling  Status = "falling"
	NotShown Status = "not shown"
)

// ChangeRow compares a skill's share of ads in two periods.
type ChangeRow struct {
	URI          string  `json:"uri" parquet:"uri"`
	Label        string  `json:"label" parquet:"label"`
	EarlierAds   int     `json:"earlier_ads" parquet:"earlier_ads"`
	EarlierShare float64 `json:"earlier_share" parquet:"earlier_share"`
	LaterAds     int     `json:"later_ads" parquet:"later_ads"`
	LaterShare   float64 `json:"later_share" parquet:"later_share"`
	Difference   float64 `json:"difference" parquet:"difference"` // later less earlier share
	Low          float64 `json:"low" parquet:"low"`               // 95% interval of the difference
	High         float64 `json:"high" parquet:"high"`
	Status       Status  `json:"status" parquet:"status,dict"`
}

// Skills returns every skill, the most frequent first.
func (c *Counter) Skills() []SkillRow {
	rows := make([]SkillRow, 0, len(c.skills.uris))
	for i, uri := range c.skills.uris {
		rows = append(rows, SkillRow{uri, c.skills.names[i], countOf(c.skills.ads[i], c.Totals.Ads)})
	}
	slices.SortFunc(rows, func(a, b SkillRow) int { return cmp.Or(b.Ads-a.Ads, strings.Compare(a.URI, b.URI)) })
	return rows
}

// Groups returns every group that occurs, by level, the most frequent first.
func (c *Counter) Groups() []GroupRow {
	var rows []GroupRow
	for i, uri := range c.groups.uris {
		if c.groups.ads[i] == 0 {
			continue
		}
		g, _ := c.o.Taxonomy.GroupIndex(uri)
		group := c.o.Taxonomy.Groups()[g]
		rows = append(rows, GroupRow{uri, group.Label, group.Code, group.Level, parentURI(c.o.Taxonomy, g), countOf(c.groups.ads[i], c.Totals.Ads)})
	}
	slices.SortFunc(rows, func(a, b GroupRow) int {
		return cmp.Or(a.Level-b.Level, b.Ads-a.Ads, strings.Compare(a.URI, b.URI))
	})
	return rows
}

func parentURI(tax *taxonomy.Taxonomy, group int) string {
	if parent, found := tax.Parent(group); found {
		return tax.Groups()[parent].URI
	}
	return ""
}

// Values yields the breakdown by every column: by column, value in the order of texts, skills before groups, the most frequent first.
func (c *Counter) Values() iter.Seq[ValueRow] {
	return func(yield func(ValueRow) bool) {
		for i, by := range c.by {
			column, texts := c.o.Columns.names[i], c.o.Columns.values[i].texts
			skills, groups := by.skills.byValue(), by.groups.byValue()
			for _, value := range byText(by.ads, texts) {
				for _, part := range []struct {
					kind  string
					cells []cellCount
					of    *items
				}{{"skill", skills[value], &c.skills}, {"group", groups[value], &c.groups}} {
					for _, cell := range part.cells {
						row := ValueRow{column, texts[value], by.ads[value], part.kind, part.of.uris[cell.item], part.of.names[cell.item], countOf(int(cell.ads), by.ads[value])}
						if !yield(row) {
							return
						}
					}
				}
			}
		}
	}
}

// Pairs returns up to most pairs, the most frequent first.
func (c *Counter) Pairs(most int) []PairRow {
	var rows []PairRow
	for key, held := range c.pairs.counts {
		a, b := int32(key>>32), int32(uint32(key))
		if c.skills.uris[b] < c.skills.uris[a] {
			a, b = b, a
		}
		n := float64(c.Totals.Ads)
		rows = append(rows, PairRow{c.skills.uris[a], c.skills.names[a], c.skills.uris[b], c.skills.names[b], countOf(int(held.count), c.Totals.Ads),
			int(held.missed), float64(held.count) * n / (float64(c.skills.ads[a]) * float64(c.skills.ads[b]))})
	}
	slices.SortFunc(rows, func(a, b PairRow) int {
		return cmp.Or(b.Ads-a.Ads, strings.Compare(a.URIA, b.URIA), strings.Compare(a.URIB, b.URIB))
	})
	return rows[:min(most, len(rows))]
}

// Periods returns the periods of a column with dates in their order, without the ads that have none.
func (c *Counter) Periods(column string) []string {
	i := slices.Index(c.o.Columns.names, column)
	if i < 0 {
		return nil
	}
	var all []string
	for value := range c.by[i].ads {
		if text := c.o.Columns.values[i].texts[value]; text != "" {
			all = append(all, text)
		}
	}
	slices.Sort(all)
	return all
}

// Changes compares every skill between two spans of a column's periods: those that the ads show first, by the size of the difference.
func (c *Counter) Changes(column string, earlier, later Span) ([]ChangeRow, error) {
	i := slices.Index(c.o.Columns.names, column)
	if i < 0 {
		return nil, fmt.Errorf("column %q is not counted", column)
	}
	first, firstAds := c.sum(i, earlier)
	second, secondAds := c.sum(i, later)
	for _, s := range []struct {
		span Span
		ads  int
	}{{earlier, firstAds}, {later, secondAds}} {
		if s.ads == 0 {
			return nil, fmt.Errorf("no ad is of the period %s; column %q has %s", s.span, column, strings.Join(c.Periods(column), ", "))
		}
	}
	rows := compare(&c.skills, first, firstAds, second, secondAds)
	slices.SortFunc(rows, func(a, b ChangeRow) int {
		return cmp.Or(compareBool(a.Status == NotShown, b.Status == NotShown), cmp.Compare(abs(b.Difference), abs(a.Difference)), strings.Compare(a.URI, b.URI))
	})
	return rows, nil
}

// sum adds the ads of a span, by skill and in all.
func (c *Counter) sum(column int, span Span) (bySkill map[int32]int, ads int) {
	texts, by := c.o.Columns.values[column].texts, c.by[column]
	bySkill = map[int32]int{}
	for value, n := range by.ads {
		if text := texts[value]; text != "" && span.has(text) {
			ads += n
		}
	}
	for key, n := range by.skills {
		if text := texts[key>>32]; text != "" && span.has(text) {
			bySkill[int32(uint32(key))] += int(n)
		}
	}
	return bySkill, ads
}

func compare(skills *items, first map[int32]int, firstAds int, second map[int32]int, secondAds int) []ChangeRow {
	var rows []ChangeRow
	for s := range skills.uris {
		k1, k2 := first[int32(s)], second[int32(s)]
		if k1 == 0 && k2 == 0 {
			continue
		}
		low, high := newcombe(k1, firstAds, k2, secondAds, deviates(1-confidence))
		rows = append(rows, ChangeRow{skills.uris[s], skills.names[s], k1, share(k1, firstAds), k2, share(k2, secondAds),
			share(k2, secondAds) - share(k1, firstAds), low, high, NotShown})
	}
	z := deviates((1 - confidence) / float64(max(len(rows), 1)))
	for i := range rows {
		r := &rows[i]
		low, high := newcombe(r.EarlierAds, firstAds, r.LaterAds, secondAds, z)
		switch {
		case low <= 0 && high >= 0:
		case r.EarlierAds == 0:
			r.Status = New
		case r.LaterAds == 0:
			r.Status = Vanished
		case low > 0:
			r.Status = Rising
		default:
			r.Status = Falling
		}
	}
	return rows
}

func abs(v float64) float64 { return max(v, -v) }

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

package summary

import "slices"

// Trend is the share of ads over the periods of a column.
type Trend struct {
	Label   string
	Periods []TrendPoint
}

// TrendPoint is one period of a trend.
type TrendPoint struct {
	Period string
	Of     int // ads of the period
	Count
}

// Trends returns the shares of the most frequent skills over the periods of a column.
func (c *Counter) Trends(column string, most int) []Trend {
	i := slices.Index(c.o.Columns.names, column)
	if i < 0 {
		return nil
	}
	texts, by := c.o.Columns.values[i].texts, c.by[i]
	valueOf := map[string]int32{}
	for value := range by.ads {
		valueOf[texts[value]] = value
	}
	var all []Trend
	rows, periods := c.Skills(), c.Periods(column)
	for _, row := range rows[:min(most, len(rows))] {
		skill, trend := c.skills.index[row.URI], Trend{Label: row.Label}
		for _, period := range periods {
			value := valueOf[period]
			of := by.ads[value]
			trend.Periods = append(trend.Periods, TrendPoint{period, of, countOf(int(by.skills[cell(value, skill)]), of)})
		}
		all = append(all, trend)
	}
	return all
}

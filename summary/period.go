package summary

import (
	"fmt"
	"strings"
	"time"
)

// Unit is the length of a period.
type Unit string

// The units. AsIs takes the values of the column as the periods; they are put in order as texts.
const (
	Day     Unit = "day"
	Week    Unit = "week" // ISO 8601, such as 2024-W07
	Month   Unit = "month"
	Quarter Unit = "quarter"
	Year    Unit = "year"
	AsIs    Unit = "as-is"
)

// of returns the period of a date, such as 2024-03 for 2024-03-17. The date is in ISO 8601: a year, a year and a month, a day, or a day
// and a time after a blank or a T.
func (u Unit) of(date string) (string, error) {
	date = strings.TrimSpace(date)
	if u == AsIs {
		return date, nil
	}
	t, precision, err := parseDate(date)
	if err != nil {
		return "", err
	}
	need := map[Unit]Unit{Week: Day, Quarter: Month}[u]
	if need == "" {
		need = u
	}
	if !precision.fine(need) {
		return "", fmt.Errorf("%q does not tell the %s", date, u)
	}
	switch u {
	case Day:
		return t.Format(time.DateOnly), nil
	case Week:
		year, week := t.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week), nil
	case Month:
		return t.Format("2006-01"), nil
	case Quarter:
		return fmt.Sprintf("%04d-Q%d", t.Year(), (t.Month()+2)/3), nil
	}
	return t.Format("2006"), nil
}

// fine reports whether a date that tells u tells need too.
func (u Unit) fine(need Unit) bool {
	order := map[Unit]int{Day: 0, Month: 1, Year: 2}
	return order[u] <= order[need]
}

func parseDate(date string) (t time.Time, precision Unit, err error) {
	layouts := []struct {
		layout    string
		precision Unit
	}{{time.DateOnly, Day}, {"2006-01", Month}, {"2006", Year}}
	for _, l := range layouts {
		if t, err := time.Parse(l.layout, date); err == nil {
			return t, l.precision, nil
		}
	}
	if len(date) > len(time.DateOnly) && (date[10] == 'T' || date[10] == ' ') {
		if t, err := time.Parse(time.DateOnly, date[:10]); err == nil {
			return t, Day, nil
		}
	}
	return time.Time{}, "", fmt.Errorf("%.40q is no date such as 2024-03-17", date)
}

// Span is a period, or a range of periods from the first to the last.
type Span struct{ From, To string }

// ParseSpan reads PERIOD or FIRST..LAST.
func ParseSpan(text string) Span {
	if from, to, ranged := strings.Cut(text, ".."); ranged {
		return Span{strings.TrimSpace(from), strings.TrimSpace(to)}
	}
	text = strings.TrimSpace(text)
	return Span{text, text}
}

// String returns the span as ParseSpan reads it.
func (s Span) String() string {
	if s.From == s.To {
		return s.From
	}
	return s.From + ".." + s.To
}

func (s Span) has(period string) bool { return s.From <= period && period <= s.To }

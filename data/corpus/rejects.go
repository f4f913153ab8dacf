package corpus

import (
	"fmt"
	"strings"
)

// maxNamed bounds how many rejected rows are named; all are counted.
const maxNamed = 20

// Rejects counts the rows of a file that were left out, and names the first of them.
type Rejects struct {
	Rows  int      // rows left out
	Named []string // the first 20, each "file:line: why"
}

// Add counts one rejected row.
func (r *Rejects) Add(path string, line int, format string, args ...any) {
	r.Rows++
	if len(r.Named) < maxNamed {
		r.Named = append(r.Named, fmt.Sprintf("%s:%d: %s", path, line, fmt.Sprintf(format, args...)))
	}
}

// String is the count, and the named rows on lines of their own below it.
func (r *Rejects) String() string {
	switch {
	case r == nil || r.Rows == 0:
		return "no rows rejected"
	case r.Rows == 1:
		return "1 row rejected: " + strings.Join(r.Named, "")
	}
	lines := append([]string{fmt.Sprintf("%d rows rejected", r.Rows)}, r.Named...)
	if more := r.Rows - len(r.Named); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(lines, "\n  ")
}

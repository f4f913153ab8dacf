package taxonomy

import (
	"fmt"
	"strings"
)

// maxNamed is the largest number of findings that are named. All are counted.
const maxNamed = 20

// Findings counts what was odd in the files and names the first cases. None of it stops a load.
type Findings struct {
	BlankRows          int      // rows without a value, such as a row of commas: left out
	WithoutLabel       int      // skills without a preferred label: left out
	WithoutID          int      // skills of a list without an identifier: left out
	InactiveSkills     int      // rows whose status is deprecated, obsolete or retired: left out
	OtherConcepts      int      // rows of the skills file that hold another concept type: left out
	DuplicateSkills    int      // rows that repeat a URI: the first is kept
	MergedRows         int      // rows of a list that repeat a skill with the same label: their labels and groups are added to the skill
	DuplicateLabels    int      // skills that repeat a preferred label: kept, ByPreferredLabel finds the first
	ConflictingGroups  int      // hierarchy rows that give a known node another label or code: the first is kept
	DuplicateRelations int      // broader rows that repeat a pair: counted once
	SelfRelations      int      // broader rows from a concept to itself: left out
	UnknownConcepts    int      // concepts that only the broader file names: no skill and no group, but chains pass through them
	CyclicConcepts     int      // concepts on a cycle of broader relations or between two such cycles: each reaches what any of them reaches
	WithoutLevel2      int      // skills that reach no group of the level that hierarchical pairing draws from (Level 2 in ESCO)
	Named              []string // the first 20, each "file:line: why"
}

// Clean reports whether nothing was odd.
func (r Findings) Clean() bool { return r.total() == 0 }

func (r Findings) total() int {
	n := 0
	for _, c := range r.counts() {
		n += c.count
	}
	return n
}

// leftOut counts the rows of the skills file that became no skill, and blank rows.
func (r Findings) leftOut() int {
	return r.BlankRows + r.WithoutLabel + r.WithoutID + r.InactiveSkills + r.OtherConcepts + r.DuplicateSkills
}

type counted struct {
	what  string
	count int
}

func (r Findings) counts() []counted {
	return []counted{
		{"blank rows left out", r.BlankRows},
		{"skills without a label left out", r.WithoutLabel},
		{"skills without an identifier left out", r.WithoutID},
		{"inactive skills left out", r.InactiveSkills},
		{"rows of other concept types left out", r.OtherConcepts},
		{"repeated skill URIs left out", r.DuplicateSkills},
		{"rows merged with an earlier row of the same skill", r.MergedRows},
		{"repeated preferred labels", r.DuplicateLabels},
		{"conflicting hierarchy rows", r.ConflictingGroups},
		{"repeated broader relations", r.DuplicateRelations},
		{"relations of a concept to itself left out", r.SelfRelations},
		{"concepts that only the broader file names", r.UnknownConcepts},
		{"concepts on a cycle", r.CyclicConcepts},
		{"skills outside the groups that pair them", r.WithoutLevel2},
	}
}

// String is one line with the counts that are not zero, "nothing odd" when all are.
func (r Findings) String() string {
	var parts []string
	for _, c := range r.counts() {
		if c.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.count, c.what))
		}
	}
	if len(parts) == 0 {
		return "nothing odd"
	}
	return strings.Join(parts, ", ")
}

// note counts one oddity and names it while there is room.
func (r *Findings) note(counter *int, format string, args ...any) {
	*counter++
	if len(r.Named) < maxNamed {
		r.Named = append(r.Named, fmt.Sprintf(format, args...))
	}
}

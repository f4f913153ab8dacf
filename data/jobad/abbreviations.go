package jobad

import "strings"

// neverLast are abbreviations that something always follows: their point ends no sentence. Without the last point, in lower case.
var neverLast = setOf("e.g i.e eg ie mr mrs ms dr prof sr jr vs approx incl excl esp resp cf viz st mt gen rep gov hon rev fr " +
	"ca appr asst assoc mgr")

// beforeNumber are abbreviations only in front of a number: "No. 5", "Jan. 3".
var beforeNumber = setOf("no nr nos sec art fig figs vol ch chap para p pp tel ext min max jan feb mar apr jun jul aug sep sept oct nov dec")

// maybeLast are abbreviations that can end a sentence as well: then a word that usually begins one follows.
var maybeLast = setOf("inc ltd corp co llc llp plc gmbh bros dept dept univ etc a.m p.m am pm yrs yr hrs hr mos mo wk wks exp req reqs " +
	"bsc msc phd mba ba ma bs ms b.tech m.tech b.eng m.eng b.com m.com ave blvd rd intl natl int'l est max min temp perm eng mfg mgmt tech equiv qual dist sched")

// starters are words that begin a sentence in a job ad, and in capitals rarely stand inside one.
var starters = setOf("a additionally all although an any applicants apply as at because benefits both by candidate candidates contact " +
	"do does each ensure every excellent experience experienced familiarity for from fluent good have he her his how however i if in " +
	"interested it its join knowledge looking may minimum must no on once our please preferred proven qualifications reporting required " +
	"requirements responsibilities responsible send she should since skills some strong successful that the their there these they this " +
	"those though to understanding we what when where whether while who why will with work working would you your")

// fileSuffixes end names with a point inside that are no abbreviations, although their parts are short: "ASP.NET".
var fileSuffixes = setOf("net js io com org ai co de cn eu uk ts py css html")

func setOf(words string) map[string]bool {
	set := make(map[string]bool)
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// abbreviation says what the point after a word can be.
type abbreviation int

const (
	notAbbreviated abbreviation = iota
	endsSometimes               // ends a sentence only before a word that begins one
	endsBeforeNone              // ends a sentence unless a number follows
	endsNever
)

// classify looks a word up, without its last point.
func classify(word string) abbreviation {
	lower := strings.ToLower(word)
	switch {
	case neverLast[lower]:
		return endsNever
	case maybeLast[lower]:
		return endsSometimes
	case beforeNumber[lower]:
		return endsBeforeNone
	case dotted(lower):
		return endsSometimes
	}
	return notAbbreviated
}

// dotted reports initials and degrees: one letter, or parts of one to three letters with points between them (J, U.S, Ph.D, B.Sc).
func dotted(word string) bool {
	parts := strings.Split(word, ".")
	for _, part := range parts {
		if part == "" || len(part) > 3 || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
	}
	if len(parts) == 1 {
		return len(word) == 1
	}
	return !fileSuffixes[parts[len(parts)-1]]
}

// endsInAbbreviation reports whether a text ends in an abbreviation and its point.
func endsInAbbreviation(text string) bool {
	text = strings.TrimRightFunc(text, closer)
	if !strings.HasSuffix(text, ".") {
		return false
	}
	switch classify(wordBefore(text, len(text)-1)) {
	case endsNever, endsSometimes:
		return true
	}
	return false
}

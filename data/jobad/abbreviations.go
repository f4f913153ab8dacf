package jobad

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// neverLast are abbreviations that something always follows: their point ends no sentence. Without the last
// point, in lower case.
var neverLast = setOf("e.g i.e eg ie mr mrs ms dr prof sr jr vs approx incl excl esp resp cf viz st mt gen rep gov hon rev fr " +
	"ca appr asst assoc mgr " + neverLastElsewhere)

// neverLastElsewhere are those of German, French, Spanish, Italian and Dutch.
const neverLastElsewhere = "bzw ggf ggfs inkl exkl zzgl evtl sog vgl abgeschl insb insbes mind hr hrn dipl z.b d.h mio mrd tsd kl abt gem lt bspw med rer phil jur " +
	"p.ex p.ej p.es env mme mlle mm c.-à-d sra sras sres srta dra d.ª dª dña uds pág págs av avda aprox ej depto dpto sig sig.ra dott dott.ssa " +
	"prof.ssa avv geom ing rag arch cfr pag " +
	"bijv bv evt dhr mevr mw drs m.b.t d.m.v t.b.v i.c.m m.u.v"

// neverLastPairs are written with a space inside.
var neverLastPairs = map[string]bool{"z. b": true, "d. h": true, "v. a": true, "p. ex": true, "p. ej": true, "p. es": true, "i. d": true, "d. r": true,
	"u. a": true, "z. t": true, "o. g": true, "s. o": true, "i. v": true, "i. a": true, "m. w": true}

// months follow an ordinal number in German.
var months = setOf("januar februar märz april mai juni juli august september oktober november dezember jan feb mrz apr jun jul aug sep sept okt nov dez")

// beforeOrdinal are words of German that an ordinal number follows.
var beforeOrdinal = setOf("am zum vom im der die das den dem des zur beim ab bis jeden jeder jede jedes")

// letterLabels are words that a letter follows, which then is a name and no abbreviation: "permis C."
var letterLabels = setOf("permis classe catégorie klasse kl führerschein führerscheinklasse categoría carnet patente categoria rijbewijs niveau level typ type grade plan")

// beforeNumber are abbreviations only in front of a number: "No. 5", "Jan. 3".
var beforeNumber = setOf("no nr nos sec art fig figs vol ch chap para p pp tel tél tlf ext min max réf ref núm n.º n.ª janv fév févr avr juil déc str mín máx jan feb mar apr jun jul aug sep sept oct nov dec")

// maybeLast are abbreviations that can end a sentence as well: then a word that usually begins one follows.
var maybeLast = setOf("inc ltd corp co llc llp plc gmbh bros dept dept univ etc a.m p.m am pm yrs yr hrs hr mos mo wk wks exp req reqs " +
	"bsc msc phd mba ba ma bs ms b.tech m.tech b.eng m.eng b.com m.com ave blvd rd intl natl int'l est max min temp perm eng mfg mgmt tech equiv qual dist sched usw o.ä u.ä enz ecc cie std stk s.a s.l r.l")

// starters are words that begin a sentence in a job ad, and in capitals rarely occur inside one.
var starters = setOf("a additionally all although an any applicants apply as at because benefits both by candidate candidates contact " +
	"do does each ensure every excellent experience experienced familiarity for from fluent good have he her his how however i if in " +
	"interested it its join knowledge looking may minimum must no on once our please preferred proven qualifications reporting required " +
	"requirements responsibilities responsible send she should since skills some strong successful that the their there these they this " +
	"those though to understanding we what when where whether while who why will with work working would you your " +
	"bewerbung bewerben bitte das dein deine der die dies diese du ein eine einen erfahrung es für gute haben hier ich ihr ihre kenntnisse " +
	"nach sehr sie unser unsere unter vergütung voraussetzung wir zu zum zur nous notre nos poste pour une vos votre vous " +
	"buscamos con experiencia nosotros ofrecemos para requisitos se usted cerchiamo esperienza offriamo per requisiti " +
	"een het je jij jouw onze voor wij")

// fileSuffixes end names with a point inside that are no abbreviations, although their parts are short:
// "ASP.NET".
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
	case neverLast[lower], strings.HasPrefix(lower, "dipl.-"):
		return endsNever
	case maybeLast[lower]:
		return endsSometimes
	case beforeNumber[lower], strings.HasSuffix(lower, "str"):
		return endsBeforeNone
	case dotted(lower):
		return endsSometimes
	}
	return notAbbreviated
}

// dotted reports initials and degrees: one letter, or parts of one to three letters with points between them
// (J, U.S, Ph.D, B.Sc).
func dotted(word string) bool {
	parts := strings.Split(word, ".")
	for _, part := range parts {
		if part == "" || utf8.RuneCountInString(part) > 3 || strings.ContainsFunc(part, func(r rune) bool { return !unicode.IsLower(r) || cjk(r) }) {
			return false
		}
	}
	if len(parts) == 1 {
		return utf8.RuneCountInString(word) == 1
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

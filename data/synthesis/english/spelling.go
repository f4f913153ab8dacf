package english

import (
	"strings"
	"unicode"
)

// keepsIse are words whose -ise belongs to the stem. American spelling keeps it.
var keepsIse = wordSet(`advise advertise apprise arise comprise compromise concise demise devise disguise enterprise excise
	exercise expertise franchise guise improvise incise likewise merchandise otherwise paradise praise precise premise
	promise raise revise rise supervise surprise televise treatise wise bruise cruise noise poise raise appraise disease
	chemise mayonnaise clockwise anise porpoise tortoise braise malaise polonaise fraise`)

// american holds the American spellings of words, by British form in lower case.
var american = map[string]string{
	"colour": "color", "colours": "colors", "behaviour": "behavior", "behaviours": "behaviors", "labour": "labor",
	"centre": "center", "centres": "centers", "programme": "program", "programmes": "programs", "metre": "meter",
	"fibre": "fiber", "fibres": "fibers", "theatre": "theater", "litre": "liter", "catalogue": "catalog", "dialogue": "dialog",
	"licence": "license", "licences": "licenses", "defence": "defense", "tyre": "tire", "tyres": "tires", "grey": "gray",
	"modelling": "modeling", "travelling": "traveling", "labelling": "labeling", "counselling": "counseling",
	"jewellery": "jewelry", "aluminium": "aluminum", "humour": "humor", "neighbour": "neighbor", "favour": "favor",
	"flavour": "flavor", "harbour": "harbor", "odour": "odor", "fulfil": "fulfill", "enrol": "enroll", "skilful": "skillful",
	"ageing": "aging", "aeroplane": "airplane", "mould": "mold", "moulds": "molds", "plough": "plow", "cheque": "check",
	"paediatric": "pediatric", "anaesthesia": "anesthesia", "haematology": "hematology", "orthopaedic": "orthopedic",
	"analyse": "analyze", "analyses": "analyzes", "analysing": "analyzing", "catalyse": "catalyze", "draught": "draft",
	"storey": "story", "practise": "practice", "practising": "practicing", "signalling": "signaling", "cancelled": "canceled",
}

// American changes a text's British spellings to American ones, word by word. A capital at the start of a word
// stays.
func American(text string) string {
	return mapWords(text, func(word string) string {
		if to, ok := american[word]; ok {
			return to
		}
		for _, ending := range [...]string{"ise", "ised", "ises", "ising", "isation", "isations", "iser", "isers"} {
			stem, ok := strings.CutSuffix(word, ending)
			if !ok || len(stem) < 3 {
				continue
			}
			if keepsIse[stem+"ise"] || ending == "ising" && len(stem) < 4 || strings.HasSuffix(stem, "vert") {
				return word
			}
			return stem + "iz" + ending[2:]
		}
		return word
	})
}

// mapWords replaces each run of letters by the result of change for its lower-case form. Words with a capital
// after the first letter are names or acronyms and stay unchanged.
func mapWords(text string, change func(lower string) string) string {
	var b strings.Builder
	b.Grow(len(text) + 8)
	start := -1
	flush := func(end int) {
		word := text[start:end]
		lower := strings.ToLower(word)
		to := change(lower)
		switch {
		case to == lower || word[1:] != lower[1:]:
			b.WriteString(word)
		case word == lower:
			b.WriteString(to)
		default:
			b.WriteString(UpperFirst(to))
		}
		start = -1
	}
	for i, r := range text {
		if r < 0x80 && unicode.IsLetter(r) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			flush(i)
		}
		b.WriteRune(r)
	}
	if start >= 0 {
		flush(len(text))
	}
	return b.String()
}

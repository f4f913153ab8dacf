package english

import (
	"strings"

	"skillspace/data/synthesis/template"
)

// placeholders are the blanks of masked ads, each with the rule that writes an invented name instead.
var placeholders = [...][2]string{
	{"<ORGANIZATION>", "a_organization"}, {"<LOCATION>", "a_location"}, {"<NAME>", "a_name"},
	{"<CONTACT>", "a_contact"}, {"<ADDRESS>", "a_address"}, {"<PROFESSION>", "a_profession"},
}

// surface gives an expansion its final form. It sets names for some placeholders, articles, case and spacing
// before punctuation. Like ads scraped from the web, some sentences lose commas and full stops.
func (w *Writer) surface(text string) (string, error) {
	if strings.Contains(text, "<") && w.chance(45) {
		for _, p := range placeholders {
			for strings.Contains(text, p[0]) {
				x, err := w.grammar.Expand(w.rng, p[1], template.NoSlots)
				if err != nil {
					return "", err
				}
				text = strings.Replace(text, p[0], x.Text, 1)
			}
		}
	}
	if w.chance(35) {
		text = American(text)
	}
	words := articles(strings.Fields(text))
	text = tight(strings.Join(words, " "))
	if w.chance(82) {
		text = upperFirstLetter(text)
	}
	text = w.fullStop(text)
	if w.chance(48) {
		text = tokenised(text)
	}
	if w.chance(42) {
		text = strings.Join(strings.Fields(strings.NewReplacer(" , ", " ", ", ", " ").Replace(text)), " ")
	}
	switch pick := w.rng.IntN(100); {
	case pick < 5:
		text = lowerKeepingPlaceholders(text)
	case pick < 6 && len(text) < 60:
		text = strings.ToUpper(text)
	}
	return text, nil
}

// articles writes "a" or "an" to suit the next word.
func articles(words []string) []string {
	for i, word := range words[:max(0, len(words)-1)] {
		switch word {
		case "a", "an":
			words[i] = Article(words[i+1])
		case "A", "An":
			words[i] = UpperFirst(Article(words[i+1]))
		}
	}
	return words
}

// tightReplacer removes the spaces before closing punctuation and inside brackets.
var tightReplacer = strings.NewReplacer(" 'll", "'ll", " ,", ",", " .", ".", " ;", ";", " :", ":", " ?", "?", " !", "!", "( ", "(", " )", ")")

func tight(text string) string {
	text = tightReplacer.Replace(text)
	return strings.NewReplacer(",,", ",", ",.", ".", ";.", ".", ":,", ":", ",;", ";", "?.", "?", "..", ".", ":.", ":").Replace(text)
}

// tokenised puts a space before punctuation, as in tokenised corpora.
func tokenised(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 8)
	for i := range len(text) {
		c := text[i]
		ends := i+1 == len(text) || text[i+1] == ' '
		switch {
		case strings.IndexByte(",.;:?!)", c) >= 0 && ends && i > 0 && text[i-1] != ' ' && !abbreviated(text[:i]):
			b.WriteByte(' ')
			b.WriteByte(c)
		case c == '(' && i+1 < len(text):
			b.WriteString("( ")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// abbreviated reports whether a full stop after this text belongs to an abbreviation ("e.g.").
func abbreviated(text string) bool {
	last := strings.ToLower(lastWord(text))
	return strings.Contains(last, ".") || last == "etc" || last == "incl" || last == "min" || last == "approx"
}

// fullStop adds a full stop to most whole sentences and to few fragments.
func (w *Writer) fullStop(text string) string {
	if text == "" || strings.ContainsRune(".?!:>", rune(text[len(text)-1])) {
		return text
	}
	share := 24
	if strings.Contains(text, "ou ") || strings.Contains(text, "We ") || strings.Contains(text, " is ") || strings.Contains(text, " are ") {
		share = 76
	}
	if w.chance(share) {
		return text + "."
	}
	return text
}

// upperFirstLetter puts the first letter after bullets and numbers into upper case.
func upperFirstLetter(text string) string {
	i := 0
	for i < len(text) && strings.IndexByte(" *-+>.)(1234567890", text[i]) >= 0 {
		i++
	}
	for _, bullet := range []string{"• ", "– ", "· ", "o "} {
		if strings.HasPrefix(text[i:], bullet) {
			i += len(bullet)
		}
	}
	word, _, _ := strings.Cut(text[i:], " ")
	if word != strings.ToLower(word) { // "iOS" and "<LOCATION>" stay
		return text
	}
	return text[:i] + UpperFirst(text[i:])
}

func lowerKeepingPlaceholders(text string) string {
	words := strings.Split(text, " ")
	for i, word := range words {
		if !strings.Contains(word, "<") {
			words[i] = strings.ToLower(word)
		}
	}
	return strings.Join(words, " ")
}

// abbreviations holds terms that ads abbreviate, and "ICT", which ads hardly use.
var abbreviations = strings.NewReplacer(
	"ICT ", "IT ", "information and communications technology", "IT", "information technology", "IT",
	"user interface", "UI", "user experience", "UX", "quality assurance", "QA", "quality control", "QC",
	"human resources", "HR", "human resource management", "HRM", "key performance indicators", "KPIs",
	"machine learning", "ML", "artificial intelligence", "AI", "research and development", "R&D",
	"public relations", "PR", "search engine optimisation", "SEO", "customer relationship management", "CRM",
	"enterprise resource planning", "ERP", "object-oriented", "OO", "health and safety", "H&S",
	"computer-aided design", "CAD", "standard operating procedures", "SOPs", "personal protective equipment", "PPE",
	"product life-cycle", "PLC", "business intelligence", "BI", "proof of concept", "PoC", "good manufacturing practices", "GMP",
	"natural language processing", "NLP", "return on investment", "ROI", "service level agreements", "SLAs",
	"general ledger", "GL", "non-governmental organisations", "NGOs", "small and medium enterprises", "SMEs",
	"point of sale", "POS", "global positioning system", "GPS", "intellectual property", "IP", "supply chain management", "SCM",
	"software development life cycle", "SDLC", "user acceptance testing", "UAT", "extract, transform and load", "ETL",
)

// plainWords holds everyday words for the ontology's formal ones.
var plainWords = strings.NewReplacer(
	"utilise ", "use ", "utilising ", "using ", "healthcare users", "patients", "healthcare user", "patient",
	"social service users", "clients", "service users", "clients", "individuals", "people", "endeavour", "try",
	"in the field of", "in", "a wide range of", "various", "a variety of", "various", "in accordance with", "in line with",
	"pieces of equipment", "equipment", "in order to", "to", "superiors", "managers", "enterprise", "company",
)

// reword varies a mention of a skill with abbreviations and plainer words.
func (w *Writer) reword(text string) string {
	if w.chance(45) {
		text = abbreviations.Replace(text)
	}
	if w.chance(45) {
		text = plainWords.Replace(text)
	}
	return text
}

package synthesis

import "strings"

// Terms that ads abbreviate, and "ICT", which they hardly ever write.
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

// Everyday words for the ontology's formal ones.
var plainWords = strings.NewReplacer(
	"utilise ", "use ", "utilising ", "using ", "healthcare users", "patients", "healthcare user", "patient",
	"social service users", "clients", "service users", "clients", "individuals", "people", "endeavour", "try",
	"in the field of", "in", "a wide range of", "various", "a variety of", "various", "in accordance with", "in line with",
	"pieces of equipment", "equipment", "in order to", "to", "superiors", "managers", "enterprise", "company",
)

// reword lets a mention of a skill vary: abbreviations and plainer words.
func (w *templateWriter) reword(text string) string {
	if w.chance(45) {
		text = abbreviations.Replace(text)
	}
	if w.chance(45) {
		text = plainWords.Replace(text)
	}
	return text
}

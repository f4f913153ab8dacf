package english

import "strings"

// nominals holds the nouns of the actions in job ads ("the management of budgets" for "manage budgets").
var nominals = func() map[string]string {
	table := make(map[string]string)
	for line := range strings.FieldsSeq(`
		administer:administration analyse:analysis analyze:analysis apply:application assess:assessment assemble:assembly
		calibrate:calibration calculate:calculation classify:classification clean:cleaning collect:collection
		communicate:communication compile:compilation configure:configuration construct:construction
		control:control coordinate:coordination create:creation decorate:decoration deliver:delivery demonstrate:demonstration
		design:design detect:detection develop:development diagnose:diagnosis disinfect:disinfection distribute:distribution
		document:documentation draft:drafting edit:editing enforce:enforcement estimate:estimation evaluate:evaluation
		examine:examination execute:execution fabricate:fabrication formulate:formulation handle:handling identify:identification
		implement:implementation inspect:inspection install:installation integrate:integration interpret:interpretation
		investigate:investigation maintain:maintenance manage:management manufacture:manufacture measure:measurement
		moderate:moderation monitor:monitoring negotiate:negotiation operate:operation optimise:optimisation
		organise:organisation oversee:oversight plan:planning prepare:preparation present:presentation preserve:preservation
		prevent:prevention process:processing procure:procurement produce:production promote:promotion protect:protection
		provide:provision purchase:purchase recruit:recruitment regulate:regulation remove:removal repair:repair
		replace:replacement restore:restoration review:review schedule:scheduling select:selection sell:sale store:storage
		supervise:supervision test:testing train:training transcribe:transcription translate:translation transport:transport
		treat:treatment validate:validation verify:verification conduct:conduct perform:performance promote:promotion
		improve:improvement research:research forecast:forecasting track:tracking allocate:allocation approve:approval
		audit:auditing automate:automation breed:breeding supply:supply record:recording model:modelling programme:programming`) {
		verb, noun, _ := strings.Cut(line, ":")
		table[verb] = noun
	}
	delete(table, "conduct")     // ads do not write "the conduct of interviews"
	delete(table, "perform")     // ads do not write "the performance of inspections"
	delete(table, "communicate") // the noun needs another preposition
	return table
}()

// Nominal returns the noun of a verb's action ("manage" gives "management").
func Nominal(verb string) (noun string, ok bool) {
	noun, ok = nominals[verb]
	return noun, ok
}

var isNominal = func() map[string]bool {
	set := make(map[string]bool)
	for _, noun := range nominals {
		set[noun] = true
	}
	return set
}()

// IsNominal reports whether a word names an action ("management"). A phrase that ends in such a word is a noun
// phrase.
func IsNominal(word string) bool { return isNominal[word] || strings.HasSuffix(word, "ing") }

// noObject are words that show that the verb before them has no plain object, so that "noun of object" is
// impossible.
var noObject = wordSet(`in on at to for with from by of as into onto over about against up out off down after under
	between among through towards within according that whether how when if be able not and or across along around before
	behind beyond during outside together upon without well safely quickly effectively independently efficiently`)

// SplitObject splits a verb phrase such as "manage musical staff" into the verb and its object. ok is false if
// the verb is coordinated or has no plain object.
func SplitObject(phrase string) (verb, object string, ok bool) {
	verb, object, found := strings.Cut(phrase, " ")
	first, _, _ := strings.Cut(object, " ")
	if !found || !IsVerb(verb) || noObject[first] || strings.HasSuffix(first, "ly") || strings.HasSuffix(verb, ",") {
		return "", "", false
	}
	return verb, object, true
}

package taxonomy

import (
	"fmt"
	"slices"
	"strings"
)

// The files of ESCO's occupation pillar begin with these.
const (
	occupationsStem      = "occupations"
	iscoStem             = "ISCOGroups"
	occupationSkillsStem = "occupationSkillRelations"
)

// Columns that the files must have.
var (
	occupationColumns      = []string{"conceptUri", "iscoGroup", "preferredLabel", "altLabels", "description"}
	iscoColumns            = []string{"conceptUri", "code", "preferredLabel"}
	occupationSkillColumns = []string{"occupationUri", "relationType", "skillUri"}
)

// Occupation is a concept of ESCO's occupation pillar.
type Occupation struct {
	URI            string
	PreferredLabel string
	AltLabels      []string // without repetitions and without the preferred label
	Description    string
	Code           string // such as 2654.1.7; "" in versions without codes
	ISCO           int    // index of its group in Groups, or -1
	Essential      []int  // indices of the skills that the occupation needs, ascending
	Optional       []int  // indices of the skills that it may need, ascending
}

// ISCOGroup is a group of the International Standard Classification of Occupations. Codes have 1 to 4 digits, and a code without its
// last digit is that of the group above.
type ISCOGroup struct {
	URI         string
	Label       string
	Code        string
	Description string
	Parent      int // index of the group above, or -1
}

// OccupationFindings counts what was odd in the files of the occupations. None of it stops a load.
type OccupationFindings struct {
	BlankRows     int      // rows without a value: left out
	WithoutLabel  int      // occupations and groups without a preferred label: left out
	Inactive      int      // rows whose status is deprecated, obsolete or retired: left out
	Duplicates    int      // rows that repeat a URI or a relation: the first is kept
	UnknownGroups int      // occupations whose ISCO group is not in the file: kept, without a group
	UnknownEnds   int      // relations whose occupation or skill is not there: left out
	Named         []string // the first 20, each "file:line: why"
}

// Occupations holds ESCO's occupations, their groups and the skills that they need. It does not change after it is loaded.
type Occupations struct {
	occupations []Occupation
	groups      []ISCOGroup
	byURI       map[string]int
	byCode      map[string]int // ISCO group
	findings    OccupationFindings
}

// Occupations returns all occupations in file order. The slice must not be changed.
func (o *Occupations) Occupations() []Occupation { return o.occupations }

// Groups returns the ISCO groups in file order. The slice must not be changed.
func (o *Occupations) Groups() []ISCOGroup { return o.groups }

// Index returns the index of the occupation with this URI.
func (o *Occupations) Index(uri string) (int, bool) {
	i, ok := o.byURI[uri]
	return i, ok
}

// Findings says what was odd in the files.
func (o *Occupations) Findings() OccupationFindings { return o.findings }

// LoadOccupations reads occupations_LANGUAGE.csv, ISCOGroups_LANGUAGE.csv and occupationSkillRelations.csv from a folder or ZIP archive
// as Load does. The skills are those of the taxonomy, which must be of the same version. All three files are needed. Errors name the
// file and, where they concern a row, the line. No relation that finds both of its ends is an error.
func LoadOccupations(path, language string, tax *Taxonomy) (*Occupations, error) {
	s, err := openSource(path)
	if err != nil {
		return nil, err
	}
	defer s.close()
	o := &Occupations{byURI: map[string]int{}, byCode: map[string]int{}}
	for _, file := range []struct {
		stem    string
		strict  bool
		columns []string
		add     func(*table) error
	}{
		{iscoStem, false, iscoColumns, o.addGroups},
		{occupationsStem, true, occupationColumns, o.addOccupations},
		{occupationSkillsStem, false, occupationSkillColumns, func(table *table) error { return o.addSkills(table, tax) }},
	} {
		name, err := pick(s, file.stem, language, file.strict)
		if err != nil {
			return nil, err
		}
		table, err := readTable(s, name, file.columns...)
		if err != nil {
			return nil, err
		}
		if err := file.add(table); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (o *Occupations) note(counter *int, table *table, r row, format string, args ...any) {
	*counter++
	if len(o.findings.Named) < maxNamed {
		o.findings.Named = append(o.findings.Named, fmt.Sprintf("%s:%d: %s", table.path, r.line, fmt.Sprintf(format, args...)))
	}
}

// usable reports whether a row is a concept with a URI and a label. What is not is noted.
func (o *Occupations) usable(table *table, r row) (bool, error) {
	uri, status := table.get(r, "conceptUri"), table.get(r, "status")
	switch {
	case blank(r):
		o.note(&o.findings.BlankRows, table, r, "a row without a value: left out")
	case uri == "":
		return false, table.errorf(r, "a concept without conceptUri")
	case inactive(status):
		o.note(&o.findings.Inactive, table, r, "%s is %s: left out", uri, status)
	case table.get(r, "preferredLabel") == "":
		o.note(&o.findings.WithoutLabel, table, r, "%s has no preferredLabel: left out", uri)
	default:
		return true, nil
	}
	return false, nil
}

func (o *Occupations) addGroups(table *table) error {
	for _, r := range table.rows {
		ok, err := o.usable(table, r)
		if err != nil {
			return err
		}
		code := table.get(r, "code")
		if !ok {
			continue
		}
		if code == "" {
			return table.errorf(r, "an ISCO group without code")
		}
		if _, twice := o.byCode[code]; twice {
			o.note(&o.findings.Duplicates, table, r, "ISCO group %s again: left out", code)
			continue
		}
		o.byCode[code] = len(o.groups)
		o.groups = append(o.groups, ISCOGroup{URI: table.get(r, "conceptUri"), Label: table.get(r, "preferredLabel"), Code: code,
			Description: table.get(r, "description"), Parent: -1})
	}
	for i := range o.groups {
		if parent, ok := o.byCode[o.groups[i].Code[:len(o.groups[i].Code)-1]]; ok {
			o.groups[i].Parent = parent
		}
	}
	return nil
}

func (o *Occupations) addOccupations(table *table) error {
	divider, err := labelDivider(table)
	if err != nil {
		return err
	}
	for _, r := range table.rows {
		ok, err := o.usable(table, r)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		uri, label, code := table.get(r, "conceptUri"), table.get(r, "preferredLabel"), table.get(r, "iscoGroup")
		if _, twice := o.byURI[uri]; twice {
			o.note(&o.findings.Duplicates, table, r, "%s again: left out", uri)
			continue
		}
		group, known := o.byCode[strings.TrimPrefix(code, "C")]
		if !known {
			group = -1
			o.note(&o.findings.UnknownGroups, table, r, "%s has the ISCO group %q, which is not in the file of groups", uri, code)
		}
		o.byURI[uri] = len(o.occupations)
		o.occupations = append(o.occupations, Occupation{
			URI: uri, PreferredLabel: label, AltLabels: splitLabels(table.get(r, "altLabels"), divider, []string{label}),
			Description: table.get(r, "description"), Code: table.get(r, "code"), ISCO: group,
		})
	}
	if len(o.occupations) == 0 {
		return table.errorf(row{line: 1}, "no occupations in the file")
	}
	return nil
}

func (o *Occupations) addSkills(table *table, tax *Taxonomy) error {
	found := 0
	for _, r := range table.rows {
		if blank(r) {
			o.note(&o.findings.BlankRows, table, r, "a row without a value: left out")
			continue
		}
		uri, skillURI, kind := table.get(r, "occupationUri"), table.get(r, "skillUri"), table.get(r, "relationType")
		occupation, known := o.byURI[uri]
		skill, isSkill := tax.Index(skillURI)
		if !known || !isSkill {
			o.note(&o.findings.UnknownEnds, table, r, "%s and %s are not an occupation and a skill: left out", uri, skillURI)
			continue
		}
		at := &o.occupations[occupation]
		switch {
		case kind != "essential" && kind != "optional":
			return table.errorf(r, "relationType is %q, want essential or optional", kind)
		case slices.Contains(at.Essential, skill) || slices.Contains(at.Optional, skill):
			o.note(&o.findings.Duplicates, table, r, "%s and %s again: left out", uri, skillURI)
			continue
		case kind == "essential":
			at.Essential = append(at.Essential, skill)
		default:
			at.Optional = append(at.Optional, skill)
		}
		found++
	}
	if found == 0 {
		return table.errorf(row{line: 1}, "no relation names an occupation and a skill of this taxonomy; are the files of one version?")
	}
	for i := range o.occupations {
		slices.Sort(o.occupations[i].Essential)
		slices.Sort(o.occupations[i].Optional)
	}
	return nil
}

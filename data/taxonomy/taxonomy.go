// Package taxonomy reads skills, their labels and the groups that they belong to. It reads the skill pillar of ESCO from its official
// CSV files or ZIP archives, and skill lists of one's own from CSV or JSON lines (docs/taxonomy.md). A Taxonomy does not change after
// it is loaded, so goroutines may share it.
package taxonomy

import "fmt"

// Skill is a concept that a sentence can name. Labels are as published, without white space at their ends.
type Skill struct {
	URI            string // or another text that identifies the skill
	PreferredLabel string
	AltLabels      []string // without repetitions and without the preferred label
	HiddenLabels   []string // the same, and without the alternative labels
	Description    string   // the description, or the definition if there is none
	Type           string   // "skill/competence", "knowledge", or "" where ESCO gives none
	ReuseLevel     string   // "transversal", "cross-sector", "sector-specific", "occupation-specific"
}

// Group is a node of the hierarchy above the skills. Level 0 is the top; in ESCO the levels are 0 (four pillars) to 3.
type Group struct {
	URI         string
	Label       string
	Code        string // for example S1.0; ISCED-F groups have none
	Level       int    // from 0
	Description string
}

// Taxonomy holds skills and groups under the indices that every other package uses: positions in Skills and in Groups.
type Taxonomy struct {
	skills []Skill
	groups []Group

	byURI      map[string]int
	byLabel    map[string]int // normalised label, case kept
	byFolded   map[string]int // normalised label in lower case
	groupByURI map[string]int

	broader  [][]int // skill -> direct broader skills
	parent   []int   // group -> group one level up, -1 at Level 0
	members  [][]int // group -> skills below it
	level1   [][]int // skill -> groups of Level 1
	level2   [][]int // skill -> groups of pairingLevel
	findings Findings

	pairingLevel int // the level from whose groups hierarchical pairing draws; 2 in ESCO
}

// Skills returns all skills in file order. The slice belongs to the taxonomy and must not be changed. So do the slices of the methods
// below.
func (t *Taxonomy) Skills() []Skill { return t.skills }

// Groups returns the hierarchy's nodes in file order.
func (t *Taxonomy) Groups() []Group { return t.groups }

// Index returns the index of the skill with this URI.
func (t *Taxonomy) Index(uri string) (int, bool) {
	i, ok := t.byURI[uri]
	return i, ok
}

// GroupIndex returns the index of the hierarchy node with this URI.
func (t *Taxonomy) GroupIndex(uri string) (int, bool) {
	i, ok := t.groupByURI[uri]
	return i, ok
}

// ByPreferredLabel returns the index of the skill with this preferred label. White space at the ends and its amount inside do not
// count. If no label agrees exactly, a label that differs only in case is found. Of skills with equal labels, the first in the file
// is returned.
func (t *Taxonomy) ByPreferredLabel(label string) (int, bool) {
	key := normalise(label)
	if i, ok := t.byLabel[key]; ok {
		return i, true
	}
	i, ok := t.byFolded[fold(key)]
	return i, ok
}

// Level2 returns the groups from which hierarchical pairing draws, those that the skill reaches through any chain of broader concepts,
// ascending. In ESCO they are the groups of Level 2; in a list of one's own, those of the level that PairingLevel returns.
func (t *Taxonomy) Level2(skill int) []int { return t.level2[skill] }

// PairingLevel is the level of the groups that Level2 returns. It is 2, or less in a list with fewer levels.
func (t *Taxonomy) PairingLevel() int { return t.pairingLevel }

// Level1 returns the Level-1 groups that a skill reaches through any chain of broader concepts, ascending.
func (t *Taxonomy) Level1(skill int) []int { return t.level1[skill] }

// Members returns the skills below a group through any chain of broader concepts, ascending.
func (t *Taxonomy) Members(group int) []int { return t.members[group] }

// Broader returns the skills directly above a skill, ascending. Groups above it are not among them.
func (t *Taxonomy) Broader(skill int) []int { return t.broader[skill] }

// Parent returns the group one level above a group, and false at Level 0.
func (t *Taxonomy) Parent(group int) (int, bool) {
	p := t.parent[group]
	return p, p >= 0
}

// Findings says what was odd in the files.
func (t *Taxonomy) Findings() Findings { return t.findings }

// New makes a taxonomy of skills without a hierarchy, such as those stored with an exported model: no groups, no broader skills.
// A missing URI, a missing preferred label and a repeated URI are errors. The skills are not copied.
func New(skills []Skill) (*Taxonomy, error) {
	if len(skills) == 0 {
		return nil, fmt.Errorf("make taxonomy: no skills")
	}
	n := len(skills)
	t := &Taxonomy{
		skills: skills, byURI: make(map[string]int, n), byLabel: make(map[string]int, n), byFolded: make(map[string]int, n),
		groupByURI: map[string]int{}, broader: make([][]int, n), level1: make([][]int, n), level2: make([][]int, n),
	}
	for i, s := range skills {
		if s.URI == "" || s.PreferredLabel == "" {
			return nil, fmt.Errorf("make taxonomy: skill %d (%q, %q) lacks its URI or its preferred label", i, s.URI, s.PreferredLabel)
		}
		if first, twice := t.byURI[s.URI]; twice {
			return nil, fmt.Errorf("make taxonomy: skills %d and %d have the URI %s", first, i, s.URI)
		}
		t.byURI[s.URI] = i
		key := normalise(s.PreferredLabel)
		if _, twice := t.byLabel[key]; !twice {
			t.byLabel[key] = i
		}
		if _, twice := t.byFolded[fold(key)]; !twice {
			t.byFolded[fold(key)] = i
		}
	}
	return t, nil
}

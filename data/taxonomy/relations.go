package taxonomy

import "slices"

// graph is the broader relation over all concepts. Its nodes are the skills (0 to skills-1), then the groups, then the concepts
// that only the broader file names. ESCO 1.1.0 has five of those: digital-competence groups below Level 3, which are not in the
// hierarchy file. They are no skills and no groups, but chains pass through them.
type graph struct {
	skills, groups int
	extra          map[string]int // URI -> node, concepts that no other file names
	extraURIs      []string       // theirs, in the order of their nodes
	broader        [][]int        // node -> nodes directly above it
	narrower       [][]int        // node -> nodes directly below it
}

// relationColumns are required. The types of the concepts are not read, because the URIs identify the concepts.
var relationColumns = []string{"conceptUri", "broaderUri"}

// addRelations adds the relations of broaderRelationsSkillPillar.csv and computes what each skill reaches.
func (t *Taxonomy) addRelations(table *table) error {
	g := t.newGraph()
	seen := make(map[[2]int]bool, len(table.rows))
	for _, r := range t.filled(table) {
		below, above := table.get(r, "conceptUri"), table.get(r, "broaderUri")
		if below == "" || above == "" {
			return table.errorf(r, "a broader relation needs conceptUri and broaderUri")
		}
		if below == above {
			t.findings.note(&t.findings.SelfRelations, "%s:%d: %s is broader than itself: left out", table.path, r.line, below)
			continue
		}
		pair := [2]int{t.node(g, table, r, below), t.node(g, table, r, above)}
		if seen[pair] {
			t.findings.note(&t.findings.DuplicateRelations, "%s:%d: %s below %s again", table.path, r.line, below, above)
			continue
		}
		seen[pair] = true
		if !slices.Contains(g.broader[pair[0]], pair[1]) {
			g.broader[pair[0]] = append(g.broader[pair[0]], pair[1])
		}
	}
	t.connect(g, table.path)
	return nil
}

// newGraph returns the graph of the skills and groups with the relations between the groups. A shortened broader file may lack those.
func (t *Taxonomy) newGraph() *graph {
	g := &graph{skills: len(t.skills), groups: len(t.groups), extra: make(map[string]int)}
	g.broader = make([][]int, g.skills+g.groups)
	for i, parent := range t.parent {
		if parent >= 0 {
			g.broader[g.skills+i] = []int{g.skills + parent}
		}
	}
	return g
}

// connect computes what each skill reaches in a complete graph. The path names the file of the relations in findings.
func (t *Taxonomy) connect(g *graph, path string) {
	g.invert()
	t.noteCycles(g, path)
	t.reach(g)
	if len(t.groups) == 0 {
		return
	}
	for i, above := range t.level2 {
		if len(above) == 0 {
			t.findings.note(&t.findings.WithoutLevel2, "%s: skill %s reaches no Level-%d group", path, t.skills[i].URI, t.pairingLevel)
		}
	}
}

// node returns the graph's node of a concept, a new one for a concept that no other file names.
func (t *Taxonomy) node(g *graph, table *table, r row, uri string) int {
	if i, ok := t.byURI[uri]; ok {
		return i
	}
	if i, ok := t.groupByURI[uri]; ok {
		return g.skills + i
	}
	if n, ok := g.extra[uri]; ok {
		return n
	}
	n := len(g.broader)
	g.extra[uri] = n
	g.extraURIs = append(g.extraURIs, uri)
	g.broader = append(g.broader, nil)
	t.findings.note(&t.findings.UnknownConcepts, "%s:%d: %s is neither a skill nor a group", table.path, r.line, uri)
	return n
}

func (g *graph) invert() {
	g.narrower = make([][]int, len(g.broader))
	for below, nodes := range g.broader {
		for _, above := range nodes {
			g.narrower[above] = append(g.narrower[above], below)
		}
	}
}

// reach computes members, levels and direct broader skills. It walks down from each group. There are few groups, so the time stays
// linear in the number of relations, however long the chains are. A walk stops at a node that it has seen, so cycles end.
func (t *Taxonomy) reach(g *graph) {
	t.members = make([][]int, g.groups)
	t.level1 = make([][]int, g.skills)
	t.level2 = make([][]int, g.skills)
	t.broader = make([][]int, g.skills)
	for skill := range t.broader {
		for _, above := range g.broader[skill] {
			if above < g.skills {
				t.broader[skill] = append(t.broader[skill], above)
			}
		}
		slices.Sort(t.broader[skill])
	}
	mark := make([]int, len(g.broader)) // group+1 of the last walk that saw the node
	var stack []int
	for group := range t.groups {
		stack = append(stack[:0], g.skills+group)
		mark[g.skills+group] = group + 1
		for len(stack) > 0 {
			node := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if node < g.skills {
				t.members[group] = append(t.members[group], node)
			}
			for _, below := range g.narrower[node] {
				if mark[below] != group+1 {
					mark[below] = group + 1
					stack = append(stack, below)
				}
			}
		}
		slices.Sort(t.members[group])
		for _, skill := range t.members[group] {
			if t.groups[group].Level == 1 {
				t.level1[skill] = append(t.level1[skill], group)
			}
			if t.groups[group].Level == t.pairingLevel {
				t.level2[skill] = append(t.level2[skill], group)
			}
		}
	}
}

// noteCycles counts the concepts on cycles. It removes concepts with nothing above or nothing below until none is left; the rest is
// on a cycle or between two.
func (t *Taxonomy) noteCycles(g *graph, path string) {
	gone := make([]bool, len(g.broader))
	trim := func(up, down [][]int) {
		open := make([]int, len(up)) // how many neighbours on the side "up" are left
		var ready []int
		for node, next := range up {
			for _, n := range next {
				if !gone[n] {
					open[node]++
				}
			}
			if open[node] == 0 && !gone[node] {
				ready = append(ready, node)
			}
		}
		for len(ready) > 0 {
			node := ready[len(ready)-1]
			ready = ready[:len(ready)-1]
			gone[node] = true
			for _, n := range down[node] {
				if open[n]--; open[n] == 0 && !gone[n] {
					ready = append(ready, n)
				}
			}
		}
	}
	trim(g.broader, g.narrower)
	trim(g.narrower, g.broader)
	for node, out := range gone {
		if !out {
			t.findings.note(&t.findings.CyclicConcepts, "%s: %s is on a cycle of broader relations", path, t.uri(g, node))
		}
	}
}

func (t *Taxonomy) uri(g *graph, node int) string {
	switch {
	case node < g.skills:
		return t.skills[node].URI
	case node < g.skills+g.groups:
		return t.groups[node-g.skills].URI
	}
	return g.extraURIs[node-g.skills-g.groups]
}

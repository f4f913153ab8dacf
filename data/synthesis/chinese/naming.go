package chinese

import (
	"strings"
	"unicode/utf8"

	"skillspace/data/synthesis/template"
	"skillspace/data/taxonomy"
)

// Bounds in characters of a description's clause that names the skill.
const (
	shortestClause = 5
	longestClause  = 34
)

// longestMention is the largest number of characters of a name, by the number of skills in the sentence.
var longestMention = [...]int{0, 40, 26, 18, 13}

// sourceWeights are the relative frequencies with which each source of a name is tried first.
var sourceWeights = [template.Sources]int{template.FromPreferred: 8, template.FromAlternative: 24, template.FromClause: 60, template.FromConcept: 8, template.FromNominal: 18}

// namer holds every Chinese mention of one skill, by source.
type namer struct {
	by   template.Names
	kind template.Kind
}

func newNamer(s *taxonomy.Skill) *namer {
	n := &namer{kind: kindOf(s)}
	n.label(s.PreferredLabel, template.FromPreferred)
	for _, list := range [][]string{s.AltLabels, s.HiddenLabels} {
		for _, label := range list {
			n.label(label, template.FromAlternative)
		}
	}
	n.clauses(s.Description, s.Type == "knowledge")
	if len(n.by[template.FromPreferred]) == 0 {
		n.by[template.FromPreferred] = []template.Mention{{Text: strings.TrimSpace(s.PreferredLabel), Source: template.FromPreferred, Kind: n.kind}}
	}
	return n
}

func kindOf(s *taxonomy.Skill) template.Kind {
	label := template.PlainText(s.PreferredLabel)
	switch {
	case s.ReuseLevel == "transversal" && s.Type == "knowledge" && (strings.HasSuffix(label, "语") || strings.HasSuffix(label, "文")):
		return template.Language
	case s.ReuseLevel == "transversal":
		return template.Soft
	case !HasHan(label):
		return template.Tool
	}
	return template.Plain
}

// label adds a label. It is a verb phrase, a trait of a person, or a name.
func (n *namer) label(label string, from template.Source) {
	text := WithoutProficiency(withoutBrackets(template.PlainText(label)))
	if n.kind == template.Language {
		text = withoutCommand(text)
	}
	verb := IsVerbPhrase(text)
	n.add(text, verb, n.kind == template.Soft && isTrait(text), from)
	if name, bare, ok := Turned(text); ok && verb {
		from := template.FromNominal
		if bare {
			from = template.FromConcept
		}
		n.add(name, false, false, from)
	}
}

// withoutCommand drops from the label of a language how well it is spoken: 英语流利 becomes 英语.
func withoutCommand(text string) string {
	for _, command := range []string{"流利", "使用者", "六级以上", "四级以上", "听说读写", "B1 及以上", "B2 及以上", "及以上", "母语"} {
		text = strings.TrimSpace(strings.TrimSuffix(text, command))
	}
	return text
}

// isTrait reports whether a personal strength describes a person (一丝不苟) rather than a thing that a person has
// (创新思维).
func isTrait(text string) bool {
	if IsVerbPhrase(text) || utf8.RuneCountInString(text) > 7 {
		return false
	}
	for _, thing := range []string{"思维", "能力", "意识", "精神", "创意", "素养", "心态", "态度", "点子", "技巧", "力", "管理", "工作", "沟通", "合作", "协作"} {
		if strings.HasSuffix(text, thing) {
			return false
		}
	}
	return true
}

func withoutBrackets(text string) string {
	text = template.WithoutBrackets(strings.NewReplacer("（", "(", "）", ")").Replace(text))
	return strings.TrimSpace(text)
}

// clauses adds the parts of the description that say on their own what is done or known.
func (n *namer) clauses(description string, knowledge bool) {
	if n.kind == template.Language {
		return // the clause 口头和书面的英语 occurs for every language
	}
	for i, sentence := range strings.FieldsFunc(template.PlainText(description), func(r rune) bool { return strings.ContainsRune("。；;！!", r) }) {
		sentence = strings.TrimSpace(sentence)
		if i > 0 && strings.ContainsAny(sentence, "其它此") {
			continue // it refers to the sentence before
		}
		for _, example := range []string{"，如", "，例如", "，包括", "，比如"} {
			sentence, _, _ = strings.Cut(sentence, example)
		}
		for utf8.RuneCountInString(sentence) > longestClause {
			at := strings.LastIndex(sentence, "，")
			if at < 0 {
				break
			}
			sentence = sentence[:at]
		}
		size := utf8.RuneCountInString(sentence)
		if size < shortestClause || size > longestClause || strings.ContainsAny(sentence, "：:（(“\"") {
			continue
		}
		switch {
		case knowledge && isDefinition(sentence):
			n.add(sentence, false, false, template.FromClause)
		case IsVerbPhrase(sentence):
			n.add(strings.TrimSuffix(sentence, "等"), true, false, template.FromClause)
		case knowledge && !strings.ContainsAny(sentence, "，是") && size <= 22:
			n.add(strings.TrimSuffix(sentence, "等"), false, false, template.FromClause)
		}
	}
}

// isDefinition reports whether a clause ends in the kind of thing that it defines, for example 保存和查询数据的软件.
func isDefinition(clause string) bool {
	at := strings.LastIndex(clause, "的")
	if at < 0 {
		return false
	}
	switch clause[at+len("的"):] {
	case "语言", "标准语言", "学科", "方法", "规定", "技术", "工具", "软件", "过程", "知识", "标准", "原理", "系统", "框架", "平台", "做法", "法规", "规则", "语言体系", "程序", "设备", "科学", "工作":
		return !strings.Contains(clause, "，")
	}
	return false
}

func (n *namer) add(text string, verb, trait bool, from template.Source) {
	n.by.Add(template.Mention{Text: text, Verb: verb, Trait: trait, Words: utf8.RuneCountInString(text), Source: from, Kind: n.kind})
}

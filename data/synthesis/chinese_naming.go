package synthesis

import (
	"math/rand/v2"
	"strings"
	"unicode/utf8"

	"skillspace/data/synthesis/chinese"
	"skillspace/data/taxonomy"
)

// Bounds of a clause of a description that names its skill, in characters.
const (
	shortestChineseClause = 5
	longestChineseClause  = 34
)

// longestChinese is the most characters a name may have, by the number of skills in the sentence.
var longestChinese = [...]int{0, 40, 26, 18, 13}

// chineseSourceWeights says how often each way of naming is tried first.
var chineseSourceWeights = [sources]int{fromPreferred: 8, fromAlternative: 24, fromClause: 60, fromConcept: 8, fromNominal: 18}

// chineseNamer holds every Chinese mention of one skill, by source.
type chineseNamer struct {
	by   [sources][]mention
	kind kind
}

func newChineseNamer(s *taxonomy.Skill) *chineseNamer {
	n := &chineseNamer{kind: chineseKind(s)}
	n.label(s.PreferredLabel, fromPreferred)
	for _, list := range [][]string{s.AltLabels, s.HiddenLabels} {
		for _, label := range list {
			n.label(label, fromAlternative)
		}
	}
	n.clauses(s.Description, s.Type == "knowledge")
	if len(n.by[fromPreferred]) == 0 {
		n.by[fromPreferred] = []mention{{text: strings.TrimSpace(s.PreferredLabel), source: fromPreferred, kind: n.kind}}
	}
	return n
}

func chineseKind(s *taxonomy.Skill) kind {
	label := plainText(s.PreferredLabel)
	switch {
	case s.ReuseLevel == "transversal" && s.Type == "knowledge" && (strings.HasSuffix(label, "语") || strings.HasSuffix(label, "文")):
		return language
	case s.ReuseLevel == "transversal":
		return soft
	case !chinese.HasHan(label):
		return tool
	}
	return plain
}

// label adds a label: a verb phrase, a trait of a person, or a name.
func (n *chineseNamer) label(label string, from source) {
	text := chinese.WithoutProficiency(withoutChineseBrackets(plainText(label)))
	if n.kind == language {
		text = withoutCommand(text)
	}
	verb := chinese.IsVerbPhrase(text)
	n.add(text, verb, n.kind == soft && isChineseTrait(text), from)
	if name, bare, ok := chinese.Turned(text); ok && verb {
		from := fromNominal
		if bare {
			from = fromConcept
		}
		n.add(name, false, false, from)
	}
}

// withoutCommand leaves of a language's label what is not how well it is spoken: 英语 of 英语流利.
func withoutCommand(text string) string {
	for _, command := range []string{"流利", "使用者", "六级以上", "四级以上", "听说读写", "B1 及以上", "B2 及以上", "及以上", "母语"} {
		text = strings.TrimSpace(strings.TrimSuffix(text, command))
	}
	return text
}

// isChineseTrait tells whether a personal strength is said of a person (一丝不苟) rather than had by one (创新思维).
func isChineseTrait(text string) bool {
	if chinese.IsVerbPhrase(text) || utf8.RuneCountInString(text) > 7 {
		return false
	}
	for _, thing := range []string{"思维", "能力", "意识", "精神", "创意", "素养", "心态", "态度", "点子", "技巧", "力", "管理", "工作", "沟通", "合作", "协作"} {
		if strings.HasSuffix(text, thing) {
			return false
		}
	}
	return true
}

func withoutChineseBrackets(text string) string {
	text = withoutBrackets(strings.NewReplacer("（", "(", "）", ")").Replace(text))
	return strings.TrimSpace(text)
}

// clauses adds those parts of the description that say by themselves what is done or known.
func (n *chineseNamer) clauses(description string, knowledge bool) {
	if n.kind == language {
		return // 口头和书面的英语, as of every other one
	}
	for i, sentence := range strings.FieldsFunc(plainText(description), func(r rune) bool { return strings.ContainsRune("。；;！!", r) }) {
		sentence = strings.TrimSpace(sentence)
		if i > 0 && strings.ContainsAny(sentence, "其它此") {
			continue // it points back at the sentence before
		}
		for _, example := range []string{"，如", "，例如", "，包括", "，比如"} {
			sentence, _, _ = strings.Cut(sentence, example)
		}
		for utf8.RuneCountInString(sentence) > longestChineseClause {
			at := strings.LastIndex(sentence, "，")
			if at < 0 {
				break
			}
			sentence = sentence[:at]
		}
		size := utf8.RuneCountInString(sentence)
		if size < shortestChineseClause || size > longestChineseClause || strings.ContainsAny(sentence, "：:（(“\"") {
			continue
		}
		switch {
		case knowledge && isChineseDefinition(sentence):
			n.add(sentence, false, false, fromClause)
		case chinese.IsVerbPhrase(sentence):
			n.add(strings.TrimSuffix(sentence, "等"), true, false, fromClause)
		case knowledge && !strings.ContainsAny(sentence, "，是") && size <= 22:
			n.add(strings.TrimSuffix(sentence, "等"), false, false, fromClause)
		}
	}
}

// isChineseDefinition tells whether a clause ends in the kind of thing that it defines, whatever it begins with: 保存和查询数据的软件.
func isChineseDefinition(clause string) bool {
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

func (n *chineseNamer) add(text string, verb, trait bool, from source) {
	if text == "" {
		return
	}
	for _, old := range n.by[from] {
		if old.text == text {
			return
		}
	}
	n.by[from] = append(n.by[from], mention{text: text, verb: verb, trait: trait, words: utf8.RuneCountInString(text), source: from, kind: n.kind})
}

// pick draws a mention that suits, or false when none does.
func (n *chineseNamer) pick(rng *rand.Rand, suits func(*mention) bool) (mention, bool) {
	var fits [sources][]int
	total := 0
	for from, weight := range chineseSourceWeights {
		for i := range n.by[from] {
			if suits(&n.by[from][i]) {
				fits[from] = append(fits[from], i)
			}
		}
		if len(fits[from]) > 0 {
			total += weight
		}
	}
	if total == 0 {
		return mention{}, false
	}
	at := rng.IntN(total)
	for from, weight := range chineseSourceWeights {
		if len(fits[from]) == 0 {
			continue
		}
		if at -= weight; at < 0 {
			return n.by[from][fits[from][rng.IntN(len(fits[from]))]], true
		}
	}
	return mention{}, false
}

package chinese

import (
	"strings"
	"testing"
	"unicode"

	"skillspace/data/synthesis/template"
	"skillspace/data/taxonomy"
)

func TestVerbPhrases(t *testing.T) {
	for phrase, want := range map[string]bool{
		"管理课堂": true, "使用 CAD 软件": true, "为顾客点餐": true, "与供应商谈判": true, "用熨斗压平衣物": true,
		"数据分析": false, "管理": false, "设计师": false, "分析方法": false, "平面设计": false, "Java 编程": false, "英语": false, "": false, "用户": false,
	} {
		if got := IsVerbPhrase(phrase); got != want {
			t.Errorf("%s: %v", phrase, got)
		}
	}
	for phrase, want := range map[string]string{"精通 Excel": "Excel", "熟练使用办公软件": "办公软件", "精通": "精通", "数据分析": "数据分析"} {
		if got := WithoutProficiency(phrase); got != want {
			t.Errorf("%s: %s", phrase, got)
		}
	}
	for phrase, want := range map[string]string{"编制财务报表": "财务报表编制", "进行代码审查": "代码审查", "使用 CAD 软件": "CAD 软件", "保持冷静": "", "数据分析": "", "清点并记录货物": ""} {
		if got, bare, ok := Turned(phrase); got != want || ok != (want != "") || bare && !strings.HasSuffix(phrase, got) {
			t.Errorf("%s: %q, %v, %v", phrase, got, bare, ok)
		}
	}
	if HasHan("SQL") || !HasHan("SQL 编程") {
		t.Error("HasHan")
	}
}

func TestSpacing(t *testing.T) {
	for text, want := range map[string]string{
		" 熟悉 Java 编程 ，； 了解 SQL。": "熟悉Java编程；了解SQL。", "会 Spring Boot": "会Spring Boot", "好。，": "好。", "a  b": "a b", "": "",
	} {
		if got := Tight(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := Spaced("熟悉Java编程，3年C++经验"); got != "熟悉 Java 编程，3 年 C++经验" {
		t.Errorf("%q", got)
	}
	if got := Halfwidth("（一）熟悉；了解。"); got != "(一)熟悉;了解." {
		t.Errorf("%q", got)
	}
	for text, want := range map[string]int{"熟悉 Spring Boot 开发。": 6, "": 0, "，。": 0, "C++": 1} {
		if got := Length(text); got != want {
			t.Errorf("%q has length %d, want %d", text, got, want)
		}
	}
}

func TestEveryRuleOfTheBanksIsUsed(t *testing.T) {
	g, err := banks()
	if err != nil {
		t.Fatal(err)
	}
	starts := []string{"noun_frame", "short_frame", "noun_pair", "verb_frame", "verb_pair", "clause_frame", "mixed_frame", "any_frame", "trait_frame",
		"language_frame", "tool_frame", "negative", "lead_number", "lead_heading", "lead_context", "tail", "neg_basic"}
	for _, start := range starts {
		if !g.Has(start) {
			t.Errorf("the banks define no rule %q", start)
		}
	}
	if left := g.Unreached(starts...); len(left) > 0 {
		t.Errorf("no sentence uses the rules %v", left)
	}
}

// TestNames checks that a skill's names have the form that frames need.
func TestNames(t *testing.T) {
	n := newNamer(&taxonomy.Skill{Type: "skill/competence", PreferredLabel: "编制财务报表", AltLabels: []string{"年终决算", "精通 Excel（表格）"},
		Description: "在月末编制资产负债表，如附注；由此说明经营情况。"})
	for from, want := range map[template.Source]template.Mention{
		template.FromPreferred: {Text: "编制财务报表", Verb: true}, template.FromNominal: {Text: "财务报表编制"}, template.FromClause: {Text: "在月末编制资产负债表", Verb: true},
	} {
		if len(n.by[from]) != 1 || n.by[from][0].Text != want.Text || n.by[from][0].Verb != want.Verb {
			t.Errorf("%s: %+v, want %+v", from, n.by[from], want)
		}
	}
	if alt := n.by[template.FromAlternative]; len(alt) != 2 || alt[1].Text != "Excel" {
		t.Errorf("alternative names %+v", alt)
	}
	if n := newNamer(&taxonomy.Skill{ReuseLevel: "transversal", PreferredLabel: "注重细节", AltLabels: []string{"一丝不苟", "创新思维"}}); !n.by[template.FromAlternative][0].Trait || n.by[template.FromAlternative][1].Trait {
		t.Errorf("%+v", n.by[template.FromAlternative])
	}
	if strings.ContainsFunc(withoutCommand("英语六级以上"), unicode.IsSpace) || withoutCommand("英语流利") != "英语" {
		t.Error("a language's command is not dropped")
	}
}

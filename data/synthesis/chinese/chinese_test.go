package chinese

import (
	"strings"
	"testing"
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

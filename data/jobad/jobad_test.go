package jobad

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// In these cases "|" stands between the sentences that are wanted and braces around what is left out; neither
// is part of the ad.
func TestSplitEnglish(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"plain", "We build boats. |You sail them! |Interested? |Write to us."},
		{"one sentence without an end", "Senior baker wanted"},
		{"e.g. and i.e.", "Know a language, e.g. Go or Rust, i.e. something compiled. |Ship it."},
		{"capital after e.g.", "Cloud skills (e.g. AWS) or e.g. Azure are a plus. |Apply."},
		{"titles", "Report to Dr. Smith and Mrs. Jones. |Assist the Sr. Engineer and Jr. Staff vs. The World."},
		{"company", "Acme Inc. builds rockets. |Work for Acme Inc. Berlin office. |We left Acme Ltd. |The rest is history."},
		{"country", "Must live in the U.S. and travel. |U.S. Citizens only. |We moved to the U.S. |Our office is there."},
		{"degrees", "B.Sc. in Physics or M.Sc. Computer Science or Ph.D. required. |A B.A. Degree is fine."},
		{"degree at the end", "You hold a Ph.D. |You like tea."},
		{"equivalent", "B.Sc. or equiv. experience. |Good."},
		{"initials", "Founded by J. R. Hartley in 1983. |Visit us."},
		{"decimals", "Pay is 12.50 an hour, 3.5 days a week. |GPA of 3.0. |Then apply."},
		{"version", "Python 3.11 and .NET 8.0 are used. |Experience with ASP.NET. |Knowledge of Node.js and Vue.js. |Good."},
		{"leading point word", "Skills in .NET and C#. |Experience with .NET."},
		{"url", "See https://example.org/jobs?id=1.2&x=a!b for more. |Mail jobs@example.org. |Thanks."},
		{"url at the end", "Apply at www.example.com. |We answer soon."},
		{"number sign", "Rated No. 1 in care. |We say no. |You say yes."},
		{"months", "Start on Jan. 3 or Feb. 10. |Ends in Dec. |We close then."},
		{"etc", "Word, Excel, etc. |You also file papers, letters, etc. for the team."},
		{"times", "From 9 a.m. to 5 p.m. EST. |We close at 6 p.m. |You go home."},
		{"years", "Has 5+ yrs. exp. in sales. |5 years of driving."},
		{"ellipsis", "You plan... and do. |We wait... |Then we act… |Good."},
		{"interrobang", "Really?! |Yes!!! |Go."},
		{"exclaiming name", "You know Yahoo! and others. |Good."},
		{"quotes", "We say \"Work hard.\" |You say “Play hard.” |Then 'rest.' |Done."},
		{"quoted question goes on", "\"Why not?\" is our motto. |Join."},
		{"parentheses", "We pay well (see below. Really.) and early. |(This one stands alone.) |Fine."},
		{"unclosed parenthesis", "We pay (a lot. |You work."},
		{"smile", "Come to us :) We are nice."},
		{"semicolons stay", "Plan the work; do the work; check it. |Repeat."},
		{"forgotten space", "You join the team.|You will cook. |Use Socket.IO and System.Out daily."},
		{"careless capitals", "you will cook meals. |you will clean tables. |Ok."},
		{"abbreviation not listed", "Attend mtgs. with staff. |Ok."},
		{"colon", "Requirements: five years of Java."},
		{"dash", "Full time - 40 hours - in Cork."},
		{"inline numbers", "Your duties: |{1.} Plan trips. |{2.} Book hotels. |{3.} Pay."},
		{"inline numbers in brackets", "Tasks: |{1)} plan trips |{2)} book hotels"},
		{"number at a sentence end", "We are a team of 1. |You make it 2. |Good."},
		{"inline bullets", "Benefits: |{•} tea |{•} cake |{•} time off"},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c.want) })
	}
}

// Places where a blank or a line break was lost.
func TestSplitGlued(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"points", "Strong sense of order.|Able to bake at night.|Knead dough!|Like to sing?|Mix rye (and spelt).|Weigh flour."},
		{"acronym before a starter", "You know SQL.|Experience with Java is good. |You know ASP.NET.|Experience helps."},
		{"acronym and a number with its unit", "You must bake.|SQL helps.|Lift 20kg.|Driving is fine."},
		{"names and addresses stay", "Use Socket.IO, System.Out and Vue.Js daily, see example.org/Jobs?a=b.Cc or mail Me@a.Org."},
		{"semicolons", "Bake rye;|Weigh flour;|Mix dough"},
		{"semicolons in lower case", "bake rye;|weigh flour;|mix dough"},
		{"semicolons with a blank", "Bake rye at night; |Weigh the flour; |Mix it all"},
		{"phrases with semicolons", "knead dough; |weigh the flour; |clean ovens; |sell rolls"},
		{"few semicolons stay", "We knead dough; then we sleep; then we sell."},
		{"names with semicolons stay", "Photoshop; Illustrator; InDesign; Figma; Sketch"},
		{"lists of names stay", "Knows Photoshop; Illustrator; InDesign. |Salt &amp;Pepper stays."},
		{"words run together", "Good team spirit|Bake rye|Weigh the flour|Mix dough"},
		{"a starter run together", "We bake good bread|Responsibilities are clear"},
		{"names with capitals stay", "Write javaScript with reactNative on openShift and use typeScript"},
		{"one such word stays", "Use fluxCapacitor parts daily"},
		{"a lost blank inside stays", "Head of Baking andPastry and ofSales"},
		{"asterisks", "{* }Bake rye |{* }Weigh flour |{* }Mix dough"},
		{"hyphens", "{- }Bake rye |{- }Weigh flour - daily |{- }Mix dough"},
		{"hyphens after a colon", "Your tasks: |{- }Bake rye |{- }Weigh flour, 40 - 50 kg"},
		{"middle dots", "{·}Bake rye |{·}Weigh flour |{· }Mix"},
		{"letters", "{a) }Bake rye |{b) }Weigh flour |{c) }Sing"},
		{"letters in brackets after a colon", "You will: |{(a) }bake rye; |{(b) }weigh flour"},
		{"letters that are no list", "Choose plan a) or plan b) today"},
		{"asterisks after a colon", "Your tasks: |{* }Bake rye |{* }Weigh flour"},
		{"a product stays", "Weights of 2 * 3 kg"},
		{"bullet glued to a word", "Bake rye|{• }Weigh flour|{• }Mix dough|{•}Sing"},
		{"numbers in brackets", "{1) }Bake rye |{2) }Weigh flour |{3) }Sing"},
		{"numbers glued to a word", "{1) }Bake rye|{2) }Weigh flour|{3) }Sing"},
		{"key caps", "{1️⃣ }Bake rye |{2️⃣ }Weigh flour"},
		{"arrows", "{→ }Bake rye |{→ }Weigh flour\n|{→}Mix"},
		{"non-breaking hyphens", "{‑ }Bake rye\n|{‑ }Weigh flour |{‑ }Mix dough"},
		{"guillemets", "{» }Bake rye\n|{»}Weigh flour |{» }Mix dough"},
		{"tildes", "{~ }Bake rye\n|{~ }Weigh flour\n|~5 years"},
		{"quotation in guillemets", "»Wir backen« steht hier"},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c.want) })
	}
}

// Abbreviations and ordinals of languages other than English.
func TestSplitEuropean(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"German ordinals", "Am 1. Oktober beginnen Sie im 2. Stock. |Bis zum 15. April melden. |Wir sind 12. |Gut."},
		{"German abbreviations", "Brote, z. B. Roggen, d. h. dunkle, bzw. Kuchen inkl. Torten für ca. 3 Mio. Kunden. |Gut."},
		{"German degrees", "Abgeschl. Lehre oder vgl. Abschluss, Dipl.-Ing. oder Meister. |Führerschein Kl. C bzw. D. |Sie fahren gern."},
		{"German dates after a colon", "Start: 1. Oktober bzw. 1. November. |Der 1. und 2. Stock. |Im 1. und 3. Jahr."},
		{"German titles", "Dr. med. Teig, Dipl.-Kfm. Mehl, Hauptstr. 5, u. a. Kenntnisse in Gärung. |Ende."},
		{"German letters", "Entgeltgruppe 8 a. |Bewerbung an Fr. Korn, Tel. 030 123. |Ende."},
		{"French", "Vous pétrissez (p. ex. le seigle). |Réf. 77. |Dès le 3 févr. 2025. |Sucre, sel, etc. |Vous aimez ça ! |Venez."},
		{"French titles", "MM. Levain et Four, le 3 fév. 2025. |Venez."},
		{"French guillemets", "« Nous pétrissons. » |Vous dormez. |« Pourquoi ? » |Venez."},
		{"French letters", "Vous avez le permis B. |M. Levain vous attend."},
		{"Spanish", "Pan, p. ej. Centeno, con la Sra. Masa en Avda. Sol, núm. 5. |Usted amasa."},
		{"Spanish titles", "Las Sras. Masa, Dª. Ana, Depto. Ventas, Av. Sol, exp. mín. 2 años. |Usted amasa."},
		{"Italian titles", "L'Ing. Forno, p. es. Segale, e la Sig.ra Rossi. |Poi dorme."},
		{"Italian", "Pane, p.es. Segale, dal Sig. Forno e dalla Dott. Rossi. |Poi dorme."},
		{"Dutch", "Brood, bijv. Rogge, m.b.t. Gist, van dhr. Bakker. |Wij slapen."},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c.want) })
	}
}

func TestSplitChinese(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"plain", "负责后端开发。|熟悉数据库！|你准备好了吗？|欢迎加入"},
		{"semicolons", "编制预算；|审核合同；|控制成本。"},
		{"ascii semicolons", "编制预算;|审核合同; |控制成本."},
		{"numbers with 、", "{1、}编制预算；|{2、}审核合同；|{10、}控制成本。"},
		{"inline after a colon", "岗位职责：|{1、}编制预算；|{2、}审核合同；|{3、}控制成本。"},
		{"inline after a space", "岗位职责 |{1、}编制预算 |{2、}审核合同"},
		{"brackets", "{（一）}编制预算；|{（二）}审核合同；|{(三)}控制成本。"},
		{"full-width points", "{1．}编制预算；|{2．}审核合同"},
		{"points", "{1.}负责开发；|{2.}熟悉Java.|{3.}会英语"},
		{"circled", "职责：|{①}编制预算|{②}审核合同"},
		{"not a list", "一、二线城市优先。|薪资1.5万元，做六休一。"},
		{"Chinese numbers", "{一、}岗位职责"},
		{"heading in brackets", "【岗位职责】负责开发。|【要求】\n|本科"},
		{"bracket inside", "熟悉【数字化】平台。"},
		{"quotes", "公司信奉“客户第一。”|欢迎加入！」|好。"},
		{"quote goes on", "“客户第一。”是我们的信条。|好"},
		{"parentheses", "有经验者优先（熟悉Java；了解Go。），待遇从优。|五险一金。"},
		{"ellipsis", "包括设计、开发……以及测试。|等等……"},
		{"glued numbers", "岗位职责：|{1、}负责揉面|{2、}称量Flour|{3、}清洁烤箱"},
		{"glued points and a heading inside", "岗位职责：|{1.}负责揉面|{2.}参与配方讨论|任职要求：|{1.}中专学历|{2.}会用烤箱"},
		{"headings before numbers", "岗位职责|{1、}负责揉面|{2、}清洁烤箱|任职要求|{1、}中专学历|{2、}会用烤箱"},
		{"colons and brackets", "{1：}负责揉面；|{2：}清洁烤箱|{3：}销售\n|{1）}揉面|{2）}清洁|{3）}销售"},
		{"heading in brackets inside", "负责揉面|【任职要求】中专"},
		{"no heading", "符合任职要求：中专学历。|时间8：30到17：00，Java8、9、10均可"},
		{"mixed", "熟悉Node.js、ASP.NET等框架；|有B.Sc.学位；|月薪10.5k。"},
		{"full-width exclamations", "快来！！！|等你？！|好"},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c.want) })
	}
}

func TestSplitLines(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"headings", "Responsibilities:\n|Cook meals\n|Clean tables\n\n|Requirements\n|Two years in a kitchen"},
		{"bullets", "{•} Cook meals\n|{•}Clean tables\n|{-} Wash up\n|{-}Dry up\n|{*} Sing\n|{–} Dance\n|{·}Rest\n|{\uf0b7\t}Eat\n|{o\t}Drink\n|{+} Sleep"},
		{"numbers", "{1.} Cook meals\n|{2)} Clean tables\n|{(3)} Wash up\n|{a)} Sing\n|{b.} Dance\n|{iv)} Rest\n|{1.}Responsible for tea"},
		{"not markers", "5 years of Java\n|2020 was good\n|-5 degrees outside\n|3.5 tonnes\n|A. Smith and Sons\n|*bold* words\n|U.S. Army\n|2.5 days"},
		{"two markers", "{• 1.} Cook\n|{1. •} Clean"},
		{"markers without text", "{•}\n|Cook\n|{-\n1.}\n|Clean"},
		{"rules", "Cook\n{-----}\n|Clean\n{=====\n***}\n|Wash"},
		{"markdown heading", "{##} Duties\n|{*} Cook"},
		{"carriage returns", "Cook\r\n|Clean\r|Wash\u2028|Dry"},
		{"odd white space", "\ufeff|Cook\u00a0\n|\u3000\u3000|负责开发\u200b\n"},
		{"short list in lower case", "javascript\n|reactjs\n|java"},
		{"wrapped by hand", "We are a small family business in the heart of the old\ntown that has been making bread by hand for more than a\nhundred years. |You join a team of twelve bakers who start\nwork at four."},
		{"wrapped before a capital", "We are a small family business that makes bread in the old\ntown and delivers it to every village between Cork and\nDublin. |Come and join us in the bakery, which stands beside\nSaint Mary."},
		{"a list without bullets", "Strong experience with relational databases such as PostgreSQL and MySQL\n|Excellent communication skills, both written and verbal, in the English\n|Proven ability to lead teams of engineers across several countries well"},
		{"hanging indent", "{-} Manage the kitchen and\n  all Staff in it\n|{-} Order Food\n  Daily\n|Benefits"},
		{"comma goes on", "Python,\nJava,\nSQL"},
		{"opening word", "Knows all of the\nrules"},
		{"heading with an opening word", "What we look for\n|Bakers"},
		{"abbreviation at a line end", "You will work for the bakery of Acme Inc.\nin Cork. |Good."},
		{"Chinese lines", "岗位职责\n|负责后端开发\n|熟悉数据库"},
		{"Chinese wrapped", "本公司成立于一九九八年是一家专业从事医疗器械研发生产和销售的高\n新技术企业。|欢迎加入"},
		{"Chinese comma", "负责开发，\n以及测试"},
		{"hyphenated", "You are respon-\nsible for the clean-\ning of ovens.|\nYou bake rye-\n|Bread"},
		{"short line in a paragraph", "You will look after the baking of all bread and for the\nschooling of new\nbakers. |\nGood."},
		{"paragraphs", "Cook meals\n\n|and clean tables"},
	} {
		t.Run(c.name, func(t *testing.T) { check(t, c.want) })
	}
}

// check splits the ad that a want describes.
func check(t *testing.T, want string) {
	t.Helper()
	ad := strings.NewReplacer("|", "", "{", "", "}", "").Replace(want)
	var wanted []string
	for piece := range strings.SplitSeq(leftOut.ReplaceAllString(want, ""), "|") {
		if piece = strings.TrimFunc(piece, blank); piece != "" {
			wanted = append(wanted, piece)
		}
	}
	var got []string
	for _, s := range Split(ad) {
		got = append(got, s.Text)
	}
	if !slices.Equal(got, wanted) {
		t.Errorf("ad %q\n got %q\nwant %q", ad, got, wanted)
	}
	checkSpans(t, ad, Split(ad))
}

var leftOut = regexp.MustCompile(`\{[^}]*\}`)

// checkSpans checks what holds for any input.
func checkSpans(t *testing.T, ad string, sentences []Segment) {
	t.Helper()
	last := 0
	for _, s := range sentences {
		if s.Start < last || s.End <= s.Start || s.End > len(ad) {
			t.Fatalf("span %d:%d after %d in %d bytes", s.Start, s.End, last, len(ad))
		}
		if s.Text != ad[s.Start:s.End] || s.Text != strings.TrimSpace(s.Text) || strings.TrimFunc(s.Text, blank) != s.Text {
			t.Fatalf("span %d:%d is %q, text %q", s.Start, s.End, ad[s.Start:s.End], s.Text)
		}
		checkGap(t, ad[last:s.Start])
		last = s.End
	}
	checkGap(t, ad[last:])
}

// checkGap checks that nothing readable is lost between sentences but list markers, each at most a few
// letters or digits.
func checkGap(t *testing.T, gap string) {
	t.Helper()
	for field := range strings.FieldsFuncSeq(gap, blank) {
		n := 0
		for _, r := range field {
			if readable(string(r)) && !isBullet(r) {
				n++
			}
		}
		if n > 8 {
			t.Fatalf("lost %q", gap)
		}
	}
}

// TestSplitAd splits a whole ad.
func TestSplitAd(t *testing.T) {
	check(t, `Senior Baker (m/f/d) - Cork

|About the job
|TechBread GmbH is a fast-growing bakery.|We help over 1.5 million people in the E.U. and the U.S. to eat well. |Our stack: rye 1.22, Node.js, ovens, etc. |You'll join a team of 12 (incl. 3 Sr. Bakers and Dr. Dough).

|What you'll do
|{- }Design, build & run ovens (e.g. brick, i.e. old!)
|{- }Mentor juniors; review dough
	|{o }Pair baking
|{• }Own your bread end-to-end
   and be on call approx. 1 week per month
|{1. }First step
|{2. }Second step

|Requirements:
|Fluent English (C1). |German is a plus!
|Salary: €65.000 - €80,000 p.a. plus bonus. |No. of vacation days: 30.
|Apply at https://jobs.example.org/apply?id=3.2&ref=a. |Questions? |Call Mr. J. Smith at +49 30 1234567.

|We do not discriminate on the basis of
race, religion, colour, national origin, gender, sexual orientation, age, marital
status, veteran status, or disability status. |Benefits incl. gym, free lunch, and
more...
`)
}

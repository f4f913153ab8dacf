package jobad

import (
	"slices"
	"strings"
	"testing"
)

// Forms of an ad, and what their segments say, with "|" between them.
func TestMarkup(t *testing.T) {
	for _, c := range []struct{ name, ad, want string }{
		// HTML
		{"blocks and items", "<p>We&rsquo;re baking.</p>\n<ul>\n<li>You knead dough &amp; rye.</li>\n<li>You sell &quot;rolls&quot;</li>\n</ul>\n<p>Pay &gt; 9</p>",
			`We’re baking.|You knead dough & rye.|You sell "rolls"|Pay > 9`},
		{"escaped", "&lt;p&gt;We&amp;rsquo;re baking.&lt;/p&gt;\n&lt;ul&gt;\n&lt;li&gt;You knead dough &amp;amp; rye.&lt;/li&gt;&lt;/ul&gt;", `We’re baking.|You knead dough & rye.`},
		{"escaped in HTML", "<div>&lt;p&gt;You knead dough.&lt;/p&gt;&lt;p&gt;You sell rolls&lt;/p&gt;</div>", `You knead dough.|You sell rolls`},
		{"one line", "<p>We bake.</p><ul><li>You knead dough</li><li>You sell rolls</li></ul><p>Apply</p>", `We bake.|You knead dough|You sell rolls|Apply`},
		{"inline tags", "<p>Know <b>rye</b> and <a href=\"https://a.b/?c=1&d=2\">wheat</a>, <i>e.g.</i> <span>spelt</span>.</p>", `Know rye and wheat, e.g. spelt.`},
		{"breaks", "Tasks:<br>Knead dough<br/>Sell rolls<BR />\nClean ovens<br><br>Apply", `Tasks:|Knead dough|Sell rolls|Clean ovens|Apply`},
		{"breaks in a paragraph", "<p>You look after the baking of all the bread for the<br>\nvillage and the<br>\ntown beside it.</p>",
			`You look after the baking of all the bread for the village and the town beside it.`},
		{"source wrapped", "<div>\n  <p>You\n     knead dough\n  and sell\trolls.</p>\n</div>", `You knead dough and sell rolls.`},
		{"a list of lines inside", "<p>Tasks:\n- Knead dough\n- Sell rolls</p><p>Apply</p>", `Tasks:|Knead dough|Sell rolls|Apply`},
		{"a blank line inside", "<div>We bake\n\nYou sell</div>", `We bake|You sell`},
		{"preformatted", "<pre>Knead dough\nSell rolls</pre>", `Knead dough|Sell rolls`},
		{"only inline tags", "<b>Tasks</b>\nKnead dough\nSell <i>rolls</i>", `Tasks|Knead dough|Sell rolls`},
		{"table", "<table><tr><td>Pay</td><td>9 euros</td></tr><tr><td>Place</td><td>Cork</td></tr></table>", `Pay|9 euros|Place|Cork`},
		{"headings glued to text", "<p><strong>Tasks</strong>Knead dough</p><p><span>Rye</span><span>Wheat</span></p>", `Tasks|Knead dough|Rye|Wheat`},
		{"a word with a tag inside", "<p>H<sub>2</sub>O and Java<b>script</b></p>", `H2O and Javascript`},
		{"scripts and styles", "<html><head><title>Baker</title><style>p{color:red}</style><script>if (a < b) { alert('<p>') }</script></head><body><!-- no <p> --><p>You bake</p></body></html>",
			`Baker|You bake`},
		{"namespaces", "<p class=MsoNormal>You bake<o:p></o:p></p><my-list>Rolls</my-list>", `You bake|Rolls`},
		{"CDATA", "<![CDATA[<p>You bake</p><p>You sell</p>]]>", `You bake|You sell`},
		{"entities", "<p>A&nbsp;b&#58; &#x27;c&#39; &eacute;t&eacute; R&D, AT&T, &notes, &bogus; &amp</p>", `A b: 'c' été R&D, AT&T, &notes, &bogus; &`},
		{"bullets in tags", "<p>&bull;&nbsp;Knead dough</p><p>·&nbsp;&nbsp; Sell rolls</p>", `Knead dough|Sell rolls`},
		{"Chinese", "<p>岗位职责：</p><p>1、负责揉面；2、清洁烤箱</p><br/>任职要求", `岗位职责：|负责揉面；|清洁烤箱|任职要求`},
		{"soft hyphens", "<p>Bäckerei&shy;fach&#173;verkäufer</p>", `Bäckereifachverkäufer`},
		{"sentences across tags", "<div><b>You</b> bake. <b>You</b> sell.</div>", `You bake.|You sell.`},
		// HTML that is broken
		{"an unclosed tag at the end", "<p>You bake</p><p", `You bake|<p`},
		{"an unclosed quote", `<p class="x>You bake</p><p class="y">You sell</p>`, `You bake|You sell`},
		{"a tag that is not closed", `<p>You bake</p><p class="x"<p>You sell</p>`, `You bake|<p class="x"|You sell`},
		{"unclosed comment, script and style", "<p>You bake</p><!-- <script> <style> <p>You sell</p>", `You bake|You sell`},
		{"unknown tags are text", "<p>A List<String> of x <y and <Your Name></p>", `A List<String> of x <y and <Your Name>`},
		{"angle brackets", "<p>Ages < 5 and > 3, I <3 rye, </3</p>", `Ages < 5 and > 3, I <3 rye, </3`},
		// text
		{"no HTML", "C++ <3, a < b > c, x<y, Map<String, List<A>> and vector<b>. Send <name> & <p", `C++ <3, a < b > c, x<y, Map<String, List<A>> and vector<b>.|Send <name> & <p`},
		{"tags that a sentence names", "Know tags such as <b>, <p> and <li>. Write <div>.", `Know tags such as <b>, <p> and <li>.|Write <div>.`},
		{"ampersands", "R&D; AT&T & Co, a?b=1&copy=2&amp=3", `R&D; AT&T & Co, a?b=1&copy=2&amp=3`},
		{"entities without tags", "Salt &amp; rye\nWe&#39;re baking &lt; 9", `Salt & rye|We're baking < 9`},
		{"a tag that a page shows", "<p>Write <code>&lt;b&gt;bold&lt;/b&gt;</code></p>", `Write <b>bold</b>`},
		{"line breaks and tabs", "You look after the baking of all the bread\r\nand sell\t\trolls", `You look after the baking of all the bread and sell rolls`},
		// escapes
		{"literal line breaks", `Tasks:\n- Knead dough\n- Sell \"rolls\" and\/or cakes\n\nApply`, `Tasks:|Knead dough|Sell "rolls" and/or cakes|Apply`},
		{"literal returns", `Tasks:\r\n\u2022 Knead dough\r\n\u2022\tSell rolls \ud83e\udd50`, `Tasks:|Knead dough|Sell rolls 🥐`},
		{"escaped again", `Tasks:\\n- Knead dough\\n- Sell rolls`, `Tasks:|Knead dough|Sell rolls`},
		{"literal line breaks in HTML", `<ul>\n<li>Knead dough</li>\n<li>Sell rolls</li>\n</ul>`, `Knead dough|Sell rolls`},
		{"paths and expressions stay", `Save to C:\new\name and split at \n characters`, `Save to C:\new\name and split at \n characters`},
		{"one in a text of lines stays", "Know \\nA\nSell rolls", `Know \nA|Sell rolls`},
		// Markdown
		{"Markdown", "**About us**\n\nWe bake **rye** and *wheat*.\n\n## Tasks\n\n* Knead dough\n* Sell [rolls](https://a.b/c)\n  1. Smile\n\n**Pay: **9\\+ euros",
			`About us|We bake rye and wheat.|Tasks|Knead dough|Sell rolls|Smile|Pay: 9+ euros`},
		{"Markdown's escapes", "\\- Knead dough\n\\- Know C\\+\\+ and C\\#", `Knead dough|Know C++ and C#`},
		{"Markdown's other marks", "**T** _you_ and `code`, ![a](b.png \"c\") snake_case_name, __init__, 5 ** 3 and a*b*c\n---\n> quoted", "T you and code, a snake_case_name, init, 5 ** 3 and a*b*c|quoted"},
		{"Markdown in HTML", "<p>**Tasks**</p><p>Knead dough</p>", `Tasks|Knead dough`},
		{"no Markdown", "5 ** 3, a*b, f(x)[1](2), [sic] and C:\\*.txt", `5 ** 3, a*b, f(x)[1](2), [sic] and C:\*.txt`},
		// divided words
		{"divided words", "You are respon-\nsible for state-of-the-\nart and self-\nmade bread, Haus-\nund Gartenarbeit, a break\u00ad\nfast.",
			`You are responsible for state-of-the-art and self-made bread, Haus- und Gartenarbeit, a breakfast.`},
		{"Chinese lines", "本公司成立于一九九八年是一家专业从事医疗器械研发生产和销售的高\n新技术企业。", `本公司成立于一九九八年是一家专业从事医疗器械研发生产和销售的高新技术企业。`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range Split(c.ad) {
				got = append(got, s.Clean)
			}
			if want := strings.Split(c.want, "|"); !slices.Equal(got, want) {
				t.Errorf("ad %q\n got %q\nwant %q", c.ad, got, want)
			}
			checkSource(t, c.ad)
		})
	}
}

// checkSource checks that segments are where they say, whatever markup an ad has.
func checkSource(t *testing.T, ad string) {
	t.Helper()
	last := 0
	for _, s := range Split(ad) {
		if s.Start < last || s.End <= s.Start || s.End > len(ad) || s.Text != ad[s.Start:s.End] {
			t.Fatalf("%d:%d after %d in %d bytes is not %q", s.Start, s.End, last, len(ad), s.Text)
		}
		if s.Clean != clean(s.Clean) || !readable(s.Clean) || trimmed(s.Clean) != s.Clean || trimmed(s.Text) != s.Text {
			t.Fatalf("%q, clean %q", s.Text, s.Clean)
		}
		last = s.End
	}
}

// TestMarkupSpans: a segment's text is where the ad has it, without the tags around it.
func TestMarkupSpans(t *testing.T) {
	ad := "<p><b>Know</b> rye &amp; <i>wheat</i></p><p>&#82;olls &lt;</p>"
	var got []string
	for _, s := range Split(ad) {
		got = append(got, s.Text)
	}
	if want := []string{"Know</b> rye &amp; <i>wheat", "&#82;olls &lt;"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

package jobad

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// pieces are what ads are made of, for the property test.
var pieces = []string{" ", " ", "\n", "\n\n", "\r\n", "\t", "\u3000", "\u200b", "\ufeff", ".", ". ", "...", "…", "!", "?", ";", "；", "。", "，", "、",
	"：", ":", ",", "\"", "“", "”", "'", "(", ")", "（", "）", "【", "】", "*", "-", "•", "1.", "2)", "3、", "（一）", "①", "#", "o", "e.g.", "U.S.",
	"Inc.", "B.Sc.", "3.5", "https://a.b/c?d=e", "Node.js", "the", "We", "Bakers", "cook", "熟悉", "负责", "一", "\xff", "\xe4\xb8", "😀", "é", "٣",
	"→", "»", "«", "~", "‑", "1️⃣", "2、", "2)", "* ", "任职要求：", "【", "playerDrive", "trucksCook", "z. B.", "am 1. Mai", "permis C.", ";Cook", "dough-\nball"}

func TestSplitProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		var ad strings.Builder
		for range random.IntN(40) {
			ad.WriteString(pieces[random.IntN(len(pieces))])
		}
		checkSpans(t, ad.String(), Split(ad.String()))
	}
}

// TestSplitAgain: a sentence of one line, split once more, gives nothing but parts of itself, and an ad of
// its sentences gives them back where nothing was ambiguous.
func TestSplitAgain(t *testing.T) {
	ad := "About us\nAcme Inc. bakes bread in the U.S. and beyond. We love dough!\n\nYour tasks:\n• Bake, e.g. rye\n• Sell\n\n岗位职责：\n1、负责烘焙；\n2、熟悉面团。"
	var texts []string
	for _, s := range Split(ad) {
		texts = append(texts, s.Text)
	}
	var again []string
	for _, s := range Split(strings.Join(texts, "\n")) {
		again = append(again, s.Text)
	}
	if strings.Join(texts, "|") != strings.Join(again, "|") {
		t.Errorf("first %q\nagain %q", texts, again)
	}
}

// TestSplitIsLinear splits 256 KiB of what could make a careless splitter look back and ahead too far.
func TestSplitIsLinear(t *testing.T) {
	for _, unit := range []string{"!", ".", "…", "(", "\"", "”", "*a。", "* ", "1. ", "1、", "•", " ", "\u3000", "a", "熟", "。", "a.", ". ", "-", "#", "\n", "x\n", "Inc.\n", "( . ) ", ".)", ";  ", "一、", "!x", "】", "?\"a", "aaaB", "abcDef ", "; Ab c", "« .", ". »a", "要求：", "* a ", "1) a", "2、", "a-\nb", "z. ", "1️⃣"} {
		ad := strings.Repeat(unit, (1<<18)/len(unit)) + "x"
		start := time.Now()
		checkCount(t, ad)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%q: %v for 256 KiB", unit, took)
		}
	}
}

func checkCount(t *testing.T, ad string) {
	t.Helper()
	last := 0
	for _, s := range Split(ad) {
		if s.Start < last || s.Text != ad[s.Start:s.End] {
			t.Fatalf("span %d:%d after %d", s.Start, s.End, last)
		}
		last = s.End
	}
}

func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		"", "Acme Inc. hires. Apply (e.g. now. Or later)!\n• Go 1.26\n- C#", "岗位职责：1、负责开发；2、熟悉“Java。”（一）本科……【要求】①英语",
		"We are wrapped by hand at the\nend of every line, and it goes on\nuntil Monday.", "1.\n2.\n\xff\xfe3、\u2028o x", "\"a!\" b?\" (c. d) https://x.y/z?a=b.C",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, ad string) {
		var segments []Segment
		for _, s := range splitText(ad) {
			segments = append(segments, Segment{Text: ad[s.start:s.end], Start: s.start, End: s.end})
		}
		checkSpans(t, ad, segments)
	})
}

// FuzzMarkup splits HTML, Markdown and escaped text. Segments are where they say, and hold what the markup
// shows.
func FuzzMarkup(f *testing.F) {
	for _, seed := range markupSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, ad string) {
		checkSource(t, ad)
		read := read(ad)
		for _, l := range read.layers {
			checkLayer(t, l)
		}
		if got, want := len(Split(ad)), len(splitText(read.text)); got != want {
			t.Fatalf("%d segments of %d", got, want)
		}
	})
}

// checkLayer checks that the pieces of a layer are in the order of what they stand for.
func checkLayer(t *testing.T, l layer) {
	t.Helper()
	at, last := -1, 0
	for _, p := range l {
		if p.at <= at || p.from < last || p.to < p.from {
			t.Fatalf("piece %+v after %d and %d", p, at, last)
		}
		at, last = p.at, p.to
	}
}

var markupSeeds = []string{
	"<p>We&rsquo;re</p>\n<ul><li>You &amp; I</li></ul><br/>Pay &gt; 60k", "&lt;p&gt;We&amp;rsquo;re&lt;/p&gt;&lt;br&gt;A",
	"<p class=\"x>a</p><p class=\"y\">b<p<p>c</3<!-- d --><![CDATA[<b>e</b>]]><script>f</script><style>g", "**A**\n* b [c](http://d) \\- e `f` _g_",
	`A:\n- b\r\n\u2022 c \ud83e\udd50 \"d\"\/`, "<pre>a\n\nb</pre><br>\n<noscript><title>c<textarea>d<plaintext>e", "&#x110000;&#0;&NotEqualTilde;&fjlig;A&nbsp",
	"\xc2\u00ad\xad", "a\u00ad\nb c-\nd \u200b\ufeff<b>E</b>F<b>g</b>H",
}

func BenchmarkSplit(b *testing.B) {
	ad := strings.Repeat("Acme Inc. bakes bread in the U.S. and beyond. We love dough!\n• Bake rye, e.g. at 4 a.m.\n1、负责烘焙；熟悉面团。\n\n", 20)
	b.SetBytes(int64(len(ad)))
	for b.Loop() {
		Split(ad)
	}
}

// TestMarkupIsLinear reads 64 KiB of what could make a careless reader of markup look back and ahead too far.
func TestMarkupIsLinear(t *testing.T) {
	for _, unit := range []string{"<", "<a ", "<a b=\"", "<a b='>", "<a \"><a '>", "<p>", "<b>x</b>", "<!--", "<![CDATA[", "</", "</3<p>", "<script>", "<title>", "<iframe>", "<pre>",
		"<br>", "&", "&amp;", "&amp;lt;p&amp;gt;", "&#", "&lt;", "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", `\`, `\n`, `\\n`, `\ud83e`, "**", "*", "*a ", "**a**", "_a ", "[", "[a](", "[a](b:", "[a](b: ",
		"`", "`a", "\\-", "![", "-\n", "a-\nb", "\u00ad", "\u200b ", "\n- <i>a</i>"} {
		for _, before := range []string{"", "<p>a</p>", "**a** ", "&amp;"} {
			ad := before + strings.Repeat(unit, (1<<16)/len(unit)) + "x"
			start := time.Now()
			checkSource(t, ad)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%q, %q: %v for 64 KiB", before, unit, took)
			}
		}
	}
}

// BenchmarkAds splits ads of 4,000 characters: half of them HTML, the others plain text and Markdown. An
// operation is one ad.
func BenchmarkAds(b *testing.B) {
	sentence := "You knead dough & rye for 3.5 hours (e.g. at night), and <b>clean</b> the ovens.\n"
	plain := strings.NewReplacer("<b>", "", "</b>", "").Replace(sentence)
	forms := []string{
		"<div><h2>Your tasks</h2><ul>" + strings.Repeat("<li>"+strings.ReplaceAll(sentence, "&", "&amp;")+"</li>\n", 40) + "</ul><p>Apply&nbsp;now</p></div>",
		"Your tasks\n" + strings.Repeat("- "+plain, 48),
		strings.ReplaceAll(strings.ReplaceAll("<p>Your tasks</p>"+strings.Repeat("<p>"+sentence+"</p>", 34), "<", "&lt;"), ">", "&gt;"),
		"**Your tasks**\n\n" + strings.Repeat("* "+strings.ReplaceAll(plain, "rye", "**rye**"), 46),
	}
	for _, form := range forms {
		if len(form) < 3600 || len(form) > 4600 {
			b.Fatalf("a form has %d characters", len(form))
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		Split(forms[i%len(forms)])
		i++
	}
}

package jobad

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file judges places where a space or a line break was lost: "skills.Able to", "rooms;Cook",
// "playerDrive", "分析任职要求：".

// gluedPoint judges a point with no white space after it. A sentence ends before a Chinese character, before
// the next number of a list, and between two words whose case shows that a space is missing.
func (s *splitter) gluedPoint(i int, word, rest string) bool {
	if n, number := numberLength(rest); n > 0 && number == s.next && !unicode.IsDigit(lastRune(word)) {
		return true // the next item of "1.负责开发.2.熟悉Java"
	}
	if cjk(firstRune(rest)) {
		return word != "" && !(strings.Contains(word, ".") && dotted(strings.ToLower(word))) || cjk(lastRune(strings.TrimRight(s.text[:len(s.text)-len(rest)], ".")))
	}
	return s.gluedWords(i, rest)
}

// gluedWords reports whether the mark at i is between two sentences: after a word in lower case, an
// acronym before a word that begins sentences, or a bracket; and before a capitalised word. "Node.js",
// "System.Out" and addresses are not divided.
func (s *splitter) gluedWords(i int, rest string) bool {
	after := wordAfter(rest)
	lower := strings.ToLower(after)
	capitals := len(after) > 1 && strings.ToUpper(after) == after
	if !capitalised(after) && !capitals || fileSuffixes[lower] || !endsWord(rest[len(after):]) {
		return false
	}
	before := lastRune(s.text[s.start:i])
	if before == ')' || before == '）' {
		return true
	}
	word := wordBefore(s.text[s.start:], i-s.start)
	switch {
	case len(word) < 2 || strings.ContainsAny(word, "@/=&#") || classify(word) == endsNever:
		return false
	case starters[lower]:
		return !strings.Contains(word, ".") || unicode.IsLower(before) || fileSuffixes[strings.ToLower(word[strings.LastIndexByte(word, '.')+1:])]
	case capitals && len(word) < 4:
		return false
	}
	letters := strings.TrimLeft(word, "0123456789") // "20kg"
	return (len(letters) >= 3 || len(letters) == 2 && len(word) > 2) &&
		!strings.ContainsFunc(letters, func(r rune) bool { return !unicode.IsLower(r) && r != '-' && r != '\'' && r != '’' })
}

// capitalised reports a word of a capital and lower-case letters.
func capitalised(word string) bool {
	r, n := utf8.DecodeRuneInString(word)
	return unicode.IsUpper(r) && len(word) > n && !strings.ContainsFunc(word[n:], func(r rune) bool { return !unicode.IsLower(r) })
}

// endsWord reports whether a text that follows a word is over, or begins with white space or punctuation
// between words.
func endsWord(text string) bool {
	return atGap(text) || strings.ContainsRune(",.;:!?)’'/-–", firstRune(text))
}

// semicolon reports whether the semicolon at i ends an item of a list. In running text it does not: the next
// item is glued to it, or begins with a capital and both have two words at least, or the sentence is a list
// of phrases.
func (s *splitter) semicolon(i int) bool {
	if s.chineseAround(i) {
		return true
	}
	word := wordBefore(s.text, i)
	rest := s.text[i+1:]
	if strings.ContainsAny(word, "&@/=") {
		return false // "&amp;"
	}
	if !atGap(rest) {
		return unicode.IsLetter(firstRune(rest)) && strings.ContainsFunc(word, unicode.IsLetter)
	}
	rest = strings.TrimLeftFunc(rest, blank)
	item, _, _ := strings.Cut(rest[:min(len(rest), maxBracket)], ";")
	return capitalised(wordAfter(rest)) && severalWords(item) && severalWords(s.text[max(s.start, i-maxBracket):i]) || s.listOfPhrases(i)
}

// list is a stretch of the block up to the end of a sentence, and whether semicolons divide it into phrases.
type list struct {
	end     int
	phrases bool
}

// listOfPhrases reports whether three semicolons or more divide the sentence around i into phrases of several
// words.
func (s *splitter) listOfPhrases(i int) bool {
	if i >= s.list.end {
		s.list = list{end: sentenceEnd(s.text, i)}
		phrases, items := 0, 0
		for item := range strings.SplitSeq(s.text[s.start:s.list.end], ";") {
			if items++; severalWords(item) {
				phrases++
			}
		}
		s.list.phrases = items > 3 && 4*phrases >= 3*items
	}
	return s.list.phrases
}

// sentenceEnd is the end of the first word after i that a full stop and a capital follow, or the end of the
// text.
func sentenceEnd(text string, i int) int {
	for {
		n := strings.IndexAny(text[i:], ".!?")
		if n < 0 {
			return len(text)
		}
		if i += n + 1; atGap(text[i:]) && unicode.IsUpper(firstRune(strings.TrimLeftFunc(text[i:], blank))) {
			return i
		}
	}
}

func severalWords(text string) bool {
	return strings.ContainsFunc(strings.TrimFunc(text, blank), blank)
}

// runTogether reports whether two items meet in the word whose capital is at i: "playerDrive". One such
// word shows nothing, as names are written so, unless the second part usually begins a sentence; two in a
// block do.
func (s *splitter) runTogether(i int) bool {
	right, ok := s.meeting(i)
	if !ok {
		return false
	}
	if starters[strings.ToLower(right)] {
		return true
	}
	if s.meetings < 0 {
		s.meetings = 0
		for j := 1; j < len(s.text) && s.meetings < 2; j++ {
			if _, ok := s.meeting(j); ok {
				s.meetings++
			}
		}
	}
	return s.meetings > 1
}

// meeting returns the capitalised word at i if it follows a whole word in lower case without a space.
func (s *splitter) meeting(i int) (right string, ok bool) {
	if c := s.text[i]; c < 'A' || c > 'Z' || i == 0 || s.text[i-1] < 'a' || s.text[i-1] > 'z' {
		return "", false
	}
	start := i
	for start > 0 && i-start < maxWord && s.text[start-1] >= 'a' && s.text[start-1] <= 'z' {
		start--
	}
	if i-start < 3 || phraseOpeners[s.text[start:i]] || start > 0 && !strings.ContainsRune(" \t,/(-", rune(s.text[start-1])) {
		return "", false
	}
	right = wordAfter(s.text[i:min(len(s.text), i+maxWord)])
	if end := strings.IndexFunc(right[1:], unicode.IsUpper); end > 0 {
		right = right[:end+1]
	} else if !endsWord(s.text[i+len(right):]) {
		return "", false
	}
	return right, len(right) >= 3 && capitalised(right) && !camelNames[s.text[start:i]+strings.ToLower(right)]
}

// camelNames are names that ads write with a capital inside.
var camelNames = setOf("javascript typescript coffeescript actionscript applescript powershell powerpoint openstack openshift openvpn postgres " +
	"sharepoint onedrive onenote youtube linkedin github gitlab wordpress photoshop reactnative springboot dataframe kafkastreams coredata " +
	"backbone phonegap salesforce quickbooks woocommerce bigquery cloudformation dynamodb pagerduty servicenow mailchimp hubspot playstation")

// chineseHeadings are the headings of a Chinese ad's sections.
var chineseHeadings = []string{
	"岗位职责", "工作职责", "职位职责", "主要职责", "职责描述", "岗位描述", "职位描述", "工作描述", "工作内容", "岗位内容", "任职要求", "岗位要求", "职位要求", "工作要求",
	"招聘要求", "应聘要求", "能力要求", "技能要求", "专业要求", "学历要求", "基本要求", "任职资格", "任职条件", "应聘条件", "岗位条件", "招聘条件", "福利待遇", "薪资待遇",
	"薪酬福利", "公司福利", "薪资福利", "工作时间", "工作地点", "上班时间", "上班地点", "公司介绍", "公司简介", "联系方式", "加分项",
}

// afterHeading reports whether a Chinese heading comes before i.
func (s *splitter) afterHeading(i int) bool {
	before := strings.TrimRightFunc(s.text[s.start:i], blank)
	return slices.ContainsFunc(chineseHeadings, func(heading string) bool { return strings.HasSuffix(before, heading) })
}

// chineseHeading returns where a heading begins that ends at i inside the current sentence, before a colon, a
// closing bracket or the first item of a list.
func (s *splitter) chineseHeading(i int) (start int, ok bool) {
	for _, heading := range chineseHeadings {
		before, found := strings.CutSuffix(s.text[s.start:i], heading)
		if !found {
			continue
		}
		before = strings.TrimSuffix(before, "【")
		for _, more := range []string{"主要", "具体", "其他", "相关"} {
			before = strings.TrimSuffix(before, more)
		}
		if strings.TrimFunc(before, blank) == "" || strings.ContainsRune("的合下些述、和与及是为“（(【", lastRune(before)) {
			return 0, false
		}
		return s.start + len(before), true
	}
	return 0, false
}

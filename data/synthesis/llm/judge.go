package llm

import (
	"fmt"
	"regexp"

	"skillspace/data/synthesis/neardup"
)

// placeholder matches the blanks that models leave for a person to fill in.
var placeholder = regexp.MustCompile(`\[[^\]]{1,60}\]|\{[^}]{1,60}\}|<[A-Za-z][^>]{0,60}>|_{3,}|\bX{2,}\b|\b[Xx]{3,}\b`)

// judge decides which sentences are accepted. It judges in the order of the corpus, so that the same answers give
// the same corpus.
type judge struct {
	o          *Settings
	lexicon    *lexicon
	duplicates *neardup.Index
	mentions   int // mentions of skills in the accepted sentences
	leaks      int // mentions with a label in the sentence
	rejections map[string]int
	err        error // error of Settings.Far
}

func newJudge(o *Settings, l *lexicon) *judge {
	return &judge{o: o, lexicon: l, duplicates: neardup.New(o.NearDuplicate), rejections: make(map[string]int)}
}

// call judges the answer to a call. Each open item is accepted, stays open, or is dropped after its last attempt.
func (j *judge) call(c *call, a *answer) {
	items := c.open()
	texts, all := a.read(len(items))
	for i, it := range items {
		why := all
		it.text = ""
		if all.none() {
			it.text = texts[i]
			why = j.sentence(it)
		}
		it.tries++
		it.rejected = why
		switch {
		case why.none():
			it.state = accepted
			continue
		case it.tries >= j.o.Attempts:
			it.state = dropped
		}
		j.rejections[why.Code]++
	}
}

// sentence judges one text and accepts it if there is no objection.
func (j *judge) sentence(it *item) reason {
	text := it.text
	if text == "" {
		return reason{Code: "missing"}
	}
	if why := j.form(text); !why.none() {
		return why
	}
	plain := neardup.Normalise(text)
	if len(it.set.Skills) == 0 {
		if label := j.lexicon.names(plain); label != "" {
			return reason{Code: "names", Detail: label}
		}
	}
	leaks, leaked := 0, ""
	for _, skill := range it.set.Skills {
		if label := j.lexicon.leak(plain, skill); label != "" {
			leaks, leaked = leaks+1, label
		}
	}
	mentions := j.mentions + len(it.set.Skills)
	if leaks > 0 && float64(j.leaks+leaks) > j.o.MaxLeak*float64(mentions) {
		return reason{Code: "leak", Detail: leaked}
	}
	if why := j.near(it); !why.none() {
		return why
	}
	if !j.duplicates.Add(plain) {
		return reason{Code: "duplicate"}
	}
	j.mentions, j.leaks = mentions, j.leaks+leaks
	return reason{}
}

// near checks whether the text is near its skills, if that is configured.
func (j *judge) near(it *item) reason {
	if j.o.Far == nil || len(it.set.Skills) == 0 {
		return reason{}
	}
	far, err := j.o.Far(it.text, it.set.Skills)
	switch {
	case err != nil:
		j.err = err
		return reason{Code: "unchecked"}
	case far == "":
		return reason{}
	}
	return reason{Code: "far", Detail: far}
}

// form checks what the text alone shows.
func (j *judge) form(text string) reason {
	c := count(text)
	size := c.length(j.o.Language)
	switch blank := placeholder.FindString(text); {
	case !c.is(j.o.Language, text):
		return reason{Code: "language"}
	case size < j.o.MinLength:
		return reason{Code: "short", Detail: fmt.Sprint(j.o.MinLength)}
	case size > j.o.MaxLength:
		return reason{Code: "long", Detail: fmt.Sprint(j.o.MaxLength)}
	case blank != "":
		return reason{Code: "placeholder", Detail: blank}
	}
	return reason{}
}

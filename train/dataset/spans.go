package dataset

import (
	"errors"
	"log/slog"
	"strings"

	"skillspace/data/corpus"
	"skillspace/data/tokenize"
)

// markSpans marks the tokens that belong to a skill, in the training sentences whose words the data marks.
func (d *Filter) markSpans(maxLength int) error {
	marked := 0
	for i, s := range d.Sentences {
		if d.Training[i].Spans = tokenSpans(d.Tokenizer, s, maxLength); d.Training[i].Spans != nil {
			marked++
		}
	}
	if marked == 0 {
		return errors.New("loss.span_weight is set, but no training sentence tells which of its words belong to a skill, as SkillSpan's do")
	}
	slog.Info("sentences whose words are marked", "sentences", marked, "of", len(d.Sentences))
	return nil
}

// tokenSpans transfers a sentence's marks from its words to its tokens, without the special ones. It returns nil if the sentence
// has no marks, or if the tokens of its single words differ from the tokens of the whole sentence.
func tokenSpans(t *tokenize.Tokenizer, s corpus.Labelled, maxLength int) []bool {
	special := len(t.Encode("", 0))
	if s.Words == nil || special != 2 {
		return nil
	}
	want := len(t.Encode(s.Text, 0)) - special
	for _, space := range []string{"", " "} { // byte-level BPE makes the space before a word part of it
		var spans []bool
		for i, word := range strings.Split(s.Text, " ") {
			if i > 0 {
				word = space + word
			}
			for range len(t.Encode(word, 0)) - special {
				spans = append(spans, s.Words[i])
			}
		}
		if len(spans) == want {
			return spans[:min(want, max(maxLength-special, 0))]
		}
	}
	return nil
}

package quality

import (
	"fmt"
	"strings"

	"skillspace/data/taxonomy"
)

// blockSize is the number of sentences in which n-grams are counted. The share of distinct n-grams falls with the
// length of a text, so corpora of different sizes compare only on blocks of one size. The blocks are resampled,
// so the size is small enough to give small corpora several.
const blockSize = 25

// nearlySame is the Jaccard similarity of three-letter sequences from which two sentences count as the same.
const nearlySame = 0.8

// TextMeasures returns the measures of the sample's words.
func (c *Corpus) TextMeasures(tax *taxonomy.Taxonomy) []Measure {
	named := c.named()
	unit := "words"
	if c.Language == "zh" {
		unit = "characters"
	}
	var length, skills, leak, repeated []ratio
	for _, s := range named {
		length = append(length, ratio{float64(len(tokens(s.Text))), 1})
		skills = append(skills, ratio{float64(len(s.Skills)), 1})
		leak = append(leak, leaks(tax, s))
		near := ratio{below: 1}
		if s.Repeated {
			near.above = 1
		}
		repeated = append(repeated, near)
	}
	measures := []Measure{
		quotient("length", "Length", "mean "+unit+" of a sentence that names a skill", Neither, length, nil),
		quotient("skills", "Skills a sentence", "mean number of skills in a sentence that names any", Neither, skills, nil),
		quotient("leak", "Label leak", "share of the mentions whose sentence holds a label of the skill as it is written, case apart", Lower, leak, nil),
		quotient("near_duplicates", "Near-repetitions", "share of the sampled sentences that are nearly an earlier one of the corpus, which grows with the corpus", Lower, repeated, nil),
	}
	for n := 1; n <= 3; n++ {
		measures = append(measures, quotient(fmt.Sprintf("distinct_%d", n), fmt.Sprintf("Distinct-%d", n),
			fmt.Sprintf("share of distinct %d-grams of words within %d sentences (arXiv 1510.03055)", n, blockSize), Higher, distinct(named, n), nil))
	}
	return measures
}

func leaks(tax *taxonomy.Taxonomy, s Sampled) ratio {
	r := ratio{below: float64(len(s.Skills))}
	text := strings.ToLower(s.Text)
	for _, i := range s.Skills {
		skill := &tax.Skills()[i]
		for _, label := range append([]string{skill.PreferredLabel}, skill.AltLabels...) {
			if label = strings.ToLower(strings.TrimSpace(label)); label != "" && strings.Contains(text, label) {
				r.above++
				break
			}
		}
	}
	return r
}

// distinct counts, for each block, the distinct n-grams and all n-grams.
func distinct(sentences []Sampled, n int) (blocks []ratio) {
	for from := 0; from == 0 || from+blockSize <= len(sentences); from += blockSize {
		seen, total := map[string]bool{}, 0
		for _, s := range sentences[from:min(from+blockSize, len(sentences))] {
			words := tokens(s.Text)
			for i := 0; i+n <= len(words); i++ {
				seen[strings.Join(words[i:i+n], " ")] = true
				total++
			}
		}
		blocks = append(blocks, ratio{float64(len(seen)), float64(total)})
	}
	return blocks
}

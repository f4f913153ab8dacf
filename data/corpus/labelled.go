package corpus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// ReadLabelled returns sentences for the filter. A CSV file (name ends in .csv) has the columns text and label,
// or text and skills.
// Any other file holds JSON lines of these kinds, which are recognised by their keys:
//
//	{"text": …, "label": …}                           true or false, 1 or 0, "skill" or "none"
//	{"text": …, "skills": [URI…]}                     a corpus line: a skill sentence when the list is not empty
//	{"tokens": […], "tags_skill": […], "tags_knowledge": […]}   SkillSpan: a skill sentence when a tag begins or continues a span
//	{"sentences": [{"text": …, "skill": true}…]}      a whole ad: one Labelled a sentence
//
// The previous sentence is known within a whole ad, and for consecutive rows of SkillSpan with the same "idx" and
// "source". A row of another kind is skipped, counted and named in the Rejects. The error means that the file
// cannot be read or that no row can be used. SkillSpan: Zhang et al., NAACL 2022. Its tokens are joined by single
// spaces.
func ReadLabelled(path string) ([]Labelled, *Rejects, error) {
	return ReadLabelledContext(context.Background(), path)
}

// ReadLabelledContext is ReadLabelled that stops when ctx is done.
func ReadLabelledContext(ctx context.Context, path string) ([]Labelled, *Rejects, error) {
	var all []Labelled
	rejects := &Rejects{}
	keep := func(line int, found []Labelled, err error) {
		if err != nil {
			rejects.Add(path, line, "%v", err)
			return
		}
		all = append(all, found...)
	}
	err := withFile(path, func(r io.Reader) error {
		if isCSV(path) {
			return eachRecord(ctx, path, r, rejects, []string{"text"}, func(line int, r record) error {
				found, err := labelledOfRecord(r)
				keep(line, found, err)
				return nil
			})
		}
		var before neighbour
		return eachLine(ctx, path, r, rejects, func(number int, line []byte) error {
			found, ad, err := labelledOfJSON(line)
			if err == nil {
				before.follow(ad, found, rejects.Rows)
			}
			keep(number, found, err)
			return nil
		})
	})
	if err == nil {
		err = noneGood(path, len(all), rejects)
	}
	return all, rejects, err
}

// labelledRow has the keys of all kinds of JSON lines.
type labelledRow struct {
	Text          *string          `json:"text"`
	Label         json.RawMessage  `json:"label"`
	Skills        *[]string        `json:"skills"`
	Tokens        []string         `json:"tokens"`
	TagsSkill     []string         `json:"tags_skill"`
	TagsKnowledge []string         `json:"tags_knowledge"`
	Index         *json.RawMessage `json:"idx"`    // number of an ad within its source; null counts as absent
	Source        *json.RawMessage `json:"source"` // source of an ad
	Sentences     []struct {
		Text  string `json:"text"`
		Skill *bool  `json:"skill"`
	} `json:"sentences"`
}

// labelledOfJSON reads a line. ad identifies the ad of the sentence, or is "" if the line does not name one.
func labelledOfJSON(line []byte) (found []Labelled, ad string, err error) {
	var row labelledRow
	if err := json.Unmarshal(line, &row); err != nil {
		return nil, "", explainJSON(err)
	}
	switch {
	case row.Text != nil && row.Label != nil:
		var skill bool
		skill, err = parseLabel(strings.Trim(string(row.Label), `"`))
		found, err = one(*row.Text, skill, err)
	case row.Text != nil && row.Skills != nil:
		found, err = one(*row.Text, len(*row.Skills) > 0, nil)
	case row.Text != nil:
		err = errors.New(`"text" without "label" or "skills"`)
	case row.Tokens != nil:
		found, err = row.skillSpan()
		if row.Index != nil && row.Source != nil {
			ad = string(*row.Index) + " " + string(*row.Source)
		}
	case row.Sentences != nil:
		found, err = row.ad()
	default:
		err = errors.New(`none of the keys "text", "tokens" and "sentences"`)
	}
	return found, ad, err
}

// neighbour describes the sentence of the last good row: its ad ("" if unnamed) and the number of rows rejected
// before it.
type neighbour struct {
	ad, text string
	rejected int
}

// follow sets Before of the row's sentence if the last row belongs to the same named ad. A rejected row in
// between separates the two.
func (n *neighbour) follow(ad string, row []Labelled, rejected int) {
	if ad != "" && ad == n.ad && rejected == n.rejected {
		row[0].Before = n.text
	}
	*n = neighbour{ad: ad, text: row[0].Text, rejected: rejected}
}

func labelledOfRecord(r record) ([]Labelled, error) {
	text, _ := r.get("text")
	if label, ok := r.get("label"); ok {
		skill, err := parseLabel(label)
		return one(text, skill, err)
	}
	cell, ok := r.get("skills")
	if !ok {
		return nil, errors.New("neither a label nor skills in this row")
	}
	skills, err := splitSkills(cell)
	return one(text, len(skills) > 0, err)
}

// skillSpan reads a sentence of SkillSpan: tokens with two layers of BIO tags.
func (row *labelledRow) skillSpan() ([]Labelled, error) {
	if row.TagsSkill == nil && row.TagsKnowledge == nil {
		return nil, errors.New(`"tokens" without "tags_skill" or "tags_knowledge"`)
	}
	words := make([]bool, len(row.Tokens))
	for _, layer := range []struct {
		name string
		tags []string
	}{{"tags_skill", row.TagsSkill}, {"tags_knowledge", row.TagsKnowledge}} {
		if layer.tags == nil {
			continue
		}
		if len(layer.tags) != len(row.Tokens) {
			return nil, fmt.Errorf("%q has %d tags for %d tokens", layer.name, len(layer.tags), len(row.Tokens))
		}
		for i, tag := range layer.tags {
			switch {
			case tag == "O":
			case tag == "B", tag == "I", strings.HasPrefix(tag, "B-"), strings.HasPrefix(tag, "I-"):
				words[i] = true
			default:
				return nil, fmt.Errorf("%q has the tag %.40q, want O, B or I", layer.name, tag)
			}
		}
	}
	all, err := one(strings.Join(row.Tokens, " "), slices.Contains(words, true), nil)
	if err == nil && len(strings.Split(all[0].Text, " ")) == len(words) { // otherwise a token contains white space
		all[0].Words = words
	}
	return all, err
}

// ad reads a whole ad. One bad sentence rejects the row, so that an ad is never read in part.
func (row *labelledRow) ad() ([]Labelled, error) {
	var all []Labelled
	for i, s := range row.Sentences {
		if s.Skill == nil {
			return nil, fmt.Errorf(`sentence %d has no "skill"`, i+1)
		}
		found, err := one(s.Text, *s.Skill, nil)
		if err != nil {
			return nil, fmt.Errorf("sentence %d: %w", i+1, err)
		}
		if i > 0 {
			found[0].Before = all[i-1].Text
		}
		all = append(all, found...)
	}
	if len(all) == 0 {
		return nil, errors.New(`"sentences" is empty`)
	}
	return all, nil
}

func one(text string, skill bool, err error) ([]Labelled, error) {
	if err != nil {
		return nil, err
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, errors.New("the text is empty")
	}
	return []Labelled{{Text: text, Skill: skill}}, nil
}

// parseLabel accepts the common spellings of a label.
func parseLabel(label string) (bool, error) {
	switch strings.ToLower(label) {
	case "true", "1", "1.0", "skill":
		return true, nil
	case "false", "0", "0.0", "none":
		return false, nil
	}
	return false, fmt.Errorf(`label %.40q: want true or false, 1 or 0, "skill" or "none"`, label)
}

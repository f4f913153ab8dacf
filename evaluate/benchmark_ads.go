package evaluate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"skillspace/data/corpus"
)

// adRecord is one line of a labelled-ads file.
type adRecord struct {
	ID        string       `json:"id"`
	Sentences []adSentence `json:"sentences"`
}

type adSentence struct {
	Text       string          `json:"text"`
	Skills     []string        `json:"skills"`
	Alternates map[string]uris `json:"alternates"` // a skill and its alternative or alternatives
}

// uris is one URI or a list of them.
type uris []string

func (u *uris) UnmarshalJSON(data []byte) error {
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*u = uris{one}
		return nil
	}
	var many []string
	if err := json.Unmarshal(data, &many); err != nil {
		return errors.New("want a URI or a list of URIs")
	}
	*u = many
	return nil
}

// labels returns the URIs that count as gold for the sentence.
func (s adSentence) labels() []string {
	list := slices.Clone(s.Skills)
	for skill, others := range s.Alternates {
		list = append(append(list, skill), others...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// readAds reads JSON lines of labelled ads.
func (b *builder) readAds(data []byte) {
	number := 0
	for line := range bytes.Lines(data) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		ad, err := parseAd(line)
		if err != nil {
			b.reject(number, err)
			continue
		}
		if ad.ID == "" {
			ad.ID = fmt.Sprintf("line %d", number)
		}
		b.ad(ad)
	}
}

func parseAd(line []byte) (adRecord, error) {
	var ad adRecord
	if !utf8.Valid(line) {
		return ad, errors.New("not valid UTF-8")
	}
	if err := json.Unmarshal(line, &ad); err != nil {
		return ad, err
	}
	if len(ad.Sentences) == 0 {
		return ad, errors.New("an ad without sentences")
	}
	for i, s := range ad.Sentences {
		if err := checkText(strings.TrimSpace(s.Text)); err != nil {
			return ad, fmt.Errorf("sentence %d: text: %w", i+1, err)
		}
	}
	return ad, nil
}

func (b *builder) ad(ad adRecord) {
	whole, before := Query{ID: ad.ID}, ""
	for i, s := range ad.Sentences {
		text, gold := strings.TrimSpace(s.Text), b.resolve(s.labels())
		if b.bench.Level == Sentence {
			b.sentence(fmt.Sprintf("%s#%d", ad.ID, i+1), corpus.Sentence{Text: text, Before: before}, gold)
			before = text
			continue
		}
		whole.Parts, whole.PartGold = append(whole.Parts, text), append(whole.PartGold, sortedSet(gold))
		whole.Gold = append(whole.Gold, gold...)
	}
	if b.bench.Level == Ad {
		whole.Text = strings.Join(whole.Parts, "\n")
		whole.Gold = sortedSet(whole.Gold)
		b.bench.Queries = append(b.bench.Queries, whole)
	}
}

// readCorpus makes each example of a corpus a query.
func (b *builder) readCorpus() error {
	examples, rejects, err := corpus.Read(b.bench.Path)
	if err != nil {
		return err
	}
	if rejects != nil {
		b.bench.Rejects = rejects
	}
	for i, example := range examples {
		b.sentence(fmt.Sprintf("example %d", i+1), corpus.Sentence{Text: strings.TrimSpace(example.Text)}, b.resolve(example.Skills))
	}
	return nil
}

package llm

import (
	"fmt"
	"math/rand/v2"

	"skillspace/data/synthesis"
	"skillspace/data/taxonomy"
)

// item is a sentence to be written.
type item struct {
	set                          synthesis.Set
	form, level, industry, topic string

	state    state
	tries    int    // answers judged
	text     string // the accepted text, or else the last rejected one
	rejected reason // reason of the last rejection
}

type state int

const (
	open     state = iota // not written yet
	accepted              // written
	dropped               // rejected on its last attempt
	failed                // the server gave no answer
	unasked               // the budget had no room
)

// call is a group of sentences that one question asks for. Rejected ones are asked for together again. Either all
// sentences of a call name skills, or none does.
type call struct {
	number   int // among the calls of its kind, from 1
	negative bool
	items    []*item
}

// open returns the items that are not finished.
func (c *call) open() []*item {
	var list []*item
	for _, it := range c.items {
		if it.state == open {
			list = append(list, it)
		}
	}
	return list
}

// plan draws all sentences and groups them into calls. All draws depend on the seed and the position only. A
// longer plan therefore begins with the calls of a shorter one, except for the last call of each kind.
func plan(tax *taxonomy.Taxonomy, o *Settings, p *prompts) ([]*item, []*call, error) {
	sets, err := synthesis.Plan(tax, o.Corpus)
	if err != nil {
		return nil, nil, err
	}
	items := make([]*item, len(sets))
	var calls []*call
	var last [2]*call // naming skills, naming none
	for i, set := range sets {
		rng := rand.New(rand.NewPCG(mix(o.Corpus.Seed), mix(uint64(i))))
		pick := func(list []string) string { return list[rng.IntN(len(list))] }
		it := &item{set: set, level: pick(p.levels), industry: pick(p.industries)}
		kind := 0
		if len(set.Skills) > 0 {
			it.form = pick(p.forms)
		} else {
			kind, it.form, it.topic = 1, pick(p.plainForms), pick(p.topics)
		}
		items[i] = it
		if c := last[kind]; c == nil || len(c.items) == o.PerCall {
			number := 1
			if c != nil {
				number = c.number + 1
			}
			last[kind] = &call{number: number, negative: kind == 1}
			calls = append(calls, last[kind])
		}
		last[kind].items = append(last[kind].items, it)
	}
	return items, calls, nil
}

// question returns the current question of a call, which must have open items.
func (c *call) question(tax *taxonomy.Taxonomy, o *Settings, p *prompts) (question, error) {
	items := c.open()
	data := promptData{Number: fmt.Sprint(c.number)}
	attempt := items[0].tries // every answer is judged for all open items, so their counts are equal
	if attempt > 0 {
		data.Number = fmt.Sprintf("%d-%d", c.number, attempt+1)
	}
	for i, it := range items {
		pi := promptItem{Number: i + 1, Form: it.form, Level: it.level, Industry: it.industry, Topic: it.topic, Rejected: it.text, Reason: it.rejected}
		for _, skill := range it.set.Skills {
			pi.Skills = append(pi.Skills, newPromptSkill(&tax.Skills()[skill]))
		}
		data.Items = append(data.Items, pi)
	}
	data.Count = len(data.Items)
	var q question
	for _, form := range []struct {
		to         **request
		structured bool
		without    string // the setting that rules the form out
	}{{&q.schema, true, Text}, {&q.text, false, Schema}} {
		if o.Structured == form.without {
			continue
		}
		data.Structured = form.structured
		messages, err := p.messages(c.negative, data)
		if err != nil {
			return q, err
		}
		*form.to = &request{Model: o.Model, Messages: messages, Temperature: o.Temperature, MaxTokens: o.MaxTokens * data.Count, Attempt: attempt}
		if form.structured {
			(*form.to).Schema = data.Count
		}
	}
	return q, nil
}

// mix is the finaliser of SplitMix64: every bit of the input moves every bit of the output.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

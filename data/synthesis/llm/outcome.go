package llm

import (
	"fmt"
	"strings"

	"skillspace/data/synthesis"
)

// maxExamples bounds the dropped sentences in a report.
const maxExamples = 20

// Outcome describes a corpus and its cost. All fields but Run follow from the journal alone.
type Outcome struct {
	*synthesis.Statistics
	Model            string         `json:"model"`
	Language         string         `json:"language"`
	Complete         bool           `json:"complete"`   // all planned sentences were asked for and answered
	Planned          int            `json:"planned"`    // planned sentences
	Dropped          int            `json:"dropped"`    // sentences rejected on their last attempt
	Failed           int            `json:"failed"`     // sentences without an answer of the server
	Unasked          int            `json:"unasked"`    // sentences for which the budget had no room
	LeakShare        float64        `json:"leak_share"` // mentions whose sentence holds a label of two words or more
	Rejections       map[string]int `json:"rejections"` // by reason, including sentences that were accepted later
	DroppedExamples  []Dropped      `json:"dropped_examples"`
	Answers          int            `json:"answers"` // of the model, for accepted and rejected sentences
	PromptTokens     int            `json:"prompt_tokens"`
	CompletionTokens int            `json:"completion_tokens"`
	Cost             *float64       `json:"cost,omitempty"` // in the currency of the prices given

	Run Run `json:"-"`
}

// Run is the work of this run, without the answers that the journal already held.
type Run struct {
	Answers, Tokens int    // received from the server
	Repeats         int    // requests sent again after a fault
	Budget          string // why the run ended early, "" if it did not
}

// Dropped is a sentence that was rejected on its last attempt.
type Dropped struct {
	Skills []string `json:"skills"` // preferred labels
	Text   string   `json:"text"`   // the last version
	Reason reason   `json:"reason"`
}

func (g *generator) report(corpus *synthesis.Statistics) *Outcome {
	r := &Outcome{
		Statistics: corpus, Model: g.o.Model, Language: g.o.Language, Planned: len(g.items), Rejections: g.judge.rejections,
		DroppedExamples: []Dropped{}, Answers: len(g.used),
		Run: Run{
			Answers: int(g.asker.facts.asked.Load()), Tokens: int(g.asker.facts.tokens.Load()), Repeats: int(g.asker.facts.repeats.Load()),
		},
	}
	for _, it := range g.items {
		switch it.state {
		case dropped:
			r.Dropped++
			if len(r.DroppedExamples) < maxExamples {
				r.DroppedExamples = append(r.DroppedExamples, g.dropped(it))
			}
		case failed:
			r.Failed++
		case unasked:
			r.Unasked++
		}
	}
	r.Complete = r.Failed+r.Unasked == 0
	if g.over {
		r.Run.Budget = g.asker.budget.note()
	}
	if g.judge.mentions > 0 {
		r.LeakShare = float64(g.judge.leaks) / float64(g.judge.mentions)
	}
	for a := range g.used {
		r.PromptTokens += a.PromptTokens
		r.CompletionTokens += a.CompletionTokens
	}
	if g.o.PricePrompt > 0 || g.o.PriceCompletion > 0 {
		cost := (float64(r.PromptTokens)*g.o.PricePrompt + float64(r.CompletionTokens)*g.o.PriceCompletion) / 1e6
		r.Cost = &cost
	}
	return r
}

func (g *generator) dropped(it *item) Dropped {
	d := Dropped{Skills: []string{}, Text: it.text, Reason: it.rejected}
	for _, skill := range it.set.Skills {
		d.Skills = append(d.Skills, g.tax.Skills()[skill].PreferredLabel)
	}
	return d
}

// Summary returns the report as a few lines for a person.
func (r *Outcome) Summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Statistics.Summary())
	fmt.Fprintf(&b, "%s answered %d times for %d sentences: %d written, %d dropped, %d unanswered, %d not asked for\n",
		r.Model, r.Answers, r.Planned, r.Sentences, r.Dropped, r.Failed, r.Unasked)
	fmt.Fprintf(&b, "%d tokens of questions, %d of answers", r.PromptTokens, r.CompletionTokens)
	if r.Cost != nil {
		fmt.Fprintf(&b, ", %.2f at the prices given", *r.Cost)
	}
	fmt.Fprintf(&b, "; this run: %d answers, %d tokens, %d requests repeated", r.Run.Answers, r.Run.Tokens, r.Run.Repeats)
	if r.Run.Budget != "" {
		fmt.Fprintf(&b, "\nstopped by the budget: %s; raise it and run again to go on", r.Run.Budget)
	}
	return b.String()
}

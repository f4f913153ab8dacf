package llm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"skillspace/data/corpus"
	"skillspace/data/synthesis"
	"skillspace/data/taxonomy"
)

// Generate writes the sentences that o asks for, as far as the server and the budget allow. It passes each
// sentence to emit and reports what it wrote. Every answer is in the journal before it is used. A run that was
// killed or cancelled, or that failed, continues from the journal when it is started again. The same journal
// always gives the same corpus. A spent budget is not an error; the report names it. round, if not nil, gets the
// number of calls of the next round. Its result is called after each of these calls.
func Generate(ctx context.Context, tax *taxonomy.Taxonomy, o Settings, emit func(corpus.Example) error, round func(calls int) (back func())) (*Outcome, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("generate corpus: %w", err)
	}
	g, err := newGenerator(tax, &o)
	if err != nil {
		return nil, fmt.Errorf("generate corpus: %w", err)
	}
	if round != nil {
		g.begin = round
	}
	j, err := openJournal(o.Journal)
	if err != nil {
		return nil, fmt.Errorf("generate corpus: %w", err)
	}
	answers, tokens := j.spent()
	g.asker = &asker{
		o: &o, server: newServer(&o), journal: j, limiter: newLimiter(o.RequestsPerMinute, o.TokensPerMinute), budget: newBudget(&o, answers, tokens),
	}
	report, err := g.run(ctx, emit)
	if err := errors.Join(err, j.close()); err != nil {
		held, _ := j.spent()
		return nil, fmt.Errorf("generate corpus (%d answers are kept in %s; run again to go on): %w", held, o.Journal, err)
	}
	return report, nil
}

type generator struct {
	tax     *taxonomy.Taxonomy
	o       *Settings
	prompts *prompts
	items   []*item
	calls   []*call
	judge   *judge
	asker   *asker
	begin   func(calls int) (back func()) // of a round
	used    map[*answer]bool
	over    bool // the budget had no room for a call
}

// newGenerator plans the corpus.
func newGenerator(tax *taxonomy.Taxonomy, o *Settings) (*generator, error) {
	p, err := loadPrompts(o.Language, o.Prompts)
	if err != nil {
		return nil, err
	}
	if err := o.Corpus.CheckTaxonomy(tax); err != nil {
		return nil, err
	}
	items, calls, err := plan(tax, o, p)
	if err != nil {
		return nil, err
	}
	return &generator{
		tax: tax, o: o, prompts: p, items: items, calls: calls, judge: newJudge(o, newLexicon(tax)),
		begin: func(int) func() { return func() {} }, used: make(map[*answer]bool),
	}, nil
}

func (g *generator) run(ctx context.Context, emit func(corpus.Example) error) (*Outcome, error) {
	for {
		jobs, err := g.jobs()
		if err != nil {
			return nil, err
		}
		if len(jobs) == 0 {
			return g.write(emit)
		}
		if err := g.round(ctx, jobs); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}

// job is a call in one round: its question and its result.
type job struct {
	call     *call
	question question
	err      error // errBudget or a *givenUp
}

// jobs returns the calls that still have sentences to write.
func (g *generator) jobs() ([]*job, error) {
	var list []*job
	for _, c := range g.calls {
		if len(c.open()) == 0 {
			continue
		}
		q, err := c.question(g.tax, g.o, g.prompts)
		if err != nil {
			return nil, err
		}
		list = append(list, &job{call: c, question: q})
	}
	return list, nil
}

// round gets the answers of all jobs and then judges them in order. A rejected sentence is asked for again in the
// next round. The choice between two similar sentences therefore does not depend on the order of the answers.
func (g *generator) round(ctx context.Context, jobs []*job) error {
	back := g.begin(len(jobs))
	if g.o.Batch {
		if err := newBatches(g.asker).ask(ctx, jobs); err != nil {
			return err
		}
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(g.o.Concurrency)
	asked := make(map[string]bool)
	for _, j := range jobs {
		known, err := g.asker.known(j.question)
		if err != nil {
			return err
		}
		same := j.question.name()
		if known != nil || asked[same] { // equal questions are asked once; the answer is looked up below
			back()
			continue
		}
		asked[same] = true
		if inner.Err() != nil {
			break
		}
		group.Go(func() error {
			_, err := g.asker.ask(inner, j.question)
			if up := (*givenUp)(nil); errors.Is(err, errBudget) || errors.As(err, &up) {
				j.err = err
			} else if err != nil {
				return err
			}
			back()
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return g.settle(jobs)
}

// settle judges the answers of a round.
func (g *generator) settle(jobs []*job) error {
	for _, j := range jobs {
		got, err := g.asker.known(j.question)
		if err != nil {
			return err
		}
		if got != nil {
			g.used[got] = true
			g.judge.call(j.call, got)
			if g.judge.err != nil {
				return fmt.Errorf("compare a sentence with its skills: %w", g.judge.err)
			}
			continue
		}
		end := failed
		if errors.Is(j.err, errBudget) {
			end, g.over = unasked, true
		} else if j.err != nil {
			slog.Warn("a call got no answer and is left out", "sentences", len(j.call.open()), "reason", j.err)
		}
		for _, it := range j.call.open() {
			it.state, it.rejected = end, reason{Code: "unanswered"}
		}
	}
	return nil
}

// write emits the accepted sentences in the order of the plan and reports on all sentences.
func (g *generator) write(emit func(corpus.Example) error) (*Outcome, error) {
	tally := synthesis.NewTally(g.tax, g.o.Corpus)
	for i, it := range g.items {
		if it.state != accepted {
			continue
		}
		tally.Add(it.set, it.text)
		e := corpus.Example{Text: it.text, Skills: []string{}, Writer: Writer}
		for _, skill := range it.set.Skills {
			e.Skills = append(e.Skills, g.tax.Skills()[skill].URI)
		}
		if it.set.Group >= 0 {
			e.Level2 = g.tax.Groups()[it.set.Group].URI
		}
		if err := emit(e); err != nil {
			return nil, fmt.Errorf("write sentence %d: %w", i+1, err)
		}
	}
	return g.report(tally.Statistics()), nil
}

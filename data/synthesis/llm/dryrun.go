package llm

import (
	"fmt"
	"io"

	"skillspace/data/taxonomy"
)

// DryRun describes on out what Generate would do, with a sample of its prompts. It does not contact the server
// and writes no file.
func DryRun(tax *taxonomy.Taxonomy, o Settings, out io.Writer) error {
	if err := o.Validate(); err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	g, err := newGenerator(tax, &o)
	if err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	j, err := readJournal(o.Journal)
	if err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	g.asker = &asker{o: &o, journal: j}
	jobs, err := g.jobs()
	if err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	answers, tokens, err := estimate(g.asker, jobs)
	if err != nil {
		return fmt.Errorf("dry run: %w", err)
	}
	if _, err := fmt.Fprintf(out, "%d sentences in %d calls to %s: %d are answered in %s, %d would be asked, for at most %d tokens; sentences that are turned down are asked for again, at most %d times\n",
		len(g.items), len(jobs), o.Model, answers, o.Journal, len(jobs)-answers, tokens, o.Attempts-1); err != nil {
		return err
	}
	return samples(out, jobs)
}

// estimate counts the jobs that the journal answers, and the tokens that the other jobs may use.
func estimate(a *asker, jobs []*job) (answers, tokens int, err error) {
	for _, j := range jobs {
		known, err := a.known(j.question)
		if err != nil {
			return 0, 0, err
		}
		if known != nil {
			answers++
			continue
		}
		tokens += j.question.first().tokens()
	}
	return answers, tokens, nil
}

// samples prints the first call with skills and the first call without.
func samples(out io.Writer, jobs []*job) error {
	shown := map[bool]bool{}
	for _, j := range jobs {
		if shown[j.call.negative] {
			continue
		}
		shown[j.call.negative] = true
		for _, m := range j.question.first().Messages {
			if _, err := fmt.Fprintf(out, "\n--- %s ---\n%s\n", m.Role, m.Content); err != nil {
				return err
			}
		}
	}
	return nil
}

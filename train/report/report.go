// Package report writes report.html, one offline page about a training run: curves, validations, data, environment, configuration.
// It measures nothing: it shows metrics.jsonl and what the trainer hands it.
package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"skillspace/internal/atomicfile"
	"skillspace/train"
)

// Fact is a row of a two-column table.
type Fact struct{ Name, Value string }

// Page is what a report shows in addition to the metrics.
type Page struct {
	Path        string // of report.html
	Metrics     string // of metrics.jsonl
	Title       string // the command
	Run         string // the run's folder, as the user named it
	Config      string // resolved, as YAML
	BestMetric  string // larger is better
	Data        []Fact
	Lengths     []int // training sentences by their length: Lengths[n] have n tokens
	MaxLength   int   // tokens at which a sentence is cut
	Environment []Fact
	Filter      func() *Judgement // returns a filter's best validation so far, nil before the first; nil for other models

	state string // what the run does
	total int    // steps of the run
	due   bool   // a validation was recorded since the last write
	next  time.Time
}

// interval is the least time between two writes without a validation.
const interval = time.Minute

// effort is the least ratio of training time to writing time, so that the page costs at most 1% of the time of any run.
const effort = 100

// Validated makes the hook write the page after the current step.
func (p *Page) Validated() { p.due = true }

// Hook writes the page at each validation, every minute and at the run's end. A failed write is logged and tried again; it does not
// end the run.
func (p *Page) Hook() train.Hook {
	return train.Hook{Name: "report", Priority: train.MetricsPriority + 1, // after the metrics are on the disk
		Start: func(l *train.Loop) error {
			p.state, p.total, p.next = "running", l.TotalSteps(), time.Now().Add(interval)
			return nil
		},
		Step: func(context.Context, *train.Loop, train.Step) error {
			if p.due || time.Now().After(p.next) {
				p.write()
			}
			return nil
		},
		End: func(_ *train.Loop, cause error) error {
			switch {
			case cause == nil:
				p.state = "finished"
			case errors.Is(cause, context.Canceled):
				p.state = "stopped; --resume continues"
			default:
				p.state = "failed: " + cause.Error()
			}
			p.write()
			return nil
		},
	}
}

func (p *Page) write() {
	began := time.Now()
	if err := p.Write(); err != nil {
		slog.Warn("the run's report is not up to date", "error", err)
	}
	p.due, p.next = false, time.Now().Add(max(interval, effort*time.Since(began)))
}

// Write reads the metrics and replaces the page in one step.
func (p *Page) Write() error {
	history, err := train.ReadMetrics(p.Metrics)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	v := p.view(history, time.Now())
	if err := atomicfile.Write(p.Path, func(w io.Writer) error { return pageTemplate.Execute(w, v) }); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

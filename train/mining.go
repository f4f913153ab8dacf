package train

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"skillspace/data/taxonomy"
	"skillspace/embedding"
	"skillspace/index"
)

// MiningOptions choose how hard negatives are found and drawn.
type MiningOptions struct {
	Every       int  // steps between searches; the first one is before training
	PerSentence int  // drawn for each sentence of a batch
	Pool        int  // number of nearest skills to draw from
	OfSkills    bool // searches near the skills that a sentence names instead of near the sentence
}

// Mining renews a task's hard negatives with the current model, before the first step and then at intervals. The table is
// part of the run's state, so a resumed run draws from the same one.
type Mining struct {
	options           MiningOptions
	task              *BiEncoderTask
	skills            []taxonomy.Skill
	sentences, labels *embedding.Embedder
	named             []bool // skills that a training sentence names: a held-out skill must not be learnt as a negative only
}

// minedAtOnce bounds the sentences whose embeddings are in memory.
const minedAtOnce = 4096

// NewMining gives a task hard negatives. sentences and labels embed with the task's model.
func NewMining(o MiningOptions, task *BiEncoderTask, tax *taxonomy.Taxonomy, sentences, labels *embedding.Embedder) *Mining {
	task.Negatives = &HardNegatives{PerSentence: o.PerSentence, Relatives: tax.Relatives(), OfSkills: o.OfSkills}
	m := &Mining{options: o, task: task, skills: tax.Skills(), sentences: sentences, labels: labels, named: make([]bool, len(tax.Skills()))}
	for _, e := range task.Examples {
		for _, skill := range e.Skills {
			m.named[skill] = true
		}
	}
	return m
}

// Begin mines before the first step, unless a table was restored.
func (m *Mining) Begin(ctx context.Context, l *Loop) error {
	restored, err := agree(l.options.World, m.task.Negatives.table.Length > 0)
	if err != nil {
		return err
	}
	if !restored {
		return m.renew(ctx, l)
	}
	if l.options.World.Alone() {
		return nil
	}
	return m.replace(l, m.task.Negatives.table)
}

// Hook returns the mining as a hook. It runs before the hooks that save, so that a checkpoint holds the table of the next step.
func (m *Mining) Hook() Hook {
	return Hook{Name: "mining", Priority: MiningPriority, State: m.task.Negatives, Step: func(ctx context.Context, l *Loop, step Step) error {
		if step.Step%m.options.Every != 0 || step.RunEnds {
			return nil
		}
		return m.renew(ctx, l)
	}}
}

func (m *Mining) renew(ctx context.Context, l *Loop) error {
	began := time.Now()
	var table Neighbours
	if l.options.World.Rank() == 0 {
		var err error
		if table, err = m.Mine(ctx); err != nil {
			return fmt.Errorf("mine hard negatives: %w", err)
		}
	}
	if err := m.replace(l, table); err != nil {
		return err
	}
	slog.Info("hard negatives mined", "step", l.Position.Step, "took", time.Since(began).Round(time.Millisecond))
	return nil
}

// replace gives the task, and the other ranks', rank 0's table.
func (m *Mining) replace(l *Loop, table Neighbours) error {
	if world := l.options.World; !world.Alone() {
		var err error
		if table, err = table.broadcast(world); err != nil {
			return fmt.Errorf("share hard negatives: %w", err)
		}
	}
	return l.Unprepared(func() error { return m.task.Negatives.replace(table, m.rows()) })
}

// rows is the length of the table.
func (m *Mining) rows() int {
	if m.options.OfSkills {
		return len(m.skills)
	}
	return len(m.task.Examples)
}

// Mine returns the nearest allowed skills of each skill, or of each training sentence.
func (m *Mining) Mine(ctx context.Context) (Neighbours, error) {
	table := Neighbours{Length: m.options.Pool}
	labels, err := index.Build(ctx, m.labels, m.skills, index.LabelsOnly, nil)
	if err != nil {
		return table, err
	}
	defer labels.Close()
	labels.Pin(m.labels.Tower.Device())
	if m.options.OfSkills {
		nearest, err := labels.Nearest(ctx, labels.Rows(), m.options.Pool, func(skill, other int) bool {
			return m.named[other] && m.task.Negatives.Allowed([]int{skill}, other)
		})
		table.add(nearest)
		return table, err
	}
	for from := 0; from < len(m.task.Examples); from += minedAtOnce {
		nearest, err := m.nearSentences(ctx, labels, m.task.Examples[from:min(from+minedAtOnce, len(m.task.Examples))])
		if err != nil {
			return table, err
		}
		table.add(nearest)
	}
	return table, nil
}

// nearSentences returns the nearest allowed skills of some training sentences.
func (m *Mining) nearSentences(ctx context.Context, labels *index.Index, examples []PairExample) ([][]int, error) {
	ids := make([][]int32, len(examples))
	for i, e := range examples {
		ids[i] = e.Tokens
	}
	queries, err := m.sentences.EmbedTokens(ctx, ids, nil)
	if err != nil {
		return nil, err
	}
	return labels.Nearest(ctx, queries, m.options.Pool, func(sentence, skill int) bool {
		return m.named[skill] && m.task.Negatives.Allowed(examples[sentence].Skills, skill)
	})
}

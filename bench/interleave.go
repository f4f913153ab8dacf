package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"skillspace/internal/progress"
)

// side is one contestant of a task.
type side struct {
	name    string
	unit    string
	measure func(ctx context.Context, round int) (measurement, error)
}

// measurement is what one run of a side gave.
type measurement struct {
	rate  float64       // in the side's unit, more is better
	peak  int64         // bytes resident at most
	wall  time.Duration // of the whole process
	start time.Duration // of training: from the process's start to the end of its first step
}

// Measured is a side's row of the result.
type Measured struct {
	Side string `json:"side"`
	Unit string `json:"unit"`
	Rate Spread `json:"rate"`
	Peak Spread `json:"peak_resident_mb"`
	Wall Spread `json:"process_seconds"`
}

// interleave runs the sides in turn, round after round, so that whatever the machine does meanwhile meets all of them. Every
// round begins with another side.
func interleave(ctx context.Context, task string, sides []side, rounds int) ([]Measured, error) {
	bar := progress.NewUnit(int64(rounds*len(sides)), task, "runs")
	defer bar.Finish()
	all := make([][]measurement, len(sides))
	for round := range rounds {
		for turn := range sides {
			i := (turn + round) % len(sides)
			bar.Describe(fmt.Sprintf("%s, round %d of %d: %s", task, round+1, rounds, sides[i].name))
			m, err := sides[i].measure(ctx, round)
			if err != nil {
				return nil, fmt.Errorf("%s, round %d: %w", task, round+1, err)
			}
			slog.Info(task, "round", round+1, "side", sides[i].name, sides[i].unit, fmt.Sprintf("%.1f", m.rate), "peak MB", m.peak>>20,
				"took", m.wall.Round(time.Second/10).String())
			all[i] = append(all[i], m)
			bar.Add(1)
		}
	}
	rows := make([]Measured, len(sides))
	for i, s := range sides {
		rows[i] = summarise(s, all[i])
	}
	return rows, nil
}

func summarise(s side, all []measurement) Measured {
	var rates, peaks, walls []float64
	for _, m := range all {
		rates, peaks, walls = append(rates, m.rate), append(peaks, float64(m.peak)/(1<<20)), append(walls, m.wall.Seconds())
	}
	return Measured{Side: s.name, Unit: s.unit, Rate: spread(rates), Peak: spread(peaks), Wall: spread(walls)}
}

// find returns the row of a side. A name that no row has is a mistake in this program.
func find(rows []Measured, side string) Measured {
	for _, row := range rows {
		if row.Side == side {
			return row
		}
	}
	panic("bench: no side " + side)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"skillspace/internal/progress"
)

// Growth is one point of (d): a training run at another size, measured once.
type Growth struct {
	Along string  `json:"along"` // "corpus", "batch" or "length"
	Size  int     `json:"size"`
	Side  string  `json:"side"`
	Rate  float64 `json:"examples_per_second,omitempty"`
	Start float64 `json:"seconds_to_first_step,omitempty"`
	Peak  float64 `json:"peak_resident_mb,omitempty"`
	Fails string  `json:"fails,omitempty"` // why there are no figures
}

// point is a size and the steps it is measured with: fewer where a step takes longer.
type point struct{ size, warmUp, steps int }

var growthPoints = []struct {
	along  string
	points []point
}{
	{"corpus", []point{{1_000, 2, 8}, {10_000, 2, 8}, {100_000, 2, 8}}},
	{"batch", []point{{16, 4, 40}, {64, 2, 12}, {256, 1, 4}, {1_024, 1, 2}}},
	{"length", []point{{16, 2, 10}, {64, 2, 5}, {128, 1, 3}, {256, 1, 2}}},
}

// growthPairs is how many pairs the largest batch needs.
const growthPairs = 1_024 * (1 + 2 + spareSteps)

// growthTask measures how training's cost grows with the corpus, the batch and the length of both texts.
func (b *bench) growthTask(ctx context.Context) error {
	sides := []struct {
		name string
		run  func(context.Context, shape) (measurement, error)
	}{{oursAuto, b.ourTraining(oursAuto, "auto", false)}, {peerBest, b.peerAtItsBest()}}
	total := 0
	for _, g := range growthPoints {
		total += len(g.points) * len(sides)
	}
	bar := progress.NewUnit(int64(total), "growth", "runs")
	defer bar.Finish()
	for _, g := range growthPoints {
		for _, p := range g.points {
			s, err := b.growthShape(ctx, g.along, p)
			if err != nil {
				return err
			}
			for _, side := range sides {
				bar.Describe(fmt.Sprintf("growth, %s %d: %s", g.along, p.size, side.name))
				m, err := side.run(ctx, s)
				at := Growth{Along: g.along, Size: p.size, Side: side.name, Rate: m.rate, Start: m.start.Seconds(), Peak: float64(m.peak) / (1 << 20)}
				switch {
				case errors.Is(err, errMemory):
					at.Fails = "needs more memory than there is"
				case err != nil:
					return fmt.Errorf("growth, %s %d: %w", g.along, p.size, err)
				}
				slog.Info("growth", g.along, p.size, "side", side.name, "examples/s", fmt.Sprintf("%.1f", at.Rate), "peak MB", int(at.Peak))
				b.result.Growth = append(b.result.Growth, at)
				bar.Add(1)
			}
		}
	}
	return nil
}

// growthShape writes a point's data and returns how to train on it.
func (b *bench) growthShape(ctx context.Context, along string, p point) (shape, error) {
	s := shape{batch: b.Batch, maxLength: b.MaxLength, warmUp: p.warmUp, steps: p.steps, seed: b.Seed,
		data: filepath.Join(b.work, fmt.Sprintf("%s-%d", along, p.size))}
	pairs := b.pairs
	var err error
	switch along {
	case "corpus":
		pairs, err = writePairs(ctx, b.taxonomy, p.size, b.Seed)
	case "batch":
		s.batch = p.size
	case "length":
		s.maxLength = p.size
		pairs = lengthen(pairs, p.size, s.batch*(p.warmUp+p.steps+spareSteps))
	}
	if err != nil {
		return s, err
	}
	return s, writeTraining(s.data, pairs)
}

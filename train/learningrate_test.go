package train

import (
	"math"
	"testing"
)

func TestScheduleFactors(t *testing.T) {
	for _, c := range []struct {
		schedule   Schedule
		run, epoch place
		want       float64
	}{
		{Schedule{Kind: "linear", WarmupRatio: 0.1}, place{0, 100}, place{}, 1.0 / 11},
		{Schedule{Kind: "linear", WarmupRatio: 0.1}, place{9, 100}, place{}, 10.0 / 11},
		{Schedule{Kind: "linear", WarmupRatio: 0.1}, place{10, 100}, place{}, 1},
		{Schedule{Kind: "linear", WarmupRatio: 0.1}, place{55, 100}, place{}, 0.5},
		{Schedule{Kind: "linear", WarmupRatio: 0.1}, place{99, 100}, place{}, 1.0 / 90},
		{Schedule{Kind: "cosine"}, place{50, 100}, place{}, 0.5},
		{Schedule{Kind: "cosine"}, place{0, 100}, place{}, 1},
		{Schedule{Kind: "cosine", WarmupRatio: 0.2}, place{40, 100}, place{}, 0.5 + math.Sqrt2/4},
		{Schedule{Kind: "constant"}, place{99, 100}, place{}, 1},
		{Schedule{Kind: "constant", WarmupRatio: 0.5}, place{0, 4}, place{}, 1.0 / 3},
		{Schedule{Kind: "linear"}, place{0, 1}, place{}, 1},
		{Schedule{Kind: "linear", PerEpoch: true}, place{75, 100}, place{5, 10}, 0.5},
		{Schedule{Kind: "cosine", PerEpoch: true}, place{90, 100}, place{0, 10}, 1},
		{Schedule{Kind: "linear", WarmupRatio: 0.2, PerEpoch: true}, place{90, 100}, place{0, 10}, 1.0 / 3},
	} {
		if got := c.schedule.factor(c.run, c.epoch); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%+v at %v of the run, %v of the epoch: %v, want %v", c.schedule, c.run, c.epoch, got, c.want)
		}
	}
}

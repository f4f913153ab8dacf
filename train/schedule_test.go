package train

import (
	"math"
	"testing"
)

func TestScheduleFactors(t *testing.T) {
	for _, c := range []struct {
		schedule    Schedule
		step, total int
		want        float64
	}{
		{Schedule{"linear", 0.1}, 0, 100, 1.0 / 11},
		{Schedule{"linear", 0.1}, 9, 100, 10.0 / 11},
		{Schedule{"linear", 0.1}, 10, 100, 1},
		{Schedule{"linear", 0.1}, 55, 100, 0.5},
		{Schedule{"cosine", 0}, 50, 100, 0.5},
		{Schedule{"cosine", 0}, 0, 100, 1},
		{Schedule{"constant", 0}, 99, 100, 1},
		{Schedule{"linear", 0}, 0, 1, 1},
	} {
		if got := c.schedule.Factor(c.step, c.total); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%+v at step %d of %d: %v, want %v", c.schedule, c.step, c.total, got, c.want)
		}
	}
}

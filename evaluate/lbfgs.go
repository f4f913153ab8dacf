package evaluate

import (
	"context"
	"errors"
	"math"
)

// lbfgsMemory is how many steps the curvature is estimated from.
const lbfgsMemory = 10

// lbfgs minimises a smooth convex function from x on, which it overwrites, until no slope exceeds tolerance or after so many
// iterations (limited-memory BFGS, Liu and Nocedal 1989, with step sizes by Armijo's rule). f returns the value at x and writes the slopes.
func lbfgs(ctx context.Context, f func(x, slopes []float64) float64, x []float64, tolerance float64, iterations int) error {
	n := len(x)
	slopes, next, nextSlopes := make([]float64, n), make([]float64, n), make([]float64, n)
	value := f(x, slopes)
	var memory []curvature
	for range iterations {
		if err := ctx.Err(); err != nil {
			return err
		}
		if largest(slopes) <= tolerance {
			return nil
		}
		direction := descent(slopes, memory)
		along := dot(direction, slopes)
		size := 1.0
		if len(memory) == 0 {
			size = 1 / math.Max(1, math.Sqrt(-along))
		}
		nextValue := math.Inf(1)
		for ; size > 1e-20; size /= 2 {
			for i := range next {
				next[i] = x[i] + size*direction[i]
			}
			if nextValue = f(next, nextSlopes); nextValue <= value+1e-4*size*along {
				break
			}
		}
		if !(nextValue < value) {
			return nil // nothing is left to gain at this precision
		}
		memory = remember(memory, x, next, slopes, nextSlopes)
		copy(x, next)
		copy(slopes, nextSlopes)
		value = nextValue
	}
	return errors.New("the minimum was not reached")
}

// curvature is how a step changed the slopes.
type curvature struct {
	step, change []float64
	inverse      float64 // 1 / (step · change)
}

func remember(memory []curvature, from, to, slopesFrom, slopesTo []float64) []curvature {
	c := curvature{step: make([]float64, len(from)), change: make([]float64, len(from))}
	for i := range from {
		c.step[i], c.change[i] = to[i]-from[i], slopesTo[i]-slopesFrom[i]
	}
	product := dot(c.step, c.change)
	if !(product > 1e-300) {
		return memory
	}
	c.inverse = 1 / product
	if memory = append(memory, c); len(memory) > lbfgsMemory {
		memory = memory[1:]
	}
	return memory
}

// descent is the two-loop recursion: minus the slopes times the estimated inverse curvature.
func descent(slopes []float64, memory []curvature) []float64 {
	direction := make([]float64, len(slopes))
	for i, s := range slopes {
		direction[i] = -s
	}
	shares := make([]float64, len(memory))
	for k := len(memory) - 1; k >= 0; k-- {
		shares[k] = memory[k].inverse * dot(memory[k].step, direction)
		addScaled(direction, -shares[k], memory[k].change)
	}
	if len(memory) > 0 {
		last := memory[len(memory)-1]
		scale := 1 / (last.inverse * dot(last.change, last.change))
		for i := range direction {
			direction[i] *= scale
		}
	}
	for k, c := range memory {
		addScaled(direction, shares[k]-c.inverse*dot(c.change, direction), c.step)
	}
	return direction
}

func dot(x, y []float64) (sum float64) {
	for i := range x {
		sum += x[i] * y[i]
	}
	return sum
}

func addScaled(x []float64, factor float64, y []float64) {
	for i := range x {
		x[i] += factor * y[i]
	}
}

func largest(x []float64) (size float64) {
	for _, v := range x {
		size = max(size, math.Abs(v))
	}
	return size
}

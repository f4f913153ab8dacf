package main

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"skillspace/internal/libtorch"
)

// multiplication is the side that measures what the machine can do.
const multiplication = "matrix product, fp32, [4096, 4096]"

const (
	multiplySize  = 4096
	multiplyTimes = 6 // the fastest counts
)

// multiply measures the rate of libtorch's matrix product in GFLOP/s in a process of its own.
func (b *bench) multiply(ctx context.Context, _ int) (measurement, error) {
	f, err := b.self(multiplication, "multiply-worker", "--threads", strconv.Itoa(b.Threads)).run(ctx)
	if err != nil {
		return measurement{}, err
	}
	var answer struct{ Seconds float64 }
	if err := f.answer(&answer); err != nil {
		return measurement{}, err
	}
	return measurement{rate: 2 * multiplySize * multiplySize * multiplySize / answer.Seconds / 1e9, peak: f.peak, wall: f.wall}, nil
}

func newMultiplyWorker() *cobra.Command {
	var threads int
	cmd := &cobra.Command{Use: "multiply-worker", Hidden: true, RunE: func(*cobra.Command, []string) error {
		seconds, err := fastestProduct(threads)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(map[string]float64{"seconds": seconds})
	}}
	cmd.Flags().IntVar(&threads, "threads", 0, "")
	return cmd
}

func fastestProduct(threads int) (seconds float64, err error) {
	err = libtorch.Do(func(s *libtorch.Scope) error {
		if err := useThreads(threads); err != nil {
			return err
		}
		x, y := s.Normal(0, 1, multiplySize, multiplySize), s.Normal(0, 1, multiplySize, multiplySize)
		for i := range multiplyTimes {
			began := time.Now()
			s.Within(func(in *libtorch.Scope) { in.MatMul(x, y) })
			if took := time.Since(began).Seconds(); i == 0 || took < seconds {
				seconds = took
			}
		}
		return s.Err()
	})
	return seconds, err
}

// useThreads sets libtorch's threads; 0 leaves its default.
func useThreads(threads int) error {
	if threads == 0 {
		return nil
	}
	return libtorch.SetThreads(threads)
}

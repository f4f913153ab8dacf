package libtorch_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"skillspace/internal/libtorch"
)

// The tests of this file run this test binary again, once for each rank, with TestRank alone.

// roles are what a rank does once it has joined.
var roles = map[string]func(s *libtorch.Scope, g *libtorch.Group) error{
	"collectives": collectives, "gradients": sumGradients, "dies": diesOrWaits, "hangs": hangsOrWaits,
}

func TestRank(t *testing.T) {
	role, ok := roles[os.Getenv("TEST_ROLE")]
	if !ok {
		t.Skip("this is the process of a rank, which other tests start")
	}
	number := func(name string) int { n, _ := strconv.Atoi(os.Getenv(name)); return n }
	timeout, _ := time.ParseDuration(os.Getenv("TEST_TIMEOUT"))
	err := libtorch.Do(func(s *libtorch.Scope) error {
		g, err := libtorch.JoinGroup(libtorch.GroupOptions{Host: "127.0.0.1", Port: number("TEST_PORT"), Rank: number("TEST_RANK"), Size: number("TEST_SIZE"),
			Prefix: "test", JoinTimeout: time.Minute, Timeout: timeout})
		if err != nil {
			return err
		}
		defer g.Close()
		return role(s, g)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// ranks runs a role in size processes. It returns each one's error, with its output.
func ranks(t *testing.T, role string, size int, timeout time.Duration) []error {
	t.Helper()
	port := freePort(t)
	failures := make(chan func(errs []error), size)
	for rank := range size {
		cmd := exec.Command(os.Args[0], "-test.run=^TestRank$", "-test.timeout=2m")
		cmd.Env = append(os.Environ(), "TEST_ROLE="+role, fmt.Sprint("TEST_RANK=", rank), fmt.Sprint("TEST_SIZE=", size), fmt.Sprint("TEST_PORT=", port),
			"TEST_TIMEOUT="+timeout.String())
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		go func() {
			err := cmd.Wait()
			if err != nil {
				err = fmt.Errorf("rank %d: %w\n%s", rank, err, out.String())
			}
			failures <- func(errs []error) { errs[rank] = err }
		}()
	}
	errs := make([]error, size)
	for range size {
		(<-failures)(errs)
	}
	return errs
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func TestCollectives(t *testing.T) {
	if err := errors.Join(ranks(t, "collectives", 3, time.Minute)...); err != nil {
		t.Error(err)
	}
}

func collectives(s *libtorch.Scope, g *libtorch.Group) error {
	mine := float32(g.Rank() + 1)
	sum := s.Float32s([]float32{mine, 10 * mine}, 2)
	all := s.AllGather(g, s.Float32s([]float32{mine, -mine}, 1, 2))
	from := s.Float32s([]float32{mine}, 1)
	if err := errors.Join(g.AllReduce(sum), g.Broadcast(from, 1), g.Barrier(), s.Err()); err != nil {
		return err
	}
	text, err := g.BroadcastBytes(bytes.Repeat([]byte{byte(7 + g.Rank())}, 1+g.Rank()))
	if err != nil || !bytes.Equal(text, []byte{7}) {
		return fmt.Errorf("bytes %v, %w", text, err)
	}
	if empty, err := g.BroadcastBytes(nil); err != nil || len(empty) > 0 {
		return fmt.Errorf("no bytes: %v, %w", empty, err)
	}
	numbers, err := g.Gather(int64(g.Rank()) - 1<<40)
	if err != nil || !slices.Equal(numbers, []int64{-1 << 40, 1 - 1<<40, 2 - 1<<40}) {
		return fmt.Errorf("numbers %v, %w", numbers, err)
	}
	return errors.Join(wantFloats(sum, 6, 60), wantFloats(all, 1, -1, 2, -2, 3, -3), wantFloats(from, 2))
}

func wantFloats(t libtorch.Tensor, want ...float32) error {
	got, err := t.Float32s()
	if err == nil && !slices.Equal(got, want) {
		err = fmt.Errorf("values %v, want %v", got, want)
	}
	return err
}

func TestGradientsAreSummed(t *testing.T) {
	if err := errors.Join(ranks(t, "gradients", 3, time.Minute)...); err != nil {
		t.Error(err)
	}
}

// sumGradients: every rank has a gradient of a table's rows, in another number and order; two ranks have one of a vector; none
// has one of the last parameter.
func sumGradients(s *libtorch.Scope, g *libtorch.Group) error {
	word, vector, untouched := s.Zeros(libtorch.Float32, libtorch.CPU, 6, 2), s.Float32s([]float32{1, 2}, 2), s.Float32s([]float32{3}, 1)
	tables := libtorch.EmbeddingTables{Word: word, Position: s.Float32s(make([]float32, 8), 4, 2), TokenType: s.Float32s([]float32{1, -1}, 1, 2),
		NormWeight: s.Float32s([]float32{1, 1}, 2), NormBias: s.Float32s([]float32{0, 0}, 2)}
	for _, p := range []libtorch.Tensor{word, vector, untouched} {
		if err := libtorch.Parameter(p, true); err != nil {
			return err
		}
	}
	ids := [][]int64{{1, 4, 1}, {4}, {5, 1}}[g.Rank()]
	weights := s.Float32s([]float32{float32(1 + g.Rank()), 0}, 1, 2)
	embedded := s.Embed(tables, s.Int64s(ids, int64(len(ids))), s.Int64s([]int64{0, int64(len(ids))}, 2), libtorch.EmbeddingOptions{Epsilon: 1, DType: libtorch.Float32})
	loss := s.Sum(s.Mul(embedded, weights))
	if g.Rank() != 1 {
		loss = s.Add(loss, s.Sum(s.Mul(vector, vector)))
	}
	if err := s.Err(); err != nil {
		return err
	}
	parameters := []libtorch.Tensor{word, vector, untouched}
	if err := errors.Join(libtorch.Backward(loss), g.SumGradients(parameters)); err != nil {
		return err
	}
	if s.Gradient(untouched).Defined() {
		return errors.New("a gradient that no rank has is defined")
	}
	// d embedded / d word of one row is the same for all: the rows are equal. One unit of weight is worth u.
	got, err := s.Gradient(word).Float32s()
	if err != nil {
		return err
	}
	u := got[2*5] / 3 // row 5: rank 2 alone, weight 3
	for row, times := range []float32{0, 2*1 + 3, 0, 0, 1 + 2, 3} {
		if diff := got[2*row] - times*u; u == 0 || diff > 1e-6 || diff < -1e-6 {
			return fmt.Errorf("row %d has gradient %v, want %v", row, got[2*row], times*u)
		}
	}
	return wantFloats(s.Gradient(vector), 4, 8) // of the two ranks that have one
}

func diesOrWaits(s *libtorch.Scope, g *libtorch.Group) error {
	x := s.Float32s([]float32{1}, 1)
	if err := g.AllReduce(x); err != nil {
		return err
	}
	if g.Rank() == 1 {
		os.Exit(9)
	}
	return failsWithin(20*time.Second, func() error { return g.AllReduce(x) })
}

func hangsOrWaits(s *libtorch.Scope, g *libtorch.Group) error {
	x := s.Float32s([]float32{1}, 1)
	if err := g.AllReduce(x); err != nil {
		return err
	}
	if g.Rank() == 1 {
		time.Sleep(8 * time.Second)
		return nil
	}
	return failsWithin(7*time.Second, func() error { return g.AllReduce(x) })
}

// failsWithin wants an error of the group, in time, and another one afterwards.
func failsWithin(limit time.Duration, f func() error) error {
	began := time.Now()
	err := f()
	if took := time.Since(began); !errors.Is(err, libtorch.ErrGroup) || took > limit {
		return fmt.Errorf("error %w after %v", err, took)
	}
	if err := f(); !errors.Is(err, libtorch.ErrGroup) {
		return fmt.Errorf("the second time: %w", err)
	}
	return nil
}

func TestARankThatEndsIsAnErrorOfTheOthers(t *testing.T) {
	errs := ranks(t, "dies", 2, time.Minute)
	if errs[0] != nil {
		t.Error(errs[0])
	}
	if errs[1] == nil || !strings.Contains(errs[1].Error(), "exit status 9") {
		t.Errorf("rank 1: %v", errs[1])
	}
}

func TestARankThatHangsIsAnErrorAtTheTimeLimit(t *testing.T) {
	if err := errors.Join(ranks(t, "hangs", 2, 2*time.Second)...); err != nil {
		t.Error(err)
	}
}

func TestJoiningFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	base := libtorch.GroupOptions{Host: "127.0.0.1", Size: 2, JoinTimeout: time.Second, Timeout: time.Second}
	for name, test := range map[string]struct {
		change func(o *libtorch.GroupOptions)
		want   string
		group  bool // whether it is an ErrGroup
	}{
		"missing rank":             {func(o *libtorch.GroupOptions) { o.Port = freePort(t) }, "rank 1 of 2 has not joined within 1 s", true},
		"no store":                 {func(o *libtorch.GroupOptions) { o.Port, o.Rank = freePort(t), 1 }, "rank 1 of 2 cannot join at 127.0.0.1 port", true},
		"no such host":             {func(o *libtorch.GroupOptions) { o.Host, o.Port, o.Rank = "no-such-host.invalid", 29500, 1 }, "no-such-host.invalid", true},
		"no store of the launcher": {func(o *libtorch.GroupOptions) { o.Port, o.StoreExists = freePort(t), true }, "TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1", true},
		"port taken":               {func(o *libtorch.GroupOptions) { o.Port = taken.Addr().(*net.TCPAddr).Port }, "cannot join", true},
		"no such rank":             {func(o *libtorch.GroupOptions) { o.Port, o.Rank = 29500, 2 }, "no rank 2 among 2", false},
		"no port":                  {func(_ *libtorch.GroupOptions) {}, "0 is not a port", false},
		"no limit":                 {func(o *libtorch.GroupOptions) { o.Port, o.Timeout = 29500, 0 }, "time limits", false},
	} {
		t.Run(name, func(t *testing.T) {
			o := base
			test.change(&o)
			began := time.Now()
			g, err := libtorch.JoinGroup(o)
			if err == nil {
				g.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, libtorch.ErrGroup) != test.group {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("the error came after %v", took)
			}
		})
	}
}

// A process alone needs no group.
func TestTheNilGroupDoesNothing(t *testing.T) {
	var g *libtorch.Group
	err := libtorch.Do(func(s *libtorch.Scope) error {
		x := s.Float32s([]float32{1, 2}, 1, 2)
		all := s.AllGather(g, x)
		if err := errors.Join(g.AllReduce(x), g.Broadcast(x, 0), g.Barrier(), g.SumGradients([]libtorch.Tensor{x}), s.Err()); err != nil {
			return err
		}
		numbers, err := g.Gather(5)
		if err != nil || !slices.Equal(numbers, []int64{5}) || g.Rank() != 0 || g.Size() != 1 {
			return fmt.Errorf("numbers %v of rank %d of %d, %w", numbers, g.Rank(), g.Size(), err)
		}
		g.Close()
		return errors.Join(wantFloats(x, 1, 2), wantFloats(all, 1, 2))
	})
	if err != nil {
		t.Error(err)
	}
}

func TestChecksum(t *testing.T) {
	err := libtorch.Do(func(s *libtorch.Scope) error {
		var seen []int64
		for _, values := range [][]float32{{1, 2, 0}, {2, 1, 0}, {1, 2, 1e-40}} {
			sum, err := libtorch.Checksum([]libtorch.Tensor{s.Float32s(values, 3)})
			if err != nil {
				return err
			}
			if slices.Contains(seen, sum) {
				t.Errorf("%v has another tensor's checksum", values)
			}
			seen = append(seen, sum)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

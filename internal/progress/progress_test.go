package progress

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// throttle is longer than the pause between two drawings of a bar.
const throttle = 120 * time.Millisecond

func TestShowsCountRateAndTimeLeft(t *testing.T) {
	var out bytes.Buffer
	d := &display{out: &out, terminal: true}
	b := d.bar(100, "writing", "sentences")
	time.Sleep(throttle)
	b.Add(10)
	b.Describe("still writing")
	time.Sleep(throttle)
	b.Add(10)
	b.Finish()
	for _, want := range []string{"writing", "still writing", "(20/100, ", " sentences/s)", " 20%"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the bar lacks %q: %q", want, out.String())
		}
	}
	if strings.Contains(out.String(), "100%") {
		t.Errorf("a bar that ended early claims to be done: %q", out.String())
	}
	if !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("the line is not ended: %q", out.String())
	}
}

func TestSilentWithoutTerminal(t *testing.T) {
	var out bytes.Buffer
	d := &display{out: &out}
	b := d.bar(3, "writing", "it")
	b.Add(1)
	b.Describe("x")
	b.Finish()
	if out.Len() > 0 {
		t.Errorf("wrote %q", out.String())
	}
	if _, err := (lines{d}).Write([]byte("log\n")); err != nil || out.String() != "log\n" {
		t.Errorf("a log line became %q, %v", out.String(), err)
	}
}

func TestALineEveryTenSecondsWithoutATerminal(t *testing.T) {
	d := &display{out: &bytes.Buffer{}}
	b := d.bar(200, "reading", "rows")
	for _, c := range []struct {
		after time.Duration
		want  string
	}{
		{9 * time.Second, ""},
		{10 * time.Second, "reading: 20 of 200 rows, 2/s, 1m30s left"},
		{19 * time.Second, ""},
		{20 * time.Second, "reading: 40 of 200 rows, 2/s, 1m20s left"},
	} {
		if got := b.count(10, b.started.Add(c.after)); got != c.want {
			t.Errorf("after %s: %q, want %q", c.after, got, c.want)
		}
	}
	spinner := d.bar(0, "counting", "records")
	if got, want := spinner.count(5, spinner.started.Add(20*time.Second)), "counting: 5 records, 0.25/s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := spinner.count(49_995, spinner.started.Add(40*time.Second)), "counting: 50000 records, 1250/s"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestOddUseIsHarmless(t *testing.T) {
	var none *Bar
	none.Add(1)
	none.Describe("x")
	none.Finish()

	var out bytes.Buffer
	d := &display{out: &out, terminal: true}
	b := d.bar(3, "writing", "it")
	b.Add(-5)
	b.Add(1 << 30) // beyond the total
	if b.done != 3 {
		t.Errorf("done is %d, want 3", b.done)
	}
	b.Finish()
	before := out.Len()
	b.Add(1)
	b.Describe("x")
	b.Finish()
	if out.Len() != before {
		t.Errorf("a finished bar wrote %q", out.String()[before:])
	}
	if strings.Count(out.String(), "100%") == 0 {
		t.Errorf("a full bar does not say so: %q", out.String())
	}

	spinner := d.bar(-1, "reading", "rows")
	spinner.Add(1 << 40)
	spinner.Finish()
	if spinner.done != 1<<40 {
		t.Errorf("a spinner counted %d", spinner.done)
	}
}

func TestInnerBarTakesTheLineAndGivesItBack(t *testing.T) {
	var out bytes.Buffer
	d := &display{out: &out, terminal: true}
	outer := d.bar(10, "outer", "it")
	outer.Add(1)
	time.Sleep(throttle)
	inner := d.bar(10, "inner", "it")
	out.Reset()
	time.Sleep(throttle)
	outer.Add(1)
	if strings.Contains(out.String(), "outer") {
		t.Errorf("the outer bar wrote over the inner one: %q", out.String())
	}
	inner.Add(10)
	out.Reset()
	time.Sleep(throttle)
	inner.Finish()
	if !strings.Contains(out.String(), "outer") || strings.Contains(out.String(), "\n") {
		t.Errorf("the outer bar did not get its line back: %q", out.String())
	}
	outer.Finish()
	if len(d.bars) != 0 || !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("%d bars left; %q", len(d.bars), out.String())
	}
}

func TestLogLineDoesNotTearTheBar(t *testing.T) {
	var out bytes.Buffer
	d := &display{out: &out, terminal: true}
	b := d.bar(10, "writing", "it")
	b.Add(1)
	time.Sleep(throttle)
	out.Reset()
	fmt.Fprintln(lines{d}, "a log line")
	got := out.String()
	before, after, ok := strings.Cut(got, "a log line\n")
	if !ok || strings.TrimSpace(strings.ReplaceAll(before, "\033[2K", "")) != "" || !strings.Contains(after, "writing") {
		t.Errorf("want: clear, line, bar; got %q", got)
	}
}

func TestManyGoroutines(t *testing.T) {
	var out bytes.Buffer
	d := &display{out: &out, terminal: true}
	b := d.bar(4000, "writing", "it")
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 1000 {
				b.Add(1)
				b.Describe("x")
			}
			fmt.Fprintln(lines{d}, "done")
		})
	}
	wait.Wait()
	b.Finish()
	if b.done != 4000 {
		t.Errorf("counted %d, want 4000", b.done)
	}
}

// A spinner must draw only while the display is locked: run with -race.
func TestSpinnerDrawsOnlyUnderTheLock(t *testing.T) {
	var out bytes.Buffer
	d := &display{out: &out, terminal: true}
	spinner := d.bar(-1, "reading", "rows")
	for range 5 {
		time.Sleep(throttle)
		spinner.Add(1)
		fmt.Fprintln(lines{d}, "a log line")
	}
	spinner.Finish()
	ended := out.Len()
	time.Sleep(2 * throttle)
	if out.Len() != ended {
		t.Errorf("a finished spinner wrote %q", out.String()[ended:])
	}
}

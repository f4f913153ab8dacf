package main

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"skillspace/model"
)

func TestSpreadAndPairedRatios(t *testing.T) {
	s := spread([]float64{4, 1, 3})
	if s.Median != 3 || s.Min != 1 || s.Max != 4 || !slices.Equal(s.Values, []float64{4, 1, 3}) {
		t.Errorf("%+v", s)
	}
	if even := spread([]float64{1, 2, 4, 8}); even.Median != 3 {
		t.Errorf("the median of four is %v", even.Median)
	}
	// A slow second round halves both: the ratio of the medians would be 2.5, the median of the ratios is 3.
	if r := paired([]float64{30, 15, 25}, []float64{10, 5, 10}); r.Median != 3 {
		t.Errorf("paired ratio %v", r.Median)
	}
}

func TestInterleaveTakesTurnsAndPairsRounds(t *testing.T) {
	var order []string
	contestant := func(name string) side {
		return side{name, "x/s", func(_ context.Context, round int) (measurement, error) {
			order = append(order, name)
			return measurement{rate: float64(10*round + len(name)), peak: 3 << 20}, nil
		}}
	}
	rows, err := interleave(context.Background(), "test", []side{contestant("a"), contestant("bb")}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, " "); got != "a bb bb a a bb" {
		t.Errorf("order %s", got)
	}
	if b := find(rows, "bb"); !slices.Equal(b.Rate.Values, []float64{2, 12, 22}) || b.Peak.Median != 3 {
		t.Errorf("%+v", b)
	}
	broken := side{"broken", "", func(context.Context, int) (measurement, error) { return measurement{}, errors.New("no such file") }}
	if _, err := interleave(context.Background(), "test", []side{broken}, 1); err == nil || !strings.Contains(err.Error(), "test, round 1: no such file") {
		t.Errorf("error %v", err)
	}
}

func TestFLOPs(t *testing.T) {
	c := model.EncoderConfig{HiddenSize: 8, IntermediateSize: 16, Layers: 3}
	const linear = 3 * (4*8*8 + 2*8*16) // weights
	tokens := func(text string) int { return len(text) }
	cost := func(n float64) float64 { return 6*linear*n + 12*3*8*n*n }
	distinct := []pair{{"aaaa", "p"}, {"bb", "qqq"}}
	want := (cost(4) + cost(2) + cost(1) + cost(3)) / 2
	if got := flopsAnExample(distinct, 2, c, tokens); math.Abs(got-want) > 1e-6 {
		t.Errorf("got %v, want %v", got, want)
	}
	same := []pair{{"aa", "skill"}, {"aa", "skill"}}
	if got, want := flopsAnExample(same, 2, c, tokens), (2*cost(2)+cost(5))/2; math.Abs(got-want) > 1e-6 {
		t.Errorf("a skill text that two pairs share: got %v, want %v", got, want)
	}
	if got := absent(4, 2, 2); math.Abs(got-1.0/6) > 1e-12 { // of the six batches of two, one holds neither
		t.Errorf("absent %v, want 1/6", got)
	}
	mean, share := tokenShare([]pair{{"aaaa", "b"}, {"aa", "bb"}, {"a", "b"}}, 2, tokens)
	if mean != 11.0/3 || math.Abs(share-11.0/14) > 1e-12 {
		t.Errorf("tokens a pair %v, their share %v", mean, share)
	}
}

func TestRatiosKnowWhetherTheyAreReached(t *testing.T) {
	for _, c := range []struct {
		r    Ratio
		want string
	}{
		{Ratio{Wanted: 2, Spread: Spread{Median: 2}}, "reached"}, {Ratio{Wanted: 2, Spread: Spread{Median: 1.99}}, "missed"},
		{Ratio{Wanted: 0.6, AtMost: true, Spread: Spread{Median: 0.6}}, "reached"},
		{Ratio{Wanted: 0.6, AtMost: true, Spread: Spread{Median: 0.61}}, "missed"}, {Ratio{Spread: Spread{Median: 1}}, ""},
	} {
		if got := c.r.verdict(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.r, got, c.want)
		}
	}
}

func TestAgreeRefusesOtherVectors(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, change func(i int, x float32) float32) string {
		values := make([]float32, 2*dimension)
		for i := range values {
			values[i] = change(i, float32(math.Sin(float64(i))))
		}
		path := filepath.Join(folder, name)
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if err := binary.Write(file, binary.LittleEndian, values); err != nil {
			t.Fatal(err)
		}
		return path
	}
	same := func(_ int, x float32) float32 { return x }
	files := map[string]string{encodeDefaults: write("peer", same), encodeOurs: write("ours", func(_ int, x float32) float32 { return x * 1.001 })}
	all, err := agree(files)
	if err != nil || len(all) != 2 || all[1].LeastCosine < 0.9999 {
		t.Fatalf("%+v, %v", all, err)
	}
	files[encodeOurs] = write("wrong", func(i int, x float32) float32 { // the second sentence only
		if i > dimension && i%5 == 0 {
			return 0
		}
		return x
	})
	if _, err := agree(files); err == nil || !strings.Contains(err.Error(), encodeOurs) {
		t.Errorf("error %v", err)
	}
}

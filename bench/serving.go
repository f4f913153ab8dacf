package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"skillspace/bench/load"
)

// The sides of the serving task.
const (
	oursServe = "skillspace serve"
	oursFast  = "skillspace serve, fast"
	peerServe = "esco-skill-extractor's server"
)

// loadTimeout bounds a request. With many clients, a slow server takes long to answer, and that is no error.
const loadTimeout = 5 * time.Minute

// What the load test wants of us.
const (
	wantedSpeed  = 5    // times the peer's ads/s
	flatMemory   = 1.05 // times the memory at the start
	wantedScores = 1    // times the peer's F1@5
)

// Serving is the outcome of the load test.
type Serving struct {
	Comparison
	Clients   int             `json:"clients"`
	Models    []ServedModel   `json:"models"` // that we serve
	Precision string          `json:"precision"`
	Loads     []ServerLoad    `json:"loads"`
	Quality   *ServingQuality `json:"quality,omitempty"`
}

// ServerLoad is what the clients saw of one server in one round.
type ServerLoad struct {
	Side  string `json:"side"`
	Round int    `json:"round"`
	load.Result
}

// serving is what the sides of the task share.
type serving struct {
	*bench
	ads   []string
	loads []ServerLoad
}

// servingTask is the load test: our server and the peer's, alone on the machine in turn, under the same ads from as many clients.
func (b *bench) servingTask(ctx context.Context) error {
	s := &serving{bench: b}
	if err := s.readAds(ctx); err != nil {
		return err
	}
	models, err := b.servedModels(ctx)
	if err != nil {
		return err
	}
	var ours []server
	for _, m := range models {
		ours = append(ours, b.ourServer(m.side, m.Checkpoint), b.ourServer(m.side+", --views label", m.Checkpoint, "--views", "label"))
		if m.Filter != "" {
			ours = append(ours, b.ourServer(m.side+", with the filter", m.Checkpoint, "--filter", m.Filter))
		}
	}
	quality, err := b.servingQuality(ctx, ours) // first, since it leaves what either side keeps of its skills
	if err != nil {
		return err
	}
	var sides []side
	for _, server := range append(ours, b.peerServer()) {
		sides = append(sides, s.side(server))
	}
	rows, err := interleave(ctx, "serving", sides, b.LoadRounds)
	if err != nil {
		return err
	}
	b.result.Serving = &Serving{
		Comparison: Comparison{Title: fmt.Sprintf("Serving: %d clients for %s, rounds: %d, %d ads of %s", b.Clients, b.LoadFor, b.LoadRounds, len(s.ads), b.result.Data.Ads.Source),
			Rows: rows, Ratios: servingRatios(rows, s.loads, quality)},
		Clients: b.Clients, Models: models, Precision: b.ServePrecision, Loads: s.loads, Quality: quality,
	}
	return nil
}

// readAds writes down what is sent.
func (s *serving) readAds(ctx context.Context) (err error) {
	source := s.LoadAds
	if _, missing := os.Stat(source); missing == nil {
		s.ads, err = postings(source)
	} else {
		source = "examples/ads"
		slog.Warn("no real ads, sending the examples", "file", s.LoadAds)
		s.ads, err = readAds(ctx, exampleAds)
	}
	if err != nil {
		return err
	}
	hash, err := writeLines(filepath.Join(s.work, "ads.jsonl"), s.ads)
	s.result.Data.Ads = Dataset{Source: source, Count: len(s.ads), SHA256: hash}
	for _, ad := range s.ads {
		s.result.Data.AdCharacters += float64(len([]rune(ad))) / float64(len(s.ads))
	}
	return err
}

// ourServer is serve as users run it. The peer has a vector a skill; by default ours has one for every label, and with --views label one a skill too.
func (b *bench) ourServer(name, checkpoint string, more ...string) server {
	return server{name: name, ready: "/readyz", path: "/v1/extract", body: extractBody, command: func(port int) []string {
		args := []string{filepath.Join(b.Bin, "serve"), "--checkpoint", checkpoint, "--taxonomy", b.Taxonomy, "--precision", b.ServePrecision,
			"--addr", "127.0.0.1:" + strconv.Itoa(port), "--token-env", "", "--log-format", "json"}
		return append(args, more...)
	}}
}

// peerServer is the package's own server as it comes, with the same encoder's files instead of a download.
func (b *bench) peerServer() server {
	return server{name: peerServe, ready: "/", path: "/extract-skills", body: func(ad string) any { return []string{ad} }, command: func(port int) []string {
		return []string{b.Python, "-m", "esco_skill_extractor", "--model", b.Model, "--host", "127.0.0.1", "--port", strconv.Itoa(port)}
	}}
}

// side puts a server that runs alone under load.
func (s *serving) side(server server) side {
	return side{server.name, "ads/s", func(ctx context.Context, round int) (measurement, error) {
		bodies, err := bodiesOf(s.ads, server.body)
		if err != nil {
			return measurement{}, err
		}
		var seen *load.Result
		f, err := s.serve(ctx, server, func(ctx context.Context, r running) (err error) {
			seen, err = load.Run(ctx, load.Options{URL: r.url + server.path, Body: func(i int) []byte { return bodies[i%len(bodies)] }, Clients: s.Clients,
				WarmUp: s.LoadWarmUp, Length: s.LoadFor, Timeout: loadTimeout, PID: r.pid})
			return err
		})
		if err != nil {
			return measurement{}, err
		}
		slog.Info("serving", "side", server.name, "errors", seen.Errors, "median", seconds(seen.Median), "p99", seconds(seen.P99), "MB",
			fmt.Sprintf("%.0f to %.0f", seen.Memory.Start, seen.Memory.End))
		s.loads = append(s.loads, ServerLoad{server.name, round + 1, *seen})
		return measurement{rate: seen.PerSecond, peak: f.peak, wall: f.wall}, nil
	}}
}

func seconds(milliseconds float64) string { return number(milliseconds/1000) + " s" }

func servingRatios(rows []Measured, loads []ServerLoad, quality *ServingQuality) []Ratio {
	var ratios []Ratio
	for _, row := range rows {
		if row.Side == peerServe {
			continue
		}
		ratios = append(ratios, speed(rows, row.Side, peerServe, wantedSpeed))
		if quality != nil {
			ratios = append(ratios, Ratio{What: "F1@5", Of: row.Side, To: peerServe, Wanted: wantedScores,
				Spread: spread([]float64{quality.row(row.Side).F1At5 / quality.row(peerServe).F1At5})})
		}
		ratios = append(ratios, memory(rows, row.Side, peerServe, 0), memoryGrowth(loads, row.Side))
	}
	return ratios
}

// memoryGrowth is a server's memory at the end of the measured time, of that at its start.
func memoryGrowth(loads []ServerLoad, side string) Ratio {
	var grown []float64
	for _, l := range loads {
		if l.Side == side {
			grown = append(grown, l.Memory.End/l.Memory.Start)
		}
	}
	return Ratio{What: "memory at the end", Of: side, To: "at the start", Wanted: flatMemory, AtMost: true, Spread: spread(grown)}
}

// tables writes the comparison, what each round's clients saw, and what the answers are worth.
func (s *Serving) tables(b *strings.Builder) {
	s.table(b)
	fmt.Fprintf(b, "\nPrecision of ours: %s.\n", s.Precision)
	for _, m := range s.Models {
		fmt.Fprintf(b, "%s: %s", m.side, m.Words)
		if m.Filter != "" {
			fmt.Fprintf(b, "; filter: %s", m.Filter)
		}
		b.WriteString(".\n")
	}
	b.WriteString("\n")
	rows := [][]string{{"side", "round", "requests", "failed", "median", "p99", "longest", "resident at the start, the end, at most, MB"}}
	for _, l := range s.Loads {
		rows = append(rows, []string{l.Side, strconv.Itoa(l.Round), strconv.Itoa(l.Requests), strconv.Itoa(l.Errors), seconds(l.Median), seconds(l.P99),
			seconds(l.Max), fmt.Sprintf("%.0f, %.0f, %.0f", l.Memory.Start, l.Memory.End, l.Memory.Max)})
	}
	grid(b, rows)
	if s.Quality != nil {
		s.Quality.table(b)
	}
}

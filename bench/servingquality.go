package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"skillspace/evaluate"
)

// ServingQuality is what the servers' answers are worth on labelled sentences.
type ServingQuality struct {
	Benchmark string       `json:"benchmark"`
	Queries   int          `json:"queries"`
	Gold      int          `json:"gold_skills"`         // distinct ones
	Known     int          `json:"gold_skills_of_peer"` // of these, those in the peer's list of skills
	PeerList  int          `json:"skills_of_peer"`      // in that list
	Rows      []QualityRow `json:"rows"`
}

// QualityRow is a side's scores: means over the queries.
type QualityRow struct {
	Side     string  `json:"side"`
	F1At5    float64 `json:"f1_at_5"` // of its five best skills, whatever their scores
	RP5      float64 `json:"rp_at_5"`
	Answered float64 `json:"f1_of_answers"`       // of what it answers with its own threshold
	Skills   float64 `json:"skills_in_an_answer"` // of these, on average

	F1Difference *Difference `json:"f1_at_5_to_peer,omitempty"`

	values []evaluate.Values
}

// Difference is a mean difference to the peer, paired over the queries, with its 95% bootstrap interval.
type Difference struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// ranking is what a side says of one sentence.
type ranking struct {
	Ranked   []string `json:"ranked"`   // URIs of its best skills, best first
	Answered []string `json:"answered"` // those that it answers as it is run
}

// servingQuality asks every side for the labelled sentences' skills. Without the benchmark's file there is nothing to ask.
func (b *bench) servingQuality(ctx context.Context, ours []server) (*ServingQuality, error) {
	if _, err := os.Stat(b.Benchmark); err != nil {
		slog.Warn("no labelled sentences: the servers' answers are not compared", "file", b.Benchmark)
		return nil, nil //nolint:nilerr // a benchmark that is not there is no failure
	}
	labelled, err := evaluate.LoadBenchmark(b.Benchmark, b.taxonomy, evaluate.Sentence)
	if err != nil {
		return nil, err
	}
	texts, gold := make([]string, len(labelled.Queries)), make([][]string, len(labelled.Queries))
	for i, q := range labelled.Queries {
		texts[i] = q.Text
		for _, skill := range q.Gold {
			gold[i] = append(gold[i], b.taxonomy.Skills()[skill].URI)
		}
	}
	list, rankings, err := b.peerRankings(ctx, texts)
	if err != nil {
		return nil, err
	}
	quality := &ServingQuality{Benchmark: labelled.Name, Queries: len(texts), PeerList: len(list)}
	quality.Gold, quality.Known = covered(gold, list)
	peer, err := qualityOf(peerServe, rankings, gold)
	if err != nil {
		return nil, err
	}
	for _, server := range ours {
		rankings, err := b.ourRankings(ctx, server, texts)
		if err != nil {
			return nil, err
		}
		row, err := qualityOf(server.name, rankings, gold)
		if err != nil {
			return nil, err
		}
		if row.F1Difference, err = difference(ctx, row, peer); err != nil {
			return nil, err
		}
		quality.Rows = append(quality.Rows, row)
	}
	quality.Rows = append(quality.Rows, peer)
	for _, row := range quality.Rows {
		slog.Info("serving", "side", row.Side, "F1@5", fmt.Sprintf("%.3f", row.F1At5), "F1 of answers", fmt.Sprintf("%.3f", row.Answered))
	}
	return quality, nil
}

// peerRankings has the peer's package rank its skills; list is all of them.
func (b *bench) peerRankings(ctx context.Context, texts []string) (list []string, rankings []ranking, err error) {
	queries, output := filepath.Join(b.work, "queries.jsonl"), filepath.Join(b.work, "rankings.json")
	if _, err := writeLines(queries, texts); err != nil {
		return nil, nil, err
	}
	f, err := b.script(peerServe+", ranking", "rank_skills.py", "--model", b.Model, "--queries", queries, "--output", output).run(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := b.note(f); err != nil {
		return nil, nil, err
	}
	return readRankings(output)
}

func readRankings(path string) (list []string, rankings []ranking, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("read the peer's rankings: %w", err)
	}
	var said struct {
		Skills  []string
		Queries []ranking
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return nil, nil, fmt.Errorf("read the peer's rankings: %s: %w", path, err)
	}
	return said.Skills, said.Queries, nil
}

// covered counts the distinct gold skills, and those of them in a list.
func covered(gold [][]string, list []string) (distinct, known int) {
	all := map[string]bool{}
	for _, uri := range slices.Concat(gold...) {
		all[uri] = true
	}
	for _, uri := range list {
		if all[uri] {
			known++
			all[uri] = false // a list may name one twice
		}
	}
	return len(all), known
}

// qualityOf measures what a side said of each query.
func qualityOf(side string, rankings []ranking, gold [][]string) (QualityRow, error) {
	row := QualityRow{Side: side}
	if len(rankings) != len(gold) {
		return row, fmt.Errorf("%s: %d answers for %d sentences", side, len(rankings), len(gold))
	}
	for i, r := range rankings {
		row.values = append(row.values, evaluate.Measure(ranks(r.Ranked, gold[i])))
		row.Answered += f1(r.Answered, gold[i]) / float64(len(gold))
		row.Skills += float64(len(r.Answered)) / float64(len(gold))
	}
	mean := evaluate.Mean(row.values)
	row.F1At5, row.RP5 = mean[evaluate.F15], mean[evaluate.RP5]
	return row, nil
}

// ranks returns each gold skill's place in a ranking, from 1, 0 where it is not in it. A skill that only one side's list has keeps its place:
// the side did propose it.
func ranks(ranked, gold []string) []int {
	places := make([]int, len(gold))
	for i, uri := range gold {
		places[i] = slices.Index(ranked, uri) + 1
	}
	return places
}

// f1 is that of an answer as a set; 0 where nothing of it is right.
func f1(answered, gold []string) float64 {
	hits := 0
	for _, uri := range answered {
		if slices.Contains(gold, uri) {
			hits++
		}
	}
	return 2 * float64(hits) / float64(max(len(answered)+len(gold), 1))
}

func difference(ctx context.Context, row, peer QualityRow) (*Difference, error) {
	d, err := evaluate.Compare(ctx, evaluate.RankingResult{System: row.Side, PerQuery: row.values}, evaluate.RankingResult{System: peer.Side, PerQuery: peer.values}, evaluate.Bootstrap{})
	if err != nil {
		return nil, err
	}
	f := d.Metrics[evaluate.F15]
	return &Difference{f.Value, f.Low, f.High}, nil
}

// row returns a side's row. A name that no row has is a mistake in this program.
func (q *ServingQuality) row(side string) QualityRow {
	for _, row := range q.Rows {
		if row.Side == side {
			return row
		}
	}
	panic("bench: no side " + side)
}

func (q *ServingQuality) table(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s, %d sentences. The peer's list has %d skills, among them %d of the %d gold ones.\n\n", q.Benchmark, q.Queries, q.PeerList, q.Known, q.Gold)
	rows := [][]string{{"side", "F1@5", "to the peer's", "RP@5", "F1 of its answers", "skills in an answer"}}
	for _, r := range q.Rows {
		to := ""
		if d := r.F1Difference; d != nil {
			to = fmt.Sprintf("%+.3f [%+.3f, %+.3f]", d.Mean, d.Low, d.High)
		}
		rows = append(rows, []string{r.Side, fmt.Sprintf("%.3f", r.F1At5), to, fmt.Sprintf("%.3f", r.RP5), fmt.Sprintf("%.3f", r.Answered), number(r.Skills)})
	}
	grid(b, rows)
}

package evaluate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Metric names a measure of a ranking. All are means over the queries, lie in [0, 1], and are better when higher.
type Metric int

// The metrics of a report, in its column order.
const (
	// MRR is the reciprocal rank of the first gold skill in the full ranking.
	MRR Metric = iota
	// RP1, RP5 and RP10 are R-precision at K: gold skills among the first K, over min(K, number of gold skills).
	RP1
	RP5
	RP10
	// P5 is precision at 5: gold skills among the first five, over five.
	P5
	// R5 is recall at 5: gold skills among the first five, over the number of gold skills.
	R5
	// F15 is the mean over the queries of the harmonic mean of a query's P5 and R5; 0 where both are 0.
	F15
	// NDCG5 and NDCG10 are the normalised discounted cumulative gain of the first K: the grades of the gold skills among
	// them, each over log2(1 + rank), as a share of the best order's gain. Without grades, every gold skill has grade 1.
	NDCG5
	NDCG10
	// MAP is the mean over the gold skills of the precision at each one's rank.
	MAP
	// RPrec is precision at the number of gold skills.
	RPrec
	metricCount
)

var metricNames = [metricCount]string{"mrr", "rp@1", "rp@5", "rp@10", "p@5", "r@5", "f1@5", "ndcg@5", "ndcg@10", "map", "r-precision"}

// DefaultColumns are the metrics of a table if none are chosen.
var DefaultColumns = []Metric{MRR, RP1, RP5, RP10, P5, R5, F15}

// ParseMetric returns the metric of a name.
func ParseMetric(name string) (Metric, error) {
	if at := slices.Index(metricNames[:], name); at >= 0 {
		return Metric(at), nil
	}
	return 0, fmt.Errorf("metric %q: want %s", name, strings.Join(metricNames[:], ", "))
}

// String returns the metric's name in reports, such as "rp@5".
func (m Metric) String() string {
	if m < 0 || m >= metricCount {
		return "unknown"
	}
	return metricNames[m]
}

// Values holds one number for each [Metric].
type Values [metricCount]float64

// Rank returns the rank of each gold skill by descending score, from 1, in the order of gold. Equal scores are
// ranked by skill index. A gold skill with a score of -Inf is not proposed and has rank 0. Rank counts instead
// of sorting: a query has few gold skills and thousands of others.
func Rank(scoresS []float32, gold []int) []int {
	ranks := make([]int, len(gold))
	for i, g := range gold {
		ranks[i] = rankOf(scoresS, g)
	}
	return ranks
}

func rankOf(scoresS []float32, skill int) int {
	own := scoresS[skill]
	if own < lowestScore {
		return 0
	}
	rank := 1
	for _, s := range scoresS[:skill] {
		if s >= own {
			rank++
		}
	}
	for _, s := range scoresS[skill+1:] {
		if s > own {
			rank++
		}
	}
	return rank
}

// Measure returns a query's metrics from the ranks of its gold skills, as [Rank] returns them. Without a gold
// skill, all metrics are 0.
func Measure(ranks []int) Values { return MeasureGraded(ranks, nil) }

// MeasureGraded is [Measure] with a grade above 0 for each gold skill. Without grades, every gold skill has
// grade 1.
func MeasureGraded(ranks []int, grades []float64) Values {
	var v Values
	if len(ranks) == 0 {
		return v
	}
	first := 0
	for _, r := range ranks {
		if r > 0 && (first == 0 || r < first) {
			first = r
		}
	}
	if first > 0 {
		v[MRR] = 1 / float64(first)
	}
	gold := len(ranks)
	v[RP1] = float64(hits(ranks, 1)) / float64(min(1, gold))
	v[RP5] = float64(hits(ranks, 5)) / float64(min(5, gold))
	v[RP10] = float64(hits(ranks, 10)) / float64(min(10, gold))
	v[P5] = float64(hits(ranks, 5)) / 5
	v[R5] = float64(hits(ranks, 5)) / float64(gold)
	v[F15] = harmonic(v[P5], v[R5])
	v[NDCG5], v[NDCG10] = ndcg(ranks, grades, 5), ndcg(ranks, grades, 10)
	v[MAP] = averagePrecision(ranks)
	v[RPrec] = float64(hits(ranks, gold)) / float64(gold)
	return v
}

// ndcg is the normalised discounted cumulative gain of the first k (Järvelin and Kekäläinen 2002, with grades as gains).
func ndcg(ranks []int, grades []float64, k int) float64 {
	best := slices.Clone(grades)
	if grades == nil {
		best = slices.Repeat([]float64{1}, len(ranks))
	}
	gain, ideal := 0.0, 0.0
	for i, r := range ranks {
		if r > 0 && r <= k {
			gain += best[i] / math.Log2(1+float64(r))
		}
	}
	slices.SortFunc(best, func(a, b float64) int { return cmp.Compare(b, a) })
	for i, grade := range best[:min(k, len(best))] {
		ideal += grade / math.Log2(2+float64(i))
	}
	return gain / ideal
}

// averagePrecision is the mean over the gold skills of the precision at their ranks; 0 for one that is not proposed.
func averagePrecision(ranks []int) float64 {
	sorted := slices.DeleteFunc(slices.Clone(ranks), func(r int) bool { return r == 0 })
	slices.Sort(sorted)
	sum := 0.0
	for i, r := range sorted {
		sum += float64(i+1) / float64(r)
	}
	return sum / float64(len(ranks))
}

func hits(ranks []int, k int) int {
	n := 0
	for _, r := range ranks {
		if r > 0 && r <= k {
			n++
		}
	}
	return n
}

// harmonic returns the harmonic mean of a precision and a recall.
func harmonic(p, r float64) float64 {
	if p+r == 0 {
		return 0
	}
	return 2 * p * r / (p + r)
}

// Mean averages the values of queries. Without a query, all values are 0.
func Mean(rows []Values) Values {
	var sum Values
	if len(rows) == 0 {
		return sum
	}
	for _, row := range rows {
		for m := range sum {
			sum[m] += row[m]
		}
	}
	for m := range sum {
		sum[m] /= float64(len(rows))
	}
	return sum
}

package evaluate

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
	metricCount
)

var metricNames = [metricCount]string{"mrr", "rp@1", "rp@5", "rp@10", "p@5", "r@5", "f1@5"}

// String returns the metric's name in reports, such as "rp@5".
func (m Metric) String() string {
	if m < 0 || m >= metricCount {
		return "unknown"
	}
	return metricNames[m]
}

// Values holds one number for each [Metric].
type Values [metricCount]float64

// Rank returns the rank of each gold skill by descending score, from 1, in the order of gold. Equal scores are ranked
// by skill index. A gold skill with a score of -Inf is not proposed and has rank 0.
//
// Rank counts instead of sorting: a query has few gold skills and thousands of others.
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

// Measure returns a query's metrics from the ranks of its gold skills, as [Rank] returns them. Without a gold skill all
// are 0.
func Measure(ranks []int) Values {
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
	return v
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

// Mean averages the values of queries. Without a query all are 0.
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

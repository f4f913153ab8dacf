package summary

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// confidence is the level of the intervals.
const confidence = 0.95

// deviates returns how many standard deviations a two-sided interval of this error rate spans on either side.
func deviates(rate float64) float64 { return distuv.UnitNormal.Quantile(1 - rate/2) }

// wilson is the score interval of the share of k in n (Wilson 1927), z standard deviations wide. It is 0 to 1 where n is 0.
func wilson(k, n int, z float64) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	p, m := float64(k)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	low, high = max(0, centre-half), min(1, centre+half)
	if k == 0 {
		low = 0
	}
	if k == n {
		high = 1
	}
	return low, high
}

// newcombe is the interval of the difference between the shares k2 in n2 and k1 in n1 of independent samples: method 10 of Newcombe 1998,
// "Interval estimation for the difference between independent proportions".
func newcombe(k1, n1, k2, n2 int, z float64) (low, high float64) {
	if n1 == 0 || n2 == 0 {
		return -1, 1
	}
	p1, p2 := float64(k1)/float64(n1), float64(k2)/float64(n2)
	low1, high1 := wilson(k1, n1, z)
	low2, high2 := wilson(k2, n2, z)
	d := p2 - p1
	return d - math.Hypot(p2-low2, high1-p1), d + math.Hypot(high2-p2, p1-low1)
}

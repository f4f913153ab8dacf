package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
)

// leastCosine is the lowest cosine that is accepted between two sides' vectors of a sentence.
const leastCosine = 0.999

// Agreement compares a side's vectors with those of SentenceTransformer.encode at its defaults.
type Agreement struct {
	Side        string  `json:"side"`
	LeastCosine float64 `json:"least_cosine"`
	MeanCosine  float64 `json:"mean_cosine"`
}

// agree compares the files of vectors, one for each side. A cosine of leastCosine or less is an error.
func agree(files map[string]string) ([]Agreement, error) {
	wanted, err := readVectors(files[encodeDefaults])
	if err != nil {
		return nil, err
	}
	var all []Agreement
	for side, path := range files {
		got, err := readVectors(path)
		if err != nil {
			return nil, err
		}
		if len(got) != len(wanted) {
			return nil, fmt.Errorf("%s gave %d values, want %d", side, len(got), len(wanted))
		}
		a := Agreement{Side: side}
		a.LeastCosine, a.MeanCosine = cosines(got, wanted)
		if !(a.LeastCosine > leastCosine) {
			return nil, fmt.Errorf("%s: a sentence's vector has cosine %.5f with the peer's, want above %g: it does not compute the same",
				side, a.LeastCosine, leastCosine)
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Agreement) int { return strings.Compare(a.Side, b.Side) })
	return all, nil
}

// dimension is the size of MiniLM-L6's vectors.
const dimension = 384

func cosines(got, wanted []float32) (least, mean float64) {
	least = math.Inf(1)
	rows := len(wanted) / dimension
	for row := range rows {
		var product, a, b float64
		for i := row * dimension; i < (row+1)*dimension; i++ {
			x, y := float64(got[i]), float64(wanted[i])
			product, a, b = product+x*y, a+x*x, b+y*y
		}
		cosine := product / math.Sqrt(a*b)
		least, mean = min(least, cosine), mean+cosine/float64(rows)
	}
	return least, mean
}

func readVectors(path string) ([]float32, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	values := make([]float32, info.Size()/4)
	if len(values) == 0 || len(values)%dimension != 0 {
		return nil, fmt.Errorf("%s: %d values are no vectors of %d", path, len(values), dimension)
	}
	return values, binary.Read(file, binary.LittleEndian, values)
}

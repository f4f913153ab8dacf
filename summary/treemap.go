package summary

import "slices"

// rect is a place in a picture.
type rect struct{ X, Y, Width, Height float64 }

// squarify divides a place among sizes, which are positive and descend, so that each area is in proportion and its sides differ little
// (Bruls, Huizing and van Wijk 2000, "Squarified treemaps").
func squarify(sizes []float64, place rect) []rect {
	total := 0.0
	for _, size := range sizes {
		total += size
	}
	var out []rect
	for len(sizes) > 0 {
		scale := place.Width * place.Height / total
		short := min(place.Width, place.Height)
		n := 1
		for n < len(sizes) && worst(sizes[:n+1], scale, short) <= worst(sizes[:n], scale, short) {
			n++
		}
		row := 0.0
		for _, size := range sizes[:n] {
			row += size
		}
		placed, rest := layRow(sizes[:n], row, total, place)
		out = append(out, placed...)
		sizes, place, total = sizes[n:], rest, total-row
	}
	return out
}

// worst returns the largest ratio of sides in a row of sizes along a side of this length.
func worst(sizes []float64, scale, side float64) float64 {
	sum := 0.0
	for _, size := range sizes {
		sum += size * scale
	}
	largest, smallest := slices.Max(sizes)*scale, slices.Min(sizes)*scale
	return max(side*side*largest/(sum*sum), sum*sum/(side*side*smallest))
}

// layRow lays a row along the shorter side and returns the place that is left.
func layRow(sizes []float64, row, total float64, place rect) (placed []rect, rest rect) {
	rest = place
	if place.Width >= place.Height {
		width := place.Width * row / total
		y := place.Y
		for _, size := range sizes {
			height := place.Height * size / row
			placed = append(placed, rect{place.X, y, width, height})
			y += height
		}
		rest.X, rest.Width = place.X+width, place.Width-width
		return placed, rest
	}
	height := place.Height * row / total
	x := place.X
	for _, size := range sizes {
		width := place.Width * size / row
		placed = append(placed, rect{x, place.Y, width, height})
		x += width
	}
	rest.Y, rest.Height = place.Y+height, place.Height-height
	return placed, rest
}

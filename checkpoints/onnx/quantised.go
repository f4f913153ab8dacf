package onnx

import "math"

// product8 multiplies by 7-bit weights with one scale a column. Inputs are quantised to 8 bits at run time. Weights
// have seven bits because processors without VNNI add two products in 16 bits, which eight bits would overflow.
func (b *builder) product8(x, weight string, transposed []float32, in, out int64) string {
	const largest = 63
	scales, small := make([]float32, out), make([]byte, len(transposed))
	for o := range out {
		top := float32(0)
		for i := range in {
			top = max(top, float32(math.Abs(float64(transposed[i*out+o]))))
		}
		scales[o] = max(top/largest, 1e-12)
		for i := range in {
			small[i*out+o] = byte(int8(math.RoundToEven(float64(transposed[i*out+o] / scales[o]))))
		}
	}
	q, done := b.quantisedX[x]
	if !done {
		names := b.nodeOf("DynamicQuantizeLinear", []string{x}, 3)
		q = [3]string{names[0], names[1], names[2]}
		b.quantisedX[x] = q
	}
	whole := b.node("MatMulInteger", []string{q[0], b.tensor(weight+".int8", int8Type, []int64{in, out}, small), q[2]})
	scale := b.node("Mul", []string{q[1], b.floats(weight+".scale", []int64{out}, scales)})
	return b.node("Mul", []string{b.node("Cast", []string{whole}, intAttribute("to", float32Type)), scale})
}

// rows looks up rows of a table. In a quantised graph its numbers have eight bits, with one scale a row.
func (b *builder) rows(table, ids string) string {
	shape, values := b.get(table)
	if b.err != nil {
		return ""
	}
	if !b.quantised {
		return b.node("Gather", []string{b.floats(table, shape, values), ids}, intAttribute("axis", 0))
	}
	n, width := shape[0], shape[1]
	scales, small := make([]float32, n), make([]byte, len(values))
	for row := range n {
		top := float32(0)
		for _, v := range values[row*width : (row+1)*width] {
			top = max(top, float32(math.Abs(float64(v))))
		}
		scales[row] = max(top/127, 1e-12)
		for k := row * width; k < (row+1)*width; k++ {
			small[k] = byte(int8(math.RoundToEven(float64(values[k] / scales[row]))))
		}
	}
	whole := b.node("Gather", []string{b.tensor(table+".int8", int8Type, shape, small), ids}, intAttribute("axis", 0))
	scale := b.node("Gather", []string{b.floats(table+".scale", []int64{n, 1}, scales), ids}, intAttribute("axis", 0))
	return b.node("Mul", []string{b.node("Cast", []string{whole}, intAttribute("to", float32Type)), scale})
}

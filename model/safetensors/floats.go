package safetensors

import (
	"encoding/binary"
	"math"
)

// Float32Bytes returns values in the format's little-endian order.
func Float32Bytes(values []float32) []byte {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return data
}

// Float32s returns the values of little-endian bytes; a rest of fewer than four bytes is ignored.
func Float32s(data []byte) []float32 {
	values := make([]float32, len(data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values
}

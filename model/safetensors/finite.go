package safetensors

import (
	"encoding/binary"
)

// exponents are the exponent bits of the float types, all of them set in a NaN or an infinity.
var exponents = map[string]uint64{"F64": 0x7ff << 52, "F32": 0xff << 23, "BF16": 0xff << 7, "F16": 0x1f << 10}

// NotFinite returns the index of a tensor's first NaN or infinity, or -1. A type without such values has none.
func NotFinite(info Info, data []byte) int {
	exponent := exponents[info.DType]
	switch {
	case exponent == 0:
		return -1
	case dtypeSizes[info.DType] == 8:
		for i := 0; i+8 <= len(data); i += 8 {
			if binary.LittleEndian.Uint64(data[i:])&exponent == exponent {
				return i / 8
			}
		}
	case dtypeSizes[info.DType] == 4:
		for i := 0; i+4 <= len(data); i += 4 {
			if uint64(binary.LittleEndian.Uint32(data[i:]))&exponent == exponent {
				return i / 4
			}
		}
	default:
		for i := 0; i+2 <= len(data); i += 2 {
			if uint64(binary.LittleEndian.Uint16(data[i:]))&exponent == exponent {
				return i / 2
			}
		}
	}
	return -1
}

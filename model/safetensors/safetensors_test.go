package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func sample(t testing.TB) []byte {
	t.Helper()
	bytesOf := func(n int, b byte) func() ([]byte, error) {
		return func() ([]byte, error) { return bytes.Repeat([]byte{b}, n), nil }
	}
	var out bytes.Buffer
	err := Write(&out, []Tensor{
		{"b.weight", "F32", []int64{2, 3}, bytesOf(24, 1)},
		{"a", "U8", nil, bytesOf(1, 2)},
	}, map[string]string{"format": "pt"})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func openBytes(t testing.TB, content []byte) (*File, error) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(path)
}

func TestRoundTrip(t *testing.T) {
	f, err := openBytes(t, sample(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, data, ok := f.Tensor("b.weight")
	if !ok || info.DType != "F32" || len(info.Shape) != 2 || len(data) != 24 || data[23] != 1 {
		t.Fatalf("b.weight = %v %v %v", info, data, ok)
	}
	if strings.Join(f.Names(), ",") != "a,b.weight" || f.Metadata["format"] != "pt" {
		t.Fatalf("names %v, metadata %v", f.Names(), f.Metadata)
	}
	if _, _, ok := f.Tensor("c"); ok {
		t.Error("found a tensor that is not there")
	}
}

func TestDamagedFilesAreNamed(t *testing.T) {
	good := sample(t)
	for name, content := range map[string][]byte{
		"truncated":   good[:len(good)-1],
		"longer":      append(bytes.Clone(good), 0),
		"empty":       {},
		"huge header": append([]byte{255, 255, 255, 255, 255, 255, 255, 127}, good[8:]...),
		"not json":    append(bytes.Clone(good[:8]), bytes.Repeat([]byte{'x'}, len(good)-8)...),
		"shape":       bytes.Replace(good, []byte("[2,3]"), []byte("[3,3]"), 1),
		"negative":    bytes.Replace(good, []byte("[2,3]"), []byte("[-2,3"), 1),
		"type":        bytes.Replace(good, []byte(`"F32"`), []byte(`"Q32"`), 1),
	} {
		f, err := openBytes(t, content)
		if err == nil {
			f.Close()
			t.Errorf("%s: opened", name)
		} else if !strings.Contains(err.Error(), "x.safetensors") {
			t.Errorf("%s: error %q does not name the file", name, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte("\x10\x00\x00\x00\x00\x00\x00\x00{\"a\":{}}        "))
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := openBytes(t, content)
		if err != nil {
			return
		}
		for _, name := range file.Names() {
			file.Tensor(name)
		}
		file.Close()
	})
}

func TestSumFindsEveryFlippedBit(t *testing.T) {
	var file bytes.Buffer
	tensors := []Tensor{{Name: "a", DType: "F32", Shape: []int64{3}, Data: func() ([]byte, error) { return Float32Bytes([]float32{1, 2, 3}), nil }}}
	metadata := map[string]string{"key": "value"}
	if err := WriteSummed(&file, tensors, metadata); err != nil {
		t.Fatal(err)
	}
	if len(metadata) != 1 {
		t.Errorf("the caller's metadata became %v", metadata)
	}
	f, err := openBytes(t, file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.CheckSum(); err != nil || f.Metadata["key"] != "value" {
		t.Errorf("%v, %v", err, f.Metadata)
	}
	for bit := range 8 * file.Len() {
		damaged := bytes.Clone(file.Bytes())
		damaged[bit/8] ^= 1 << (bit % 8)
		if f, err := openBytes(t, damaged); err == nil && f.CheckSum() == nil {
			t.Errorf("bit %d flipped: no error", bit)
		}
	}
	if f, err = openBytes(t, sample(t)); err != nil || !errors.Is(f.CheckSum(), ErrNoSum) {
		t.Errorf("without a checksum: %v", f.CheckSum())
	}
}

func TestNotFinite(t *testing.T) {
	inf32, nan32 := float32(math.Inf(-1)), float32(math.NaN())
	for _, c := range []struct {
		dtype string
		data  []byte
		want  int
	}{
		{"F32", Float32Bytes([]float32{0, math.MaxFloat32, -1}), -1},
		{"F32", Float32Bytes([]float32{0, inf32, nan32}), 1},
		{"F32", Float32Bytes([]float32{0, 1, nan32}), 2},
		{"F64", binary.LittleEndian.AppendUint64(make([]byte, 8), math.Float64bits(math.NaN())), 1},
		{"BF16", []byte{0x7f, 0x7f, 0x80, 0xff}, 1},
		{"F16", []byte{0xff, 0x7b, 0, 0x7c}, 1},
		{"I32", []byte{255, 255, 255, 255}, -1},
	} {
		if got := NotFinite(Info{DType: c.dtype}, c.data); got != c.want {
			t.Errorf("%s %v: %d, want %d", c.dtype, c.data, got, c.want)
		}
	}
}

// A million empty tensors, which the format allows, are refused in seconds.
func TestManyTensorsAreRefused(t *testing.T) {
	for _, count := range []int{maxTensors + 1, 1_000_000} {
		var header bytes.Buffer
		for i := range count {
			fmt.Fprintf(&header, `%c"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`, "{,"[min(i, 1)], i)
		}
		header.WriteString("}")
		file := append(binary.LittleEndian.AppendUint64(nil, uint64(header.Len())), header.Bytes()...)
		begun := time.Now()
		if _, err := openBytes(t, file); err == nil {
			t.Errorf("%d tensors were accepted", count)
		}
		if took := time.Since(begun); took > time.Minute {
			t.Errorf("%d tensors took %v", count, took)
		}
	}
}

// FuzzIndex: any index of shards is refused or names a file for each tensor.
func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"weight_map":{"a":"model-00001-of-00002.safetensors"}}`))
	f.Add([]byte(`{"weight_map":{"a":"../../etc/passwd"}}`))
	f.Add([]byte(`{"weight_map":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		weights, err := parseIndex(text)
		if (err == nil) != (len(weights) > 0) {
			t.Fatalf("%q: %v, %v", text, weights, err)
		}
	})
}

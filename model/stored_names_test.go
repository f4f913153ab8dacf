package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/model/safetensors"
)

// storedAs writes tiny-bert's weights under other names, as other types, in one file or in several. edit returns a
// tensor's name and type; the empty name leaves it out.
func storedAs(t *testing.T, files int, edit func(name string) (string, string)) string {
	t.Helper()
	source, err := safetensors.Open(filepath.Join(tinyBERT, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	shards, index := make([][]safetensors.Tensor, files), map[string]string{}
	for i, name := range source.Names() {
		stored, dtype := edit(name)
		if stored == "" {
			continue
		}
		info, data, _ := source.Tensor(name)
		content := converted(t, data, dtype)
		shards[i%files] = append(shards[i%files], safetensors.Tensor{Name: stored, DType: dtype, Shape: info.Shape, Data: func() ([]byte, error) { return content, nil }})
		index[stored] = shardName(i%files, files)
	}
	folder := t.TempDir()
	write(t, folder, "config.json", fileContent(t, filepath.Join(tinyBERT, "config.json")))
	for i, tensors := range shards {
		var out bytes.Buffer
		if err := safetensors.Write(&out, tensors, nil); err != nil {
			t.Fatal(err)
		}
		write(t, folder, shardName(i, files), out.Bytes())
	}
	if files > 1 {
		text, err := json.Marshal(map[string]any{"metadata": map[string]any{"total_size": 1}, "weight_map": index})
		if err != nil {
			t.Fatal(err)
		}
		write(t, folder, "model.safetensors.index.json", text)
	}
	return folder
}

// firstRelease gives a norm's parameters the names of BERT's first release.
var firstRelease = strings.NewReplacer("LayerNorm.weight", "LayerNorm.gamma", "LayerNorm.bias", "LayerNorm.beta")

func shardName(i, files int) string {
	if files == 1 {
		return "model.safetensors"
	}
	return fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, files)
}

// converted rounds Float32 values to the nearest of a shorter type.
func converted(t *testing.T, data []byte, dtype string) []byte {
	t.Helper()
	if dtype == "F32" {
		return bytes.Clone(data)
	}
	values := safetensors.Float32s(data)
	out := make([]byte, 0, 2*len(values))
	for _, v := range values {
		bits := math.Float32bits(v)
		if dtype == "F16" { // a number below float16's normal range becomes zero
			exponent := int(bits>>23&0xff) - 127 + 15
			half := uint16(bits >> 16 & 0x8000)
			if exponent > 0 {
				half |= uint16(uint32(exponent)<<10 + (bits>>13)&0x3ff)
			}
			out = binary.LittleEndian.AppendUint16(out, half)
			continue
		}
		out = binary.LittleEndian.AppendUint16(out, uint16((bits+0x8000)>>16))
	}
	return out
}

func write(t *testing.T, folder, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func fileContent(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestWeightsLoadUnderEveryNameAndType(t *testing.T) {
	keep := func(prefix, dtype string) func(string) (string, string) {
		return func(name string) (string, string) { return prefix + name, dtype }
	}
	want := openGolden(t, "tiny-bert")
	for _, c := range []struct {
		name      string
		files     int
		edit      func(name string) (string, string)
		tolerance float64 // of values of up to about 4
	}{
		{"prefix bert.", 1, keep("bert.", "F32"), 1e-5},
		{"prefix of a wrapper", 1, keep("model.text.", "F32"), 1e-5},
		{"without pooler", 1, func(name string) (string, string) {
			if strings.HasPrefix(name, "pooler.") {
				return "", ""
			}
			return name, "F32"
		}, 1e-5},
		{"gamma and beta", 1, func(name string) (string, string) { return "bert." + firstRelease.Replace(name), "F32" }, 1e-5},
		{"three files", 3, keep("", "F32"), 1e-5},
		{"three files, bfloat16, prefix", 3, keep("roberta.", "BF16"), 0.2},
		{"float16", 1, keep("", "F16"), 0.05},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := openEncoder(t, storedAs(t, c.files, c.edit))
			run(t, func(s *libtorch.Scope) {
				libtorch.NoGrad(func() { want.Near("hidden", e.Hidden(s, want.batch(), false), c.tolerance) })
			})
		})
	}
}

func TestDamagedWeightFoldersAreNamed(t *testing.T) {
	same := func(name string) (string, string) { return name, "F32" }
	for _, c := range []struct {
		name   string
		damage func(folder string)
		want   string
	}{
		{"no files", func(f string) { os.Remove(filepath.Join(f, shardName(1, 2))) }, shardName(1, 2)},
		{"path", func(f string) {
			write(t, f, "model.safetensors.index.json", []byte(`{"weight_map":{"a":"../model.safetensors"}}`))
		}, `"../model.safetensors" is not the name of`},
		{"tensor elsewhere", func(f string) {
			write(t, f, "model.safetensors.index.json", []byte(`{"weight_map":{"a":"`+shardName(0, 2)+`"}}`))
		}, `tensor "a" is not in`},
		{"empty", func(f string) { write(t, f, "model.safetensors.index.json", []byte(`{}`)) }, "names no tensor"},
		{"no json", func(f string) { write(t, f, "model.safetensors.index.json", []byte(`{`)) }, "index.json"},
		{"nothing", func(f string) { os.Remove(filepath.Join(f, "model.safetensors.index.json")) }, "model.safetensors"},
	} {
		folder := storedAs(t, 2, same)
		c.damage(folder)
		e, err := LoadEncoder(folder, libtorch.CPU)
		if err == nil {
			e.Close()
			t.Errorf("%s: loaded", c.name)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %q does not say %q", c.name, err, c.want)
		}
	}
	twice := storedAs(t, 1, func(name string) (string, string) {
		return map[bool]string{true: "a.", false: "b."}[strings.Contains(name, "word_embeddings")] + name, "F32"
	})
	if _, err := LoadEncoder(twice, libtorch.CPU); err == nil || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("names under two prefixes: %v", err)
	}
}

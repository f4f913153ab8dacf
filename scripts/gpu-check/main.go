// Gpu-check copies an encoder with its weights in few bits, so that it travels with a check of a machine with a GPU: as
// bfloat16 of which three bits of the fraction are kept. That suffices to compare devices and to measure speed.
//
//	go run ./scripts/gpu-check -model FOLDER -out FOLDER
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"skillspace/model/safetensors"
)

// keptBits are the bits of a bfloat16's fraction of 7 that are kept.
const keptBits = 3

func main() {
	log.SetFlags(0)
	log.SetPrefix("error: gpu-check: ")
	model := flag.String("model", "", "the encoder's `folder`")
	out := flag.String("out", "", "`folder` to write")
	flag.Parse()
	if *model == "" || *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := os.CopyFS(*out, os.DirFS(*model)); err != nil {
		log.Fatal(err)
	}
	if err := shrink(filepath.Join(*out, "model.safetensors")); err != nil {
		log.Fatal(err)
	}
}

// shrink replaces a file's float32 tensors by bfloat16 ones.
func shrink(path string) error {
	file, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var tensors []safetensors.Tensor
	for _, name := range file.Names() {
		info, data, _ := file.Tensor(name)
		if info.DType == "F32" {
			info.DType, data = "BF16", rounded(safetensors.Float32s(data))
		}
		tensors = append(tensors, safetensors.Tensor{Name: name, DType: info.DType, Shape: info.Shape,
			Data: func() ([]byte, error) { return data, nil }})
	}
	written, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	if err := safetensors.Write(written, tensors, map[string]string{"format": "pt"}); err != nil {
		written.Close()
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := written.Close(); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// rounded returns values to the nearest that have keptBits bits of fraction, as bfloat16.
func rounded(values []float32) []byte {
	const dropped = 23 - keptBits
	out := make([]byte, 0, 2*len(values))
	for _, value := range values {
		bits := math.Float32bits(value) + 1<<(dropped-1)
		out = binary.LittleEndian.AppendUint16(out, uint16(bits>>dropped<<dropped>>16))
	}
	return out
}

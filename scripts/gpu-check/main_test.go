package main

import (
	"os"
	"path/filepath"
	"testing"

	"skillspace/internal/libtorch"
	"skillspace/model"
)

func TestARoundedEncoderLoads(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tiny")
	if err := os.CopyFS(dir, os.DirFS("../../testdata/tiny-bert")); err != nil {
		t.Fatal(err)
	}
	if err := shrink(filepath.Join(dir, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	e, err := model.LoadEncoder(dir, libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	e.Close()
}

func TestRoundedToTheNearest(t *testing.T) {
	for value, want := range map[float32]uint16{1: 0x3f80, 1.0624: 0x3f80, 1.0626: 0x3f90, -2.9: 0xc040, 0: 0} {
		got := rounded([]float32{value})
		if bits := uint16(got[0]) | uint16(got[1])<<8; bits != want {
			t.Errorf("%v: %#x, want %#x", value, bits, want)
		}
	}
}

package main

import (
	"testing"

	"skillspace/checkpoints/checkpointtest"
	"skillspace/data/taxonomy"
)

func TestFarFromItsSkills(t *testing.T) {
	tax, err := taxonomy.New([]taxonomy.Skill{{URI: "u:0", PreferredLabel: "drive trucks"}, {URI: "u:1", PreferredLabel: "bake bread"}, {URI: "u:2", PreferredLabel: "speak German"}})
	if err != nil {
		t.Fatal(err)
	}
	far, closeModel, err := openFar(t.Context(), checkpointtest.TinyBERT(t), 0.3, tax)
	if err != nil {
		t.Fatal(err)
	}
	defer closeModel()
	if label, err := far("drive trucks", []int{0}); err != nil || label != "" {
		t.Errorf("its own label is far: %q, %v", label, err)
	}
	if label, err := far("drive trucks", []int{0, 1}); err != nil || label != "bake bread" {
		t.Errorf("another one is near: %q, %v", label, err)
	}
}

package taxonomy

import (
	"reflect"
	"slices"
	"testing"
)

func TestRelatives(t *testing.T) {
	tax, err := New([]Skill{
		{URI: "0", PreferredLabel: "bake", AltLabels: []string{"work  the Oven"}},
		{URI: "1", PreferredLabel: "bake bread"},
		{URI: "2", PreferredLabel: "bake rye bread"},
		{URI: "3", PreferredLabel: "bake cake"}, // a sibling of 1
		{URI: "4", PreferredLabel: "Work the oven", AltLabels: []string{"work the oven"}},
		{URI: "5", PreferredLabel: "chicken"}, {URI: "6", PreferredLabel: "egg"}, // broader than each other
	})
	if err != nil {
		t.Fatal(err)
	}
	tax.broader = [][]int{1: {0}, 2: {1}, 3: {0}, 5: {6}, 6: {5}}
	want := [][]int{{1, 2, 3, 4}, {0, 2}, {0, 1}, {0}, {0}, {6}, {5}}
	if got := tax.Relatives(); !reflect.DeepEqual(got, want) {
		t.Errorf("relatives %v\nwant      %v", got, want)
	}
}

func TestRelativesAreMutual(t *testing.T) {
	tax := loadBakery(t)
	relatives := tax.Relatives()
	bake, rye, count := 0, 1, 2
	if !slices.Contains(relatives[bake], rye) || slices.Contains(relatives[bake], count) {
		t.Errorf("relatives of %q: %v", tax.Skills()[bake].PreferredLabel, relatives[bake])
	}
	for skill, list := range relatives {
		for _, other := range list {
			if !slices.Contains(relatives[other], skill) || other == skill {
				t.Errorf("%d has %d among its relatives, which has %v", skill, other, relatives[other])
			}
		}
	}
}

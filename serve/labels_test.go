package serve

import (
	"slices"
	"testing"

	"skillspace/data/taxonomy"
)

func TestLabelSearch(t *testing.T) {
	x := newLabelIndex([]taxonomy.Skill{
		{URI: "1", PreferredLabel: "overdrive gears"},
		{URI: "2", PreferredLabel: "drive vehicles", AltLabels: []string{"truck driving"}},
		{URI: "3", PreferredLabel: "learn to drive"},
		{URI: "4", PreferredLabel: "Drive"},
		{URI: "5", PreferredLabel: "operate a lorry", AltLabels: []string{"haul", "drive"}},
		{URI: "6", PreferredLabel: "Café-Führung"},
		{URI: "7", PreferredLabel: "驾驶车辆"},
		{URI: "8", PreferredLabel: "hoverdrive, drive"},
	})
	for query, want := range map[string][]string{
		"drive":   {"4", "5", "2", "3", "8", "1"},
		"DRIVE V": {"2"},
		"cafe-fu": {"6"},
		"ＣＡＦＥ":    {"6"},
		"驾驶":      {"7"},
		"truck d": {"2"},
		"nothing": {},
	} {
		got := []string{}
		for _, hit := range x.search(query, 10) {
			got = append(got, hit.URI)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
	if hits := x.search("drive", 2); len(hits) != 2 || hits[0].Matched != "" || hits[1].Matched != "drive" || hits[1].Label != "operate a lorry" {
		t.Errorf("%+v", hits)
	}
}

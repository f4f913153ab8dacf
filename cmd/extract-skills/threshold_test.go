package main

import (
	"errors"
	"testing"

	"skillspace/checkpoints"
	"skillspace/internal/command"
)

// The threshold that training stored is used unless another one is set. It is for the scores that it was chosen with.
func TestStoredThreshold(t *testing.T) {
	biencoder, _ := models(t)
	common := []string{"--checkpoint", biencoder, "--taxonomy", ontology, "--top-k", "20", "--cache=false"}
	lowest := func(more ...string) float32 {
		t.Helper()
		out, err := execute(t, t.Context(), "You drive trucks.", append(common, more...)...)
		if err != nil {
			t.Fatal(err)
		}
		skills := records(t, out)[0].Skills
		if len(skills) == 0 {
			return 2
		}
		return skills[len(skills)-1].Score
	}
	all := lowest("--threshold", "-1")
	if all > 0.96 {
		t.Fatalf("the untrained model's 20th skill scores %v: the test needs lower ones", all)
	}
	store := func(threshold float64) {
		t.Helper()
		if err := checkpoints.SetReporting(biencoder, checkpoints.Reporting{Views: "labels", Lexical: true, TopK: 5, Sentences: 9, Threshold: threshold, Curve: []checkpoints.ReportingPoint{
			{Threshold: -1, Precision: 0.5, Recall: 1}, {Threshold: 0.97, Precision: 0.8, Recall: 0.6}, {Threshold: 1, Precision: 1, Recall: 0.1}}}); err != nil {
			t.Fatal(err)
		}
	}
	store(0.97)
	if got := lowest(); got < 0.97 {
		t.Errorf("a skill with the score %v is reported, the checkpoint's threshold is 0.97", got)
	}
	if got := lowest("--threshold", "-1"); got != all {
		t.Errorf("with a threshold of -1 the lowest score is %v, want %v", got, all)
	}
	if got := lowest("--threshold-for", "recall=0.9"); got != all {
		t.Errorf("at a recall of 0.9 the lowest score is %v, want %v", got, all)
	}
	if got := lowest("--threshold-for", "precision=0.9"); got < 1 {
		t.Errorf("at a precision of 0.9 a skill with the score %v is reported", got)
	}
	store(-1)
	if got := lowest("--views", "label"); got < 0.5 {
		t.Errorf("the threshold of other scores is used: %v", got)
	}
	for _, wrong := range [][]string{{"--threshold-for", "speed=1"}, {"--threshold-for", "precision=2"}, {"--threshold-for", "recall=0.5", "--threshold", "0.3"},
		{"--threshold-for", "recall=0.5", "--lexical=false"}, {"--threshold", "-1.5"}} {
		var usage *command.UsageError
		if _, err := execute(t, t.Context(), "a", append(common, wrong...)...); !errors.As(err, &usage) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

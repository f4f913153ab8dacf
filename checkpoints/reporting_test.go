package checkpoints_test

import (
	"path/filepath"
	"testing"

	"skillspace/checkpoints"
	"skillspace/checkpoints/checkpointtest"
	"skillspace/model"
)

var curve = []checkpoints.ReportingPoint{{Threshold: 0.2, Precision: 0.4, Recall: 1}, {Threshold: 0.5, Precision: 0.75, Recall: 0.75}, {Threshold: 0.7, Precision: 0.7, Recall: 0.4}, {Threshold: 0.9, Precision: 1, Recall: 0.2}}

// A threshold that is set later changes neither the model's identity nor its files, and the checkpoint stays intact.
func TestSetReporting(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "best")
	checkpointtest.BiEncoder(t, dir, checkpointtest.TinyBERT(t), model.HeadConfig{Pooling: model.MeanPooling})
	open := func() *checkpoints.Checkpoint {
		c, err := checkpoints.Open(dir, checkpoints.BiEncoder)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	before := open()
	r := checkpoints.Reporting{Views: "labels", Lexical: true, TopK: 5, Sentences: 12, Threshold: 0.5, Curve: curve}
	if err := checkpoints.SetReporting(dir, r); err != nil {
		t.Fatal(err)
	}
	after := open()
	if err := after.Verify(); err != nil {
		t.Error(err)
	}
	if err := before.Verify(); err != nil {
		t.Errorf("the reader from before: %v", err)
	}
	if got := after.Manifest.Model.Reporting; got == nil || got.Threshold != 0.5 || len(got.Curve) != 4 || before.Manifest.Model.Reporting != nil {
		t.Errorf("stored %+v", got)
	}
	if after.Manifest.Identity() != before.Manifest.Identity() {
		t.Error("the model has another identity")
	}
	for _, wrong := range []checkpoints.Reporting{{Threshold: 7}, {Curve: []checkpoints.ReportingPoint{{Precision: 2}}}, {Curve: make([]checkpoints.ReportingPoint, 5000)}} {
		if err := checkpoints.SetReporting(dir, wrong); err == nil {
			t.Errorf("%+v is stored", wrong.Threshold)
		}
	}
	if got := open().Manifest.Model.Reporting; got == nil || got.Threshold != 0.5 {
		t.Errorf("after a refusal: %+v", got)
	}
}

func TestReportingPoints(t *testing.T) {
	r := checkpoints.Reporting{Curve: curve}
	if got := r.Best(); got != curve[1] {
		t.Errorf("best %+v", got)
	}
	if got, ok := r.AtPrecision(0.7); !ok || got != curve[1] {
		t.Errorf("at precision 0.7: %+v", got)
	}
	if got, ok := r.AtRecall(0.4); !ok || got != curve[2] {
		t.Errorf("at recall 0.4: %+v", got)
	}
	if _, ok := (&checkpoints.Reporting{Curve: curve[:3]}).AtPrecision(0.9); ok {
		t.Error("a precision that is not reached")
	}
}

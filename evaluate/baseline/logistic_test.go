package baseline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"skillspace/data/corpus"
)

func logisticSentences() []corpus.Labelled {
	var all []corpus.Labelled
	for i, text := range []string{"You drive trucks and forklifts .", "Five weeks of holiday .", "Experience with Go and SQL", "We are a team of ten .",
		"You plan routes and drive trucks", "Free coffee , free fruit and holiday .", "Knowledge of SQL is a must", "Our office is in the centre of the team .",
		"drive drive drive trucks"} {
		all = append(all, corpus.Labelled{Text: text, Skill: i%2 == 0})
	}
	return all
}

// The probabilities are scikit-learn 1.5.2's, with the settings that LogisticFilter names and tol=1e-10.
func TestLogisticRegressionAgreesWithScikitLearn(t *testing.T) {
	f, err := trainLogistic(context.Background(), logisticSentences())
	if err != nil {
		t.Fatal(err)
	}
	queries := []string{"drive a truck", "free holiday of the team", "SQL routes", "nothing known here xyzzy", "You drive and drive trucks"}
	scores, err := f.ScoreSentences(context.Background(), corpus.Alone(queries...))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.832352, 0.0423193, 0.9139018, 0.5290902, 0.9119656} {
		if !near(float64(scores[i]), want, 2e-6) {
			t.Errorf("%q: %v, want %v", queries[i], scores[i], want)
		}
	}
}

func TestLogisticRegressionReadsCharacterWords(t *testing.T) {
	f, err := trainLogistic(context.Background(), []corpus.Labelled{{Text: "烤面包", Skill: true}, {Text: "五险一金"}, {Text: "驾驶卡车", Skill: true}, {Text: "双休五险"}, {Text: "驾驶面包车", Skill: true}})
	if err != nil {
		t.Fatal(err)
	}
	scores, err := f.ScoreSentences(context.Background(), corpus.Alone("面包驾驶", "五险双休"))
	if err != nil || scores[0] <= 0.5 || scores[1] >= 0.5 {
		t.Errorf("%v, %v", scores, err)
	}
}

// sparedSentences are what a draw of a fifth by the text alone left, changed.
func sparedSentences(change func(s *corpus.Labelled, held bool)) []corpus.Labelled {
	var all []corpus.Labelled
	for i := range 200 {
		s := corpus.Labelled{Text: fmt.Sprintf("sentence number %d", i), Skill: i%2 == 0}
		if corpus.Share(s.Text) < thresholdShare {
			continue
		}
		change(&s, corpus.Share(thresholdDraw+s.Text) < thresholdShare)
		all = append(all, s)
	}
	return all
}

// train-filter holds its validation sentences out by the same hash; what is left must still have some to choose the
// threshold on.
func TestLogisticThresholdIsDrawnIndependently(t *testing.T) {
	held := 0
	all := sparedSentences(func(_ *corpus.Labelled, h bool) {
		if h {
			held++
		}
	})
	if share := float64(held) / float64(len(all)); share < 0.1 || share > 0.3 {
		t.Errorf("%d of %d sentences choose the threshold", held, len(all))
	}
	if _, err := NewLogisticFilter(context.Background(), all); err != nil {
		t.Error(err)
	}
}

func TestLogisticFilterErrors(t *testing.T) {
	for name, c := range map[string]struct {
		sentences []corpus.Labelled
		want      string
	}{
		"one class": {[]corpus.Labelled{{Text: "a b", Skill: true}, {Text: "c d", Skill: true}}, "sentences that name none"},
		"nothing":   {nil, "sentences that name none"},
		"held out":  {sparedSentences(func(s *corpus.Labelled, held bool) { s.Skill = s.Skill && !held }), "choose the threshold"},
	} {
		if _, err := NewLogisticFilter(context.Background(), c.sentences); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := NewLogisticFilter(ctx, logisticSentences()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

package llm

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"skillspace/data/corpus"
)

// faults are the faults of 30% of the requests: faults of the server and the connection, and bad answers.
var faults = []string{"429", "429", "500", "502", "close", "torn", "not JSON", "no choices", "a page", "bad JSON", "count", "missing", "cut", "declined"}

func thirtyPercent(r *rand.Rand) string {
	switch pick := r.Float64(); {
	case pick < 0.295:
		return faults[r.IntN(len(faults))]
	case pick < 0.3:
		return "stall"
	}
	return ""
}

func TestAThousandSkillsThroughFaults(t *testing.T) {
	f := newFake(t)
	f.fault = thirtyPercent
	tax := manySkills(t, 1000)
	o := settings(t, f, 1000)
	o.Timeout = 3 * time.Second
	text, report := generate(t, tax, o)

	if !report.Complete || report.Sentences != 1000 || report.Dropped+report.Failed+report.Unasked != 0 || report.Negatives != 100 {
		t.Errorf("report: %+v", report)
	}
	if report.SkillsCovered != 1000 || report.BelowCoverage != 0 {
		t.Errorf("%d skills covered, %d below coverage", report.SkillsCovered, report.BelowCoverage)
	}
	if again := f.twice(); len(again) > 0 {
		t.Errorf("%d questions were answered twice: %.300s", len(again), again[0])
	}
	requests, answers := f.counts()
	if report.Answers != answers || report.Run.Answers != answers {
		t.Errorf("the server gave %d answers; the corpus knows of %d, the run of %d", answers, report.Answers, report.Run.Answers)
	}
	if lost := requests - answers; lost < requests/10 || report.Run.Repeats != lost {
		t.Errorf("%d of %d requests failed, %d were repeated", lost, requests, report.Run.Repeats)
	}
	for _, code := range []string{"format", "count", "missing", "cut", "declined"} {
		if report.Rejections[code] == 0 {
			t.Errorf("no answer was turned down for %q: %v", code, report.Rejections)
		}
	}

	// The journal alone gives the same bytes, without a server.
	f.Close()
	again, replayed := generate(t, tax, o)
	if again != text || replayed.Run.Answers != 0 {
		t.Errorf("from the journal: equal %v, %d answers asked for", again == text, replayed.Run.Answers)
	}
	first, _ := json.Marshal(report)
	second, _ := json.Marshal(replayed)
	if string(first) != string(second) {
		t.Errorf("the reports differ:\n%s\n%s", first, second)
	}
	t.Logf("%d requests for %d answers", requests, answers)
}

func TestOrderOfAnswersDoesNotMatter(t *testing.T) {
	tax := manySkills(t, 150)
	var want string
	for i, concurrency := range []int{1, 16} {
		f := newFake(t)
		f.say = func(_ int, _ string, r *rand.Rand) string { // many similar sentences, so that it matters which comes first
			if r.IntN(3) == 0 {
				return "You can do whatever there is to do here."
			}
			return babble(r)
		}
		o := settings(t, f, 200)
		o.Concurrency, o.Attempts = concurrency, 3
		text, report := generate(t, tax, o)
		if report.Rejections["duplicate"] < 30 {
			t.Fatalf("only %d duplicates", report.Rejections["duplicate"])
		}
		if i > 0 && text != want {
			t.Error("the corpus depends on the concurrency")
		}
		want = text
	}
}

func TestCancelledRunGoesOn(t *testing.T) {
	tax := manySkills(t, 200)
	whole := newFake(t)
	whole.fault = thirtyPercentQuick
	want, _ := generate(t, tax, settings(t, whole, 300))

	f := newFake(t)
	f.fault = thirtyPercentQuick
	o := settings(t, f, 300)
	for _, stop := range []int{1, 40, 41, 90, 150} {
		ctx, cancel := context.WithCancel(context.Background())
		f.after = func(answers int) {
			if answers >= stop {
				cancel()
			}
		}
		if _, _, err := try(ctx, tax, o); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), o.Journal) {
			t.Fatalf("stopped at %d answers: %v", stop, err)
		}
	}
	f.after = nil
	got, report := generate(t, tax, o)
	if got != want {
		t.Error("a run that was cancelled five times ends with another corpus")
	}
	if again := f.twice(); len(again) > 0 {
		t.Errorf("%d questions were asked again", len(again))
	}
	if report.Run.Answers >= report.Answers {
		t.Errorf("the last run asked for all %d answers", report.Answers)
	}
}

func thirtyPercentQuick(r *rand.Rand) string {
	if r.Float64() < 0.3 {
		return faults[r.IntN(len(faults))]
	}
	return ""
}

func TestACorpusGrows(t *testing.T) {
	tax := manySkills(t, 100)
	f := newFake(t)
	o := settings(t, f, 200)
	o.Corpus.NegativeShare = 0
	small, _ := generate(t, tax, o)
	o.Corpus.Sentences = 300
	large, report := generate(t, tax, o)
	if !strings.HasPrefix(large, small) || report.Run.Answers != 50 {
		t.Errorf("100 sentences more: %d answers asked for, want 50; begins with the old ones: %v", report.Run.Answers, strings.HasPrefix(large, small))
	}
}

func TestBudgetStopsCleanly(t *testing.T) {
	tax := manySkills(t, 100)
	whole := newFake(t)
	want, full := generate(t, tax, settings(t, whole, 200))
	spent := full.PromptTokens + full.CompletionTokens

	f := newFake(t)
	f.fault = thirtyPercentQuick
	for _, limit := range []func(o *Settings){
		func(o *Settings) { o.BudgetTokens = spent / 3 },
		func(o *Settings) { o.BudgetRequests = full.Answers / 2 },
	} {
		o := settings(t, f, 200)
		limit(&o)
		part, report := generate(t, tax, o)
		tokens := report.PromptTokens + report.CompletionTokens
		if report.Complete || report.Unasked == 0 || report.Run.Budget == "" || !strings.Contains(report.Summary(), "budget") {
			t.Errorf("report: %+v", report)
		}
		if o.BudgetTokens > 0 && (tokens > o.BudgetTokens || tokens < o.BudgetTokens/2) || o.BudgetRequests > 0 && report.Answers != o.BudgetRequests {
			t.Errorf("%d answers with %d tokens for a budget of %d and %d", report.Answers, tokens, o.BudgetRequests, o.BudgetTokens)
		}
		// Of several waiting calls, the first without room ends the run. A cheaper one may still fit the next
		// time.
		replay, again := generate(t, tax, o)
		for range o.Concurrency {
			if again.Run.Answers == 0 || o.BudgetTokens == 0 {
				break
			}
			part = replay
			replay, again = generate(t, tax, o)
		}
		if replay != part || again.Run.Answers != 0 {
			t.Errorf("run again with the budget spent: %d answers, equal %v", again.Run.Answers, replay == part)
		}
		if tokens := again.PromptTokens + again.CompletionTokens; o.BudgetTokens > 0 && tokens > o.BudgetTokens {
			t.Errorf("%d tokens in all, for a budget of %d", tokens, o.BudgetTokens)
		}
		o.BudgetTokens, o.BudgetRequests = 0, 0
		f.fault = nil
		if _, report := generate(t, tax, o); !report.Complete || report.Run.Budget != "" {
			t.Errorf("without a budget: %+v", report)
		}
	}
	if again := f.twice(); len(again) > 0 {
		// The two halves use separate journals, so a question gets at most two answers.
		for _, body := range again {
			if f.answered[body] > 2 {
				t.Errorf("asked %d times: %.200s", f.answered[body], body)
			}
		}
	}
	_ = want
}

func TestEmitErrorEndsTheRun(t *testing.T) {
	f := newFake(t)
	full := errors.New("disk full")
	_, err := Generate(context.Background(), manySkills(t, 5), settings(t, f, 5), func(corpus.Example) error { return full }, nil)
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

func TestAnswersAreOnDiskBeforeTheyAreUsed(t *testing.T) {
	f := newFake(t)
	o := settings(t, f, 60)
	_, report := generate(t, manySkills(t, 40), o)
	body, err := os.ReadFile(o.Journal)
	if err != nil || strings.Count(string(body), "\n") != report.Answers {
		t.Errorf("%d lines for %d answers, %v", strings.Count(string(body), "\n"), report.Answers, err)
	}
}

// TestSentencesMustBeNearTheirSkills checks that a sentence far from its skills is asked for again with the
// reason, and that a failing check ends the run.
func TestSentencesMustBeNearTheirSkills(t *testing.T) {
	tax := manySkills(t, 40)
	f := newFake(t)
	o := settings(t, f, 60)
	far := map[string]bool{}
	o.Far = func(text string, skills []int) (string, error) {
		if len(skills) == 0 {
			t.Errorf("asked about %q, which names no skill", text)
		}
		if len(text)%3 == 0 {
			far[text] = true
			return tax.Skills()[skills[0]].PreferredLabel, nil
		}
		return "", nil
	}
	text, report := generate(t, tax, o)
	if report.Rejections["far"] == 0 || report.Rejections["far"] < len(far) {
		t.Errorf("%d turned down as far, %d were", report.Rejections["far"], len(far))
	}
	for sentence := range far {
		if strings.Contains(text, sentence) {
			t.Errorf("%q is far and was taken", sentence)
		}
	}
	o = settings(t, newFake(t), 60)
	broken := errors.New("no encoder")
	o.Far = func(string, []int) (string, error) { return "", broken }
	if _, _, err := try(context.Background(), tax, o); !errors.Is(err, broken) {
		t.Errorf("a check that fails: %v", err)
	}
}

// TestServerWithoutSchema checks that a server without JSON schemas gets plain-text questions from the second
// question on. Such a server refuses with the right status or, like llama-cpp-python, with 500.
func TestServerWithoutSchema(t *testing.T) {
	tax := manySkills(t, 40)
	for _, status := range []int{400, 422, 500} {
		f := newFake(t)
		f.plain = status
		o := settings(t, f, 60)
		o.Concurrency = 1
		text, report := generate(t, tax, o)
		if strings.Count(text, "\n") != 60 || !report.Complete {
			t.Errorf("%d: %+v", status, report)
		}
		if requests, answers := f.counts(); requests != answers+1 {
			t.Errorf("%d: %d requests for %d answers, want one more", status, requests, answers)
		}
	}
}

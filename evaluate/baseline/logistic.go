package baseline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"gonum.org/v1/gonum/optimize"

	"skillspace/data/corpus"
	"skillspace/evaluate"
	"skillspace/lexical"
)

// LogisticFilter is the trained baseline of the sentence filter: logistic regression on the TF-IDF of words and pairs
// of words, as scikit-learn's LogisticRegression(C=10, class_weight="balanced") on TfidfVectorizer(ngram_range=(1, 2),
// min_df=2, sublinear_tf=True). These settings are the best of those tried on SkillSpan. A word has at least two
// characters; a Han or kana character is a word.
type LogisticFilter struct {
	lexicon   *lexical.Lexicon
	idfT      []float32 // by term; 0 for a term that is left out
	weightsT  []float64
	bias      float64
	threshold float64
}

// thresholdShare is the share of the training sentences that the threshold is chosen on. A hash of the text draws them.
const thresholdShare = 0.2

// thresholdDraw is hashed before the text. It makes this draw independent of train-filter's draw of validation
// sentences, which hashes the text alone.
const thresholdDraw = "threshold of tf-idf + logistic regression\x00"

// NewLogisticFilter trains the baseline on all sentences. Its threshold has the highest F1 on a fifth of them for a
// model that is trained on the others. Both parts need sentences of both classes.
func NewLogisticFilter(ctx context.Context, sentences []corpus.Labelled) (*LogisticFilter, error) {
	var fit, held []corpus.Labelled
	for _, s := range sentences {
		if corpus.Share(thresholdDraw+s.Text) < thresholdShare {
			held = append(held, s)
		} else {
			fit = append(fit, s)
		}
	}
	first, err := trainLogistic(ctx, fit)
	if err != nil {
		return nil, err
	}
	unlabelled, positive := corpus.SplitLabels(held)
	scores, err := first.ScoreSentences(ctx, unlabelled)
	if err != nil {
		return nil, err
	}
	curve, err := evaluate.NewCurve(scores, positive)
	if err != nil {
		return nil, fmt.Errorf("choose the threshold of tf-idf + logistic regression: %w", err)
	}
	f, err := trainLogistic(ctx, sentences)
	if err != nil {
		return nil, err
	}
	f.threshold, _ = curve.BestF1()
	return f, nil
}

func trainLogistic(ctx context.Context, all []corpus.Labelled) (*LogisticFilter, error) {
	sentences, positive := corpus.SplitLabels(all)
	if !slices.Contains(positive, true) || !slices.Contains(positive, false) {
		return nil, errors.New("train logistic regression: it needs sentences that name a skill and sentences that name none")
	}
	f := &LogisticFilter{lexicon: lexical.NewLexicon()}
	vectors := f.learnTerms(sentences)
	problem := logisticProblem{signs: make([]float64, len(sentences)), weights: classWeights(positive)}
	for i, vector := range vectors {
		problem.rows = append(problem.rows, f.features(vector))
		problem.signs[i] = -1
		if positive[i] {
			problem.signs[i] = 1
		}
	}
	x, err := problem.solve(ctx, len(f.idfT))
	if err != nil {
		return nil, fmt.Errorf("train logistic regression: %w", err)
	}
	f.weightsT, f.bias = x[:len(f.idfT)], x[len(f.idfT)]
	return f, nil
}

const (
	minSentences = 2  // a term in fewer sentences is left out
	logisticC    = 10 // inverse strength of the penalty

	// The solver stops when no component of the mean loss's gradient exceeds the tolerance. That is far closer to the
	// minimum than three digits of a metric need.
	logisticTolerance  = 1e-7
	logisticIterations = 1000
)

// learnTerms learns the terms of texts and their inverse document frequencies. It returns the terms of each text.
func (f *LogisticFilter) learnTerms(sentences []corpus.Sentence) [][]lexical.TermCount {
	vectors := make([][]lexical.TermCount, len(sentences))
	for i, sentence := range sentences {
		vectors[i] = f.count(sentence.Text, true)
	}
	f.idfT = make([]float32, f.lexicon.Terms())
	for term, holding := range lexical.Frequencies(f.lexicon.Terms(), vectors) {
		if holding >= minSentences {
			f.idfT[term] = lexical.IDF(len(sentences), holding)
		}
	}
	return vectors
}

// classWeights returns each sentence's weight, n / (2 · sentences of its class), which gives both classes the same
// total.
func classWeights(positive []bool) []float64 {
	count := map[bool]int{}
	for _, p := range positive {
		count[p]++
	}
	weights := make([]float64, len(positive))
	for i, p := range positive {
		weights[i] = float64(len(positive)) / float64(2*count[p])
	}
	return weights
}

// feature is a component of a sentence's unit vector.
type feature struct {
	term   int32
	weight float64
}

// logisticProblem is the penalised loss: the sum of weight · log(1 + exp(-sign · score)) over the sentences, plus
// |w|²/2C without the bias.
type logisticProblem struct {
	rows           [][]feature
	signs, weights []float64 // by sentence
}

// solve returns the weights of the terms and, last, the bias at the minimum.
func (p *logisticProblem) solve(ctx context.Context, terms int) ([]float64, error) {
	problem := optimize.Problem{
		Func:   p.loss,
		Grad:   p.gradient,
		Status: func() (optimize.Status, error) { return optimize.NotTerminated, ctx.Err() },
	}
	settings := &optimize.Settings{
		GradientThreshold: logisticTolerance * float64(len(p.rows)), MajorIterations: logisticIterations, Converger: optimize.NeverTerminate{},
	}
	result, err := optimize.Minimize(problem, make([]float64, terms+1), settings, &optimize.LBFGS{})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, optimize.ErrLinesearcherFailure): // the loss cannot be lowered at this precision
	case err != nil:
		return nil, err
	case result.Status != optimize.GradientThreshold:
		return nil, fmt.Errorf("the minimum was not reached: %s", result.Status)
	}
	return result.X, nil
}

// loss returns the penalised loss at x.
func (p *logisticProblem) loss(x []float64) float64 {
	bias := len(x) - 1
	value := 0.0
	for _, w := range x[:bias] {
		value += w * w / (2 * logisticC)
	}
	for i := range p.rows {
		margin := p.margin(i, x)
		value += p.weights[i] * (max(-margin, 0) + math.Log1p(math.Exp(-math.Abs(margin)))) // softplus(-margin), which cannot overflow
	}
	return value
}

// gradient writes the gradient of the penalised loss at x.
func (p *logisticProblem) gradient(gradient, x []float64) {
	bias := len(x) - 1
	for i, w := range x[:bias] {
		gradient[i] = w / logisticC
	}
	gradient[bias] = 0
	for i, row := range p.rows {
		derivative := -p.signs[i] * p.weights[i] / (1 + math.Exp(p.margin(i, x)))
		for _, f := range row {
			gradient[f.term] += derivative * f.weight
		}
		gradient[bias] += derivative
	}
}

// margin is a sentence's score at x, negated for a sentence without a skill.
func (p *logisticProblem) margin(sentence int, x []float64) float64 {
	score := x[len(x)-1]
	for _, f := range p.rows[sentence] {
		score += f.weight * x[f.term]
	}
	return score * p.signs[sentence]
}

// count lists a sentence's terms. With teach, new terms are learnt; without it they are left out.
func (f *LogisticFilter) count(text string, teach bool) []lexical.TermCount {
	list := slices.DeleteFunc(lexical.Words(text), func(word string) bool {
		r, size := utf8.DecodeRuneInString(word)
		return size == len(word) && !lexical.IsCharacterWord(r)
	})
	return lexical.Count(f.lexicon.Ngrams(list, 1, 2, teach))
}

// features returns the unit vector of a sentence. It is empty for a sentence without a known term.
func (f *LogisticFilter) features(vector []lexical.TermCount) []feature {
	vector = slices.DeleteFunc(vector, func(tc lexical.TermCount) bool { return f.idfT[tc.Term] == 0 })
	row := make([]feature, len(vector))
	for i, w := range lexical.Unit(vector, f.idfT) {
		row[i] = feature{vector[i].Term, float64(w)}
	}
	return row
}

// Name is the row's name in reports.
func (f *LogisticFilter) Name() string { return "tf-idf + logistic regression" }

// Threshold is the probability from which a sentence is kept.
func (f *LogisticFilter) Threshold() float64 { return f.threshold }

// ScoreSentences returns each sentence's probability of naming a skill.
func (f *LogisticFilter) ScoreSentences(ctx context.Context, sentences []corpus.Sentence) ([]float32, error) {
	scores := make([]float32, len(sentences))
	for i, sentence := range sentences {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("score with %s: %w", f.Name(), err)
		}
		logit := f.bias
		for _, feature := range f.features(f.count(sentence.Text, false)) {
			logit += feature.weight * f.weightsT[feature.term]
		}
		scores[i] = float32(1 / (1 + math.Exp(-logit)))
	}
	return scores, nil
}

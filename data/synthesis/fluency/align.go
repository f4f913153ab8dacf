package fluency

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
)

// known are texts whose order even a small language model predicts, since they count or repeat a sentence.
// Shuffled, they must cost more.
var known = []string{
	"1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30",
	strings.TrimSpace(strings.Repeat("The old baker carried seven warm loaves across the quiet square before sunrise. ", 4)),
	"one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen, fifteen, sixteen, seventeen",
}

// clearly is the minimum ratio of the perplexity of the shuffled texts to that of the ordered ones.
const clearly = 3

// align finds the alignment in which ordered text is cheaper than shuffled text.
func (s *Scorer) align(ctx context.Context) error {
	ordered, err := s.echoes(ctx, known)
	if err != nil {
		return fmt.Errorf("check the server's log-probabilities: %w", err)
	}
	mixed, err := s.echoes(ctx, shuffled(known))
	if err != nil {
		return fmt.Errorf("check the server's log-probabilities: %w", err)
	}
	var found []string
	for _, a := range []Alignment{Direct, OffByOne} {
		low, err := total(ordered, a)
		if err != nil {
			continue
		}
		high, err := total(mixed, a)
		if err != nil {
			continue
		}
		if low.Perplexity()*clearly <= high.Perplexity() {
			s.Alignment = a
			return nil
		}
		found = append(found, fmt.Sprintf("read as %s: %.3g in order, %.3g shuffled", a, low.Perplexity(), high.Perplexity()))
	}
	return fmt.Errorf("the server's log-probabilities cannot be trusted: the perplexity of numbers in order and of a sentence said again must be a third of that of the same shuffled (%s)",
		strings.Join(found, "; "))
}

func (s *Scorer) echoes(ctx context.Context, texts []string) (all []*echoed, err error) {
	for _, text := range texts {
		e, err := s.echo(ctx, text)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func total(all []*echoed, a Alignment) (sum Score, err error) {
	for _, e := range all {
		s, err := e.score(a)
		if err != nil {
			return sum, err
		}
		sum.LogProbability, sum.Tokens, sum.Beyond = sum.LogProbability+s.LogProbability, sum.Tokens+s.Tokens, sum.Beyond+s.Beyond
	}
	return sum, nil
}

func shuffled(texts []string) []string {
	random := rand.New(rand.NewPCG(4, 2))
	mixed := make([]string, len(texts))
	for i, text := range texts {
		words := strings.Fields(text)
		random.Shuffle(len(words), func(a, b int) { words[a], words[b] = words[b], words[a] })
		mixed[i] = strings.Join(words, " ")
	}
	return mixed
}

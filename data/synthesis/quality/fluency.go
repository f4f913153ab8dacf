package quality

import "math"

// Cost is what a sentence cost a language model: the summed negative log-probability of its tokens, and their number.
type Cost struct {
	Negative float64
	Tokens   int
}

// Perplexity is that of a language model over sentences, token by token: exp of the mean cost.
func Perplexity(costs []Cost) Measure {
	units := make([]ratio, len(costs))
	for i, c := range costs {
		units[i] = ratio{c.Negative, float64(c.Tokens)}
	}
	return quotient("perplexity", "Perplexity", "of a causal language model, per token; lower is more fluent to that model, which finds its own sentences far more fluent than real ads",
		Neither, units, math.Exp)
}

// Texts are the first sentences of the sample that name a skill, at most so many.
func (c *Corpus) Texts(most int) []string {
	var texts []string
	for _, s := range c.named() {
		if len(texts) == most {
			break
		}
		texts = append(texts, s.Text)
	}
	return texts
}

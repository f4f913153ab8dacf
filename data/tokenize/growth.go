package tokenize

import "fmt"

// A tokenizer.json may come from an untrusted source. These bounds keep its normaliser and its special tokens
// from making a short text huge. Known tokenizers stay far below them.
const (
	maxGrowth  = 128 // largest growth factor of a text's length
	maxSteps   = 64  // normalisers in a sequence
	maxSpecial = 64  // special tokens around a text
)

// growing is a normaliser that can make a text longer.
type growing interface {
	growth() float64 // largest ratio of output bytes to input bytes
}

// checkGrowth refuses a normaliser that could make a text huge.
func checkGrowth(n normalizer) error {
	if g, ok := n.(growing); ok && g.growth() > maxGrowth {
		return fmt.Errorf("it can make a text %.4g times as long, at most %d times is accepted", g.growth(), maxGrowth)
	}
	return nil
}

// growth multiplies the growth of the steps.
func (n normalizers) growth() float64 {
	product := 1.0
	for _, step := range n {
		if g, ok := step.(growing); ok {
			product *= max(g.growth(), 1)
		}
	}
	return product
}

func (n replace) growth() float64 { return float64(len(n.content)) / float64(len(n.pattern)) }

func (n replaceSpaces) growth() float64 { return float64(len(n.content)) / 2 }

// growth is the growth of U+FDFA, whose 3 bytes become 33.
func (n *nfkc) growth() float64 { return 11 }

// growth covers a Chinese character between two spaces, and capitals whose lower-case letters take more bytes.
func (n *bertNormalizer) growth() float64 { return 3 }

func (m *charsMap) growth() float64 { return m.most }

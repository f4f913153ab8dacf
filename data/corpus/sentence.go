package corpus

// Sentence is a sentence where it stands: what a filter reads that knows context.
type Sentence struct {
	Text   string
	Before string // the sentence before it in the same ad; "" at an ad's start, and where that is not known
}

// Alone returns sentences of which nobody knows what stands before them.
func Alone(texts ...string) []Sentence {
	sentences := make([]Sentence, len(texts))
	for i, text := range texts {
		sentences[i].Text = text
	}
	return sentences
}

// InOrder returns the sentences of an ad, each after the one before it.
func InOrder(texts []string) []Sentence {
	sentences := Alone(texts...)
	for i := 1; i < len(texts); i++ {
		sentences[i].Before = texts[i-1]
	}
	return sentences
}

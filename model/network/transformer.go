package network

// Embeddings is how an encoder's tokens become vectors: dropout(LayerNorm(word + position + token type)).
type Embeddings struct {
	Word, Position, TokenType string // the tables' full names; no token types where TokenType is ""
	Norm                      string
	FirstPosition             int64 // the row of the position table for a sequence's first token
	Epsilon                   float64
}

// Layer is an encoder layer of attention and a feed-forward network, each followed by a residual addition and a norm
// (Vaswani et al., arXiv 1706.03762). The names are those of its parameters, before .weight and .bias.
type Layer struct {
	Query, Key, Value, AttentionOutput, AttentionNorm string
	Intermediate, Output, OutputNorm                  string
	Heads, HeadSize                                   int64
	Activation                                        string
	Epsilon                                           float64
}

// Fused computes whole blocks as one operation each. [Operations] may implement it too. A method returns false for a
// block that it cannot compute, which is then composed of single operations.
type Fused interface {
	FusedEmbeddings(e *Embeddings) (Value, bool)
	FusedLayer(l *Layer, hidden Value) (Value, bool)
}

// Forward returns the vectors of all tokens.
func (e *Embeddings) Forward(n Operations) Value {
	if f, ok := n.(Fused); ok {
		if x, done := f.FusedEmbeddings(e); done {
			return x
		}
	}
	return n.Block(nil, func(Value) Value {
		return n.Dropout(n.LayerNorm(n.Embedding(e.Word, e.Position, e.TokenType, e.FirstPosition), e.Norm, e.Epsilon))
	})
}

// Forward maps hidden states to the layer's. bias comes from [Operations.PositionBias] or is nil.
func (l *Layer) Forward(n Operations, hidden, bias Value) Value {
	return n.Block(hidden, func(hidden Value) Value {
		if f, ok := n.(Fused); ok && bias == nil {
			if x, done := f.FusedLayer(l, hidden); done {
				return x
			}
		}
		query, key, value := linear(n, hidden, l.Query), linear(n, hidden, l.Key), linear(n, hidden, l.Value)
		attended := linear(n, n.Attention(query, key, value, l.Heads, l.HeadSize, bias), l.AttentionOutput)
		hidden = n.LayerNorm(n.Add(n.Dropout(attended), hidden), l.AttentionNorm, l.Epsilon)
		between := n.Activation(linear(n, hidden, l.Intermediate), l.Activation)
		out := linear(n, between, l.Output)
		return n.LayerNorm(n.Add(n.Dropout(out), hidden), l.OutputNorm, l.Epsilon)
	})
}

// Modules lists the names of the layer's modules, each with a weight and a bias, in the order of the computation.
func (l *Layer) Modules() []string {
	return []string{l.Query, l.Key, l.Value, l.AttentionOutput, l.AttentionNorm, l.Intermediate, l.Output, l.OutputNorm}
}

func linear(n Operations, x Value, name string) Value {
	return n.Linear(x, name+".weight", name+".bias")
}

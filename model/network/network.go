// Package network is the language in which a network is written down once: operations on the tokens of a batch, and the
// blocks that encoders share. Package model implements the operations by computing, checkpoints/onnx and
// checkpoints/torchscript by writing a graph or a program.
package network

// Value is what an operation gives: a tensor, or the name of one. It stands for the vectors of all tokens of a batch,
// or, after pooling, for one vector a sequence. Whether tokens are stored packed or padded is the implementation's
// business.
type Value any

// Operations are what a network is made of. Parameters are named as the model stores them; name.weight and name.bias
// where only the name is given. An implementation remembers its first error, so no operation returns one.
type Operations interface {
	// Embedding adds the rows of the word table at each token's id, of the position table at first + the token's place
	// in its sequence, and row 0 of the token type table, where tokenType names one.
	Embedding(word, position, tokenType string, first int64) Value
	// Linear is x·Wᵀ + b in the model's precision; without b where bias is "".
	Linear(x Value, weight, bias string) Value
	// LinearFloat32 is Linear in Float32 whatever the precision, for products that come last and cost little.
	LinearFloat32(x Value, weight, bias string) Value
	// LayerNorm normalises each vector, with name.weight and name.bias.
	LayerNorm(x Value, name string, epsilon float64) Value
	// Activation applies a function by its name in config.json, one of [Activations].
	Activation(x Value, name string) Value
	Add(x, y Value) Value
	Mul(x, y Value) Value
	Tanh(x Value) Value
	Parameter(name string) Value
	// Dropout drops elements of hidden states while training.
	Dropout(x Value) Value
	// Attention attends from each token to all tokens of its sequence, in the given number of heads. bias comes from PositionBias or
	// is nil.
	Attention(query, key, value Value, heads, headSize int64, bias Value) Value
	// PositionBias is added to attention scores: table [buckets, heads] at the bucket of each pair of places, which
	// depends on how far the key stands behind the query. Sequences have at most longest tokens.
	PositionBias(table string, longest int64, bucket func(distance int64) int64) Value
	// BiLSTM joins the states of a one-layer LSTM's two directions over each sequence. Parameters have PyTorch's names
	// after prefix, such as weight_ih_l0 and weight_ih_l0_reverse.
	BiLSTM(x Value, prefix string) Value
	// WithoutContext leaves out tokens that are not the text's own. Pooling after it does not see them.
	WithoutContext(x Value) Value
	// FirstToken, Mean and WeightedSum give one vector a sequence. WeightedSum weights tokens with the softmax over the
	// sequence of scores, which has one number a token.
	FirstToken(x Value) Value
	Mean(x Value) Value
	WeightedSum(x, scores Value) Value
	// Normalize divides each vector by its length.
	Normalize(x Value) Value
	// Block computes body(x). What body makes, and x, are freed when it ends, but for its result.
	Block(x Value, body func(x Value) Value) Value
}

// Activations are the names that [Operations] knows: gelu is exact, gelu_new the approximation by tanh.
var Activations = []string{"gelu", "gelu_new", "relu"}

// Package network defines what a network is written in, once: operations on the tokens of a batch, and the blocks that
// encoders share. Package model implements the operations by computing, checkpoints/onnx and
// checkpoints/torchscript by writing a graph or a program.
package network

// Value is the result of an operation: a tensor, or the name of one. It represents the vectors of all tokens of a batch
// or, after pooling, one vector per sequence. The implementation decides whether tokens are packed or padded.
type Value any

// Operations are what a network is made of. Parameters have the names under which the model stores them. A method that
// takes only name uses the parameters name.weight and name.bias. An implementation remembers its first error,
// so no operation returns one.
type Operations interface {
	// Embedding adds three rows for each token: the word table's at the token's id, the position table's at first + the
	// token's place in its sequence, and row 0 of the token type table, if tokenType names one.
	Embedding(word, position, tokenType string, first int64) Value
	// Linear is x·Wᵀ + b in the model's precision; without b where bias is "".
	Linear(x Value, weight, bias string) Value
	// LinearFloat32 is Linear in Float32 whatever the precision, for the cheap products at the end of a network.
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
	// PositionBias is added to attention scores. For each pair of tokens it is the row of table [buckets, heads] that
	// bucket returns for the distance, the key's place minus the query's. Sequences have at most longest tokens.
	PositionBias(table string, longest int64, bucket func(distance int64) int64) Value
	// BiLSTM joins the states of a one-layer LSTM's two directions over each sequence. Parameters have PyTorch's names
	// after prefix, such as weight_ih_l0 and weight_ih_l0_reverse.
	BiLSTM(x Value, prefix string) Value
	// WithoutContext leaves out tokens that are not the text's own. Pooling after it does not see them.
	WithoutContext(x Value) Value
	// FirstToken, Mean and WeightedSum give one vector per sequence. WeightedSum weights the tokens of a sequence by the
	// softmax of their scores, one number per token.
	FirstToken(x Value) Value
	Mean(x Value) Value
	WeightedSum(x, scores Value) Value
	// Normalize divides each vector by its length.
	Normalize(x Value) Value
	// Block computes body(x). When it ends, x and all that body made are freed, except the result.
	Block(x Value, body func(x Value) Value) Value
}

// Activations are the names that [Operations] knows: gelu is exact, gelu_new the approximation by tanh.
var Activations = []string{"gelu", "gelu_new", "relu"}

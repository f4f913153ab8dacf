package torchscript

import (
	"fmt"
	"math"
	"strings"

	"skillspace/model/network"
)

// shapeOf is a parameter's shape by its name.
type shapeOf func(name string) ([]int64, error)

// script writes a network's operations as a module's source, a line each, and notes which parameters it reads. Its
// values are names of variables: hidden states are [B, T, H], padded on the right. It keeps the first error.
type script struct {
	lines      []string
	parameters []string // names in the checkpoint, in order of first use
	known      map[string]bool
	shape      shapeOf
	mask       string // the variable [B, T] of floats that is 1 at tokens, or, for pooling, at the text's own
	padding    string // the variable that is added to attention scores; "" before its first use
	count      int
	err        error
}

var _ network.Operations = (*script)(nil)

func (s *script) add(format string, values ...any) {
	s.lines = append(s.lines, "    "+fmt.Sprintf(format, values...))
}

// variable adds a line that assigns an expression to a new variable, and returns its name.
func (s *script) variable(format string, values ...any) string {
	s.count++
	name := fmt.Sprintf("x%d", s.count)
	s.add("%s = %s", name, fmt.Sprintf(format, values...))
	return name
}

// sizes returns a parameter's shape, two zeros after an error.
func (s *script) sizes(name string) []int64 {
	shape, err := s.shape(name)
	if err != nil {
		if s.err == nil {
			s.err = err
		}
		return []int64{0, 0}
	}
	return shape
}

// Parameter is how the source reaches a parameter. Its name in the module has no dots.
func (s *script) Parameter(name string) network.Value {
	if !s.known[name] {
		s.known[name] = true
		s.parameters = append(s.parameters, name)
	}
	return "self." + attribute(name)
}

func attribute(name string) string { return strings.ReplaceAll(name, ".", "__") }

// The numbers of TorchScript's element types.
const (
	float32Type = 6
	int64Type   = 4
)

// begin opens forward.
func (s *script) begin(context bool, result string) {
	arguments, own := "input_ids: Tensor, attention_mask: Tensor", "mask"
	if context {
		arguments += ", own_mask: Tensor"
		own = fmt.Sprintf("torch.to(own_mask, %d)", float32Type)
	}
	s.lines = append(s.lines, fmt.Sprintf("def forward(self, %s) -> %s:", arguments, result))
	s.add("mask = torch.to(attention_mask, %d)", float32Type)
	s.add("own = %s", own)
	s.add("B = torch.size(input_ids, 0)")
	s.add("T = torch.size(input_ids, 1)")
	s.mask = "mask"
}

func (s *script) Embedding(word, position, tokenType string, first int64) network.Value {
	x := s.variable("torch.embedding(%s, input_ids)", s.Parameter(word))
	x = s.variable("torch.add(%s, torch.slice(%s, 0, %d, torch.add(T, %d)))", x, s.Parameter(position), first, first)
	if tokenType != "" {
		x = s.variable("torch.add(%s, torch.slice(%s, 0, 0, 1))", x, s.Parameter(tokenType))
	}
	return x
}

func (s *script) Linear(x network.Value, weight, bias string) network.Value {
	if bias == "" {
		return s.variable("torch.linear(%s, %s)", x, s.Parameter(weight))
	}
	return s.variable("torch.linear(%s, %s, %s)", x, s.Parameter(weight), s.Parameter(bias))
}

// LinearFloat32 is Linear: a module computes in its parameters' type.
func (s *script) LinearFloat32(x network.Value, weight, bias string) network.Value {
	return s.Linear(x, weight, bias)
}

func (s *script) LayerNorm(x network.Value, name string, epsilon float64) network.Value {
	weight := name + ".weight"
	return s.variable("torch.layer_norm(%s, [%d], %s, %s, %g)", x, s.sizes(weight)[0], s.Parameter(weight), s.Parameter(name+".bias"), epsilon)
}

func (s *script) Activation(x network.Value, name string) network.Value {
	switch name {
	case "relu":
		return s.variable("torch.relu(%s)", x)
	case "gelu":
		return s.variable("torch.gelu(%s)", x)
	case "gelu_new":
		return s.variable(`torch.gelu(%s, approximate="tanh")`, x)
	}
	if s.err == nil {
		s.err = fmt.Errorf("the activation %q cannot be exported", name)
	}
	return ""
}

func (s *script) Add(x, y network.Value) network.Value { return s.variable("torch.add(%s, %s)", x, y) }

func (s *script) Mul(x, y network.Value) network.Value { return s.variable("torch.mul(%s, %s)", x, y) }

func (s *script) Tanh(x network.Value) network.Value { return s.variable("torch.tanh(%s)", x) }

// Dropout does nothing: an exported model is not trained.
func (s *script) Dropout(x network.Value) network.Value { return x }

// Block adds what body adds.
func (s *script) Block(x network.Value, body func(x network.Value) network.Value) network.Value {
	return body(x)
}

func (s *script) Attention(query, key, value network.Value, heads, headSize int64, bias network.Value) network.Value {
	split := func(x network.Value) string {
		return s.variable("torch.transpose(torch.view(%s, [B, T, %d, %d]), 1, 2)", x, heads, headSize)
	}
	q, k, v := split(query), split(key), split(value)
	if bias == nil {
		bias = s.paddingBias()
	}
	scores := s.variable("torch.mul(torch.matmul(%s, torch.transpose(%s, -1, -2)), %.17g)", q, k, 1/math.Sqrt(float64(headSize)))
	shares := s.variable("torch.softmax(torch.add(%s, %s), -1)", scores, bias)
	return s.variable("torch.reshape(torch.transpose(torch.matmul(%s, %s), 1, 2), [B, T, %d])", shares, v, heads*headSize)
}

// excluded is 0 where a mask is 1, and far below any score where it is 0.
func excluded(mask string) string { return "torch.mul(torch.rsub(" + mask + ", 1), -1e9)" }

func (s *script) paddingBias() string {
	if s.padding == "" {
		s.padding = s.variable("torch.unsqueeze(torch.unsqueeze(%s, 1), 2)", excluded(s.mask))
	}
	return s.padding
}

// PositionBias computes the rows of the table from a list of each distance's bucket. It includes the padding's bias.
func (s *script) PositionBias(table string, longest int64, bucket func(distance int64) int64) network.Value {
	buckets := make([]string, 0, 2*longest-1)
	for distance := 1 - longest; distance < longest; distance++ {
		buckets = append(buckets, fmt.Sprint(bucket(distance)))
	}
	list := s.variable("torch.to(torch.tensor([%s]), input_ids)", strings.Join(buckets, ", ")) // on its device
	places := s.variable("torch.cumsum(torch.ones_like(torch.select(input_ids, 0, 0)), 0)")
	distances := s.variable("torch.sub(torch.unsqueeze(%s, 0), torch.unsqueeze(%s, 1))", places, places)
	rows := s.variable("torch.reshape(torch.index_select(%s, 0, torch.reshape(torch.add(%s, %d), [-1])), [T, T])", list, distances, longest-1)
	bias := s.variable("torch.permute(torch.embedding(%s, %s), [2, 0, 1])", s.Parameter(table), rows)
	return s.variable("torch.add(%s, %s)", bias, s.paddingBias())
}

// BiLSTM reads packed sequences, so that the backward direction begins at each text's own end.
func (s *script) BiLSTM(x network.Value, prefix string) network.Value {
	var weights []string
	for _, direction := range []string{"", "_reverse"} {
		for _, name := range []string{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"} {
			weights = append(weights, fmt.Sprint(s.Parameter(prefix+name+direction)))
		}
	}
	s.add("lengths = torch.to(torch.sum(attention_mask, [1]), %d)", int64Type)
	s.add("order = torch.argsort(lengths, -1, True)")
	s.add("data, sizes = torch._pack_padded_sequence(torch.index_select(%s, 0, order), torch.cpu(torch.index_select(lengths, 0, order)), True)", x)
	s.add("zero = torch.new_zeros(%s, [2, B, %d])", x, s.sizes(prefix + "weight_hh_l0")[1])
	s.add("out, hn, cn = torch.lstm(data, sizes, [zero, zero], [%s], True, 1, 0., False, True)", strings.Join(weights, ", "))
	s.add("read, sizes2 = torch._pad_packed_sequence(out, sizes, True, 0., T)")
	return s.variable("torch.index_select(read, 0, torch.argsort(order, -1, False))")
}

// WithoutContext makes pooling read the text's own tokens.
func (s *script) WithoutContext(x network.Value) network.Value {
	s.mask = "own"
	return x
}

func (s *script) FirstToken(x network.Value) network.Value {
	return s.variable("torch.select(%s, 1, 0)", x)
}

func (s *script) Mean(x network.Value) network.Value {
	return s.weighted(x, s.variable("torch.div(%s, torch.sum(%s, [1], True))", s.mask, s.mask))
}

func (s *script) WeightedSum(x, scores network.Value) network.Value {
	return s.weighted(x, s.variable("torch.softmax(torch.add(torch.squeeze(%s, 2), %s), -1)", scores, excluded(s.mask)))
}

// weighted sums hidden states with shares [B, T].
func (s *script) weighted(x network.Value, shares string) network.Value {
	return s.variable("torch.sum(torch.mul(%s, torch.unsqueeze(%s, 2)), [1])", x, shares)
}

func (s *script) Normalize(x network.Value) network.Value {
	return s.variable("torch.div(%s, torch.clamp_min(torch.norm(%s, 2, [1], True), 1e-12))", x, x)
}

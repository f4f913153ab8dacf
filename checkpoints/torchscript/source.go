package torchscript

import (
	"fmt"
	"math"
	"strings"

	"skillspace/model"
)

// script writes a module's source line by line, and notes which tensors it reads.
type script struct {
	lines      []string
	parameters []string // names in the checkpoint, in order of first use
	known      map[string]bool
}

func (s *script) add(format string, values ...any) {
	s.lines = append(s.lines, "    "+fmt.Sprintf(format, values...))
}

// tensor is how the source reaches a parameter; its name in the module has no dots.
func (s *script) tensor(name string) string {
	if !s.known[name] {
		s.known[name] = true
		s.parameters = append(s.parameters, name)
	}
	return "self." + attribute(name)
}

func attribute(name string) string { return strings.ReplaceAll(name, ".", "__") }

// linear is x·Wᵀ + b; b is left out where bias is "".
func (s *script) linear(x, weight, bias string) string {
	if bias == "" {
		return fmt.Sprintf("torch.linear(%s, %s)", x, s.tensor(weight))
	}
	return fmt.Sprintf("torch.linear(%s, %s, %s)", x, s.tensor(weight), s.tensor(bias))
}

// The numbers of TorchScript's element types.
const (
	float32Type = 6
	int64Type   = 4
)

// begin opens forward. mask [B, T] and own are 1 at tokens, as floats.
func (s *script) begin(context bool, result string) {
	arguments := "input_ids: Tensor, attention_mask: Tensor"
	if context {
		arguments += ", own_mask: Tensor"
	}
	s.lines = append(s.lines, fmt.Sprintf("def forward(self, %s) -> %s:", arguments, result))
	s.add("mask = torch.to(attention_mask, %d)", float32Type)
	s.add("own = mask")
	if context {
		s.lines[len(s.lines)-1] = fmt.Sprintf("    own = torch.to(own_mask, %d)", float32Type)
	}
	s.add("B = torch.size(input_ids, 0)")
	s.add("T = torch.size(input_ids, 1)")
}

// encoder leaves the hidden states [B, T, H] in h.
func (s *script) encoder(c model.EncoderConfig) {
	s.add("h = torch.embedding(%s, input_ids)", s.tensor("embeddings.word_embeddings.weight"))
	first := c.FirstPosition()
	s.add("h = torch.add(h, torch.slice(%s, 0, %d, torch.add(T, %d)))", s.tensor("embeddings.position_embeddings.weight"), first, first)
	s.add("h = torch.add(h, torch.slice(%s, 0, 0, 1))", s.tensor("embeddings.token_type_embeddings.weight"))
	s.norm("embeddings.LayerNorm", "h", c)
	s.add("bias = torch.unsqueeze(torch.unsqueeze(torch.mul(torch.rsub(mask, 1), -1e9), 1), 2)")
	for layer := range c.Layers {
		s.layer(c, fmt.Sprintf("encoder.layer.%d.", layer))
	}
}

func (s *script) norm(name, x string, c model.EncoderConfig) {
	s.add("h = torch.layer_norm(%s, [%d], %s, %s, %g)", x, c.HiddenSize, s.tensor(name+".weight"), s.tensor(name+".bias"), c.LayerNormEpsilon)
}

func (s *script) layer(c model.EncoderConfig, prefix string) {
	head := c.HiddenSize / c.Heads
	for _, name := range []string{"query", "key", "value"} {
		x := s.linear("h", prefix+"attention.self."+name+".weight", prefix+"attention.self."+name+".bias")
		s.add("%s = torch.transpose(torch.view(%s, [B, T, %d, %d]), 1, 2)", name, x, c.Heads, head)
	}
	s.add("shares = torch.softmax(torch.add(torch.mul(torch.matmul(query, torch.transpose(key, -1, -2)), %.17g), bias), -1)", 1/math.Sqrt(float64(head)))
	s.add("context = torch.reshape(torch.transpose(torch.matmul(shares, value), 1, 2), [B, T, %d])", c.HiddenSize)
	attended := s.linear("context", prefix+"attention.output.dense.weight", prefix+"attention.output.dense.bias")
	s.norm(prefix+"attention.output.LayerNorm", "torch.add("+attended+", h)", c)
	between := s.linear("h", prefix+"intermediate.dense.weight", prefix+"intermediate.dense.bias")
	switch c.Activation {
	case "relu":
		between = "torch.relu(" + between + ")"
	case "gelu_new":
		between = "torch.gelu(" + between + `, approximate="tanh")`
	default:
		between = "torch.gelu(" + between + ")"
	}
	s.add("between = %s", between)
	s.norm(prefix+"output.LayerNorm", "torch.add("+s.linear("between", prefix+"output.dense.weight", prefix+"output.dense.bias")+", h)", c)
}

// head leaves the vector [B, D] before normalisation in v.
func (s *script) head(c model.HeadConfig, prefix string, state int64) error {
	if c.BiLSTM {
		s.bilstm(prefix, state)
	}
	switch c.Pooling {
	case model.CLSPooling:
		s.add("v = torch.select(h, 1, 0)")
	case model.MeanPooling:
		s.add("shares = torch.div(own, torch.sum(own, [1], True))")
	case model.AttentionPooling:
		s.add("seen = torch.tanh(%s)", s.linear("h", prefix+"attention.weight", prefix+"attention.bias"))
		s.add("scores = torch.squeeze(%s, 2)", s.linear("seen", prefix+"attention.score", ""))
		s.add("shares = torch.softmax(torch.add(scores, torch.mul(torch.rsub(own, 1), -1e9)), -1)")
	default:
		return fmt.Errorf("pooling %q cannot be exported", c.Pooling)
	}
	if c.Pooling != model.CLSPooling {
		s.add("v = torch.sum(torch.mul(h, torch.unsqueeze(shares, 2)), [1])")
	}
	if c.Projection > 0 {
		s.add("v = %s", s.linear("v", prefix+"projection.weight", ""))
	}
	return nil
}

// bilstm reads packed sequences, so that the backward direction begins at each text's own end.
func (s *script) bilstm(prefix string, state int64) {
	var weights []string
	for _, direction := range []string{"", "_reverse"} {
		for _, name := range []string{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"} {
			weights = append(weights, s.tensor(prefix+"lstm."+name+direction))
		}
	}
	s.add("lengths = torch.to(torch.sum(attention_mask, [1]), %d)", int64Type)
	s.add("order = torch.argsort(lengths, -1, True)")
	s.add("data, sizes = torch._pack_padded_sequence(torch.index_select(h, 0, order), torch.cpu(torch.index_select(lengths, 0, order)), True)")
	s.add("zero = torch.new_zeros(h, [2, B, %d])", state)
	s.add("out, hn, cn = torch.lstm(data, sizes, [zero, zero], [%s], True, 1, 0., False, True)", strings.Join(weights, ", "))
	s.add("read, sizes2 = torch._pad_packed_sequence(out, sizes, True, 0., T)")
	s.add("read = torch.index_select(read, 0, torch.argsort(order, -1, False))")
	s.add("h = torch.add(h, torch.mul(%s, %s))", s.linear("read", prefix+"lstm_output.weight", prefix+"lstm_output.bias"), s.tensor(prefix+"gate"))
}

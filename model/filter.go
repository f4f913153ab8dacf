package model

import (
	"math"

	"skillspace/internal/libtorch"
	"skillspace/model/network"
)

// Filter classifies sentences by whether they name a skill: encoder, pooling, dropout and one logit.
type Filter struct {
	Encoder    *Encoder
	head       *head
	classifier *Parameters
	spans      *Parameters // classifier of tokens, for training only; may be nil
	dropout    float64
}

// NewFilter puts a new classification head on encoder, which the filter owns from then on; after an error it stays the
// caller's. dropout, in [0, 1), acts on the pooled vector.
func NewFilter(encoder *Encoder, pooling Pooling, dropout float64) (*Filter, error) {
	h, err := newHead(HeadConfig{Pooling: pooling}, encoder.Config.HiddenSize, encoder.device)
	if err != nil {
		return nil, err
	}
	f := &Filter{Encoder: encoder, head: h, classifier: newParameters(encoder.device, true), dropout: dropout}
	if err := f.addClassifier(); err != nil {
		h.parameters.Close()
		f.classifier.Close()
		return nil, err
	}
	return f, nil
}

func (f *Filter) addClassifier() error {
	s := libtorch.NewScope()
	defer s.Close()
	hidden := f.Encoder.Config.HiddenSize
	if err := f.classifier.add(s, "classifier.weight", s.Normal(0, 1/math.Sqrt(float64(hidden)), 1, hidden), []int64{1, hidden}); err != nil {
		return err
	}
	return f.classifier.add(s, "classifier.bias", s.Zeros(libtorch.Float32, libtorch.CPU, 1), []int64{1})
}

// AddSpans gives the filter a second classifier, of tokens, which [Filter.TrainingLogits] uses.
func (f *Filter) AddSpans() error {
	spans := newParameters(f.Device(), true)
	s := libtorch.NewScope()
	defer s.Close()
	hidden := f.Encoder.Config.HiddenSize
	err := spans.add(s, "weight", s.Zeros(libtorch.Float32, libtorch.CPU, 1, hidden), []int64{1, hidden})
	if err == nil {
		err = spans.add(s, "bias", s.Zeros(libtorch.Float32, libtorch.CPU, 1), []int64{1})
	}
	if err != nil {
		spans.Close()
		return err
	}
	f.spans = spans
	return nil
}

// Close frees the weights.
func (f *Filter) Close() {
	f.Encoder.Close()
	f.head.parameters.Close()
	f.classifier.Close()
	if f.spans != nil {
		f.spans.Close()
	}
}

// Pooling returns the filter's pooling.
func (f *Filter) Pooling() Pooling { return f.head.config.Pooling }

// Device returns where the filter's weights are.
func (f *Filter) Device() libtorch.Device { return f.Encoder.device }

// ParameterGroups lists the filter's parameter groups.
func (f *Filter) ParameterGroups() []ParameterGroup {
	groups := []ParameterGroup{{"encoder", f.Encoder.parameters}, {"head", f.head.parameters}, {"classifier", f.classifier}}
	if f.spans != nil {
		groups = append(groups, ParameterGroup{"spans", f.spans})
	}
	return groups
}

// Logits returns each sentence's logit [B], Float32: sigmoid gives the probability that it names a skill.
func (f *Filter) Logits(s *libtorch.Scope, b *Batch, precision libtorch.DType, training bool) libtorch.Tensor {
	logitsB, _ := f.logits(s, b, precision, training)
	return logitsB
}

// TrainingLogits returns [Filter.Logits] while training, and the logits [K, 1] of the tokens at the packed places
// tokensK of the batch, Int64 on the filter's device: sigmoid gives the probability that a token belongs to a skill.
// It needs [Filter.AddSpans].
func (f *Filter) TrainingLogits(s *libtorch.Scope, b *Batch, precision libtorch.DType, tokensK libtorch.Tensor) (sentencesB, spansK1 libtorch.Tensor) {
	sentencesB, hiddenNH := f.logits(s, b, precision, true)
	hiddenKH := s.Dropout(s.Rows(hiddenNH, tokensK), f.dropout, true)
	return sentencesB, s.Linear(hiddenKH, f.spans.get("weight"), f.spans.get("bias"))
}

func (f *Filter) logits(s *libtorch.Scope, b *Batch, precision libtorch.DType, training bool) (logitsB, hiddenNH libtorch.Tensor) {
	hiddenNH, l := f.Encoder.hiddenFloat32(s, b, precision, training)
	pooledBH := s.Dropout(f.head.pooled(s, hiddenNH, l), f.dropout, training)
	logitsB1 := tensor(Classify(&eager{scope: s, parameters: f.classifier, layout: l}, "", pooledBH))
	return s.Reshape(logitsB1, l.size), hiddenNH
}

// Classify maps pooled vectors to one logit each, [B, 1]. prefix precedes the names of the classifier's
// parameters.
func Classify(n network.Operations, prefix string, pooled network.Value) network.Value {
	return n.LinearFloat32(pooled, prefix+"classifier.weight", prefix+"classifier.bias")
}

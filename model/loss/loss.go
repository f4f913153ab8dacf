// Package loss holds the training objectives. A loss is one file: a type that implements [Loss], whose fields are its
// settings, and a line that registers it under the name that `loss.kind` has in a configuration (docs/extending.md).
package loss

import "skillspace/internal/libtorch"

// Loss is a training objective. Targets are a batch's labels, Outputs what the model computes from the batch.
type Loss[Targets, Outputs any] interface {
	// Terms prepares the loss of a batch as one term or several, whose values add up to it. It touches no tensor:
	// the next batch is prepared while the model trains on this one.
	Terms(targets Targets) ([]Term[Outputs], error)
}

// Term computes a part of a loss, one Float32 element. A caller may run the backward pass of a term before it computes the
// next one, so that memory is needed for one term at a time.
type Term[Outputs any] func(s *libtorch.Scope, outputs Outputs) libtorch.Tensor

// Total adds up a loss's terms.
func Total[Outputs any](s *libtorch.Scope, terms []Term[Outputs], outputs Outputs) libtorch.Tensor {
	total := terms[0](s, outputs)
	for _, term := range terms[1:] {
		total = s.Add(total, term(s, outputs))
	}
	return total
}

// Contrastive is a loss of the bi-encoder. Its terms are functions of all of a batch's embeddings, so that GradCache can
// compute the embeddings in chunks.
type Contrastive = Loss[Pairing, Embeddings]

// Embeddings are a bi-encoder's outputs for a batch, all Float32 on one device.
type Embeddings struct {
	SentencesBD libtorch.Tensor // unit vectors
	SkillsSD    libtorch.Tensor // unit vectors
	LogitScale  libtorch.Tensor // [1], the logarithm of 1/temperature
	Device      libtorch.Device
}

// Unscaled marks a contrastive loss that does not read LogitScale. Training then leaves the temperature as it is.
type Unscaled interface{ Unscaled() }

// Binary is a loss of the filter.
type Binary = Loss[Labels, Logits]

// Labels are the classes of a batch's sentences.
type Labels struct {
	Targets        []float32 // probability, 0 to 1, that a sentence names a skill
	PositiveWeight float64   // weight of a sentence with a skill, relative to one without
}

// Logits are a filter's outputs for a batch.
type Logits struct {
	B      libtorch.Tensor // [B] Float32
	Device libtorch.Device
}

// tensors returns the targets [B] and the positive weight [1] on a device, Float32.
func (l Labels) tensors(s *libtorch.Scope, device libtorch.Device) (targetsB, weight1 libtorch.Tensor) {
	targetsB = s.ToDevice(s.Float32s(l.Targets, int64(len(l.Targets))), device)
	return targetsB, s.ToDevice(s.Float32s([]float32{float32(l.PositiveWeight)}, 1), device)
}

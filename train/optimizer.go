package train

import (
	"fmt"
	"maps"
	"math"
	"strconv"

	"skillspace/internal/libtorch"
	"skillspace/model"
	"skillspace/model/safetensors"
)

// OptimizerOptions are AdamW's settings.
type OptimizerOptions struct {
	LearningRate     float64 // of the encoder, at the schedule's peak
	HeadLearningRate float64 // of the parameters that were not pretrained
	WeightDecay      float64 // of matrices; biases and norms have none
	Beta1, Beta2     float64
	Epsilon          float64
	LayerDecay       float64  // ratio of an encoder layer's learning rate to that of the layer above; 1 for the same rate everywhere
	RowsOnly         bool     // leaves word embeddings without a gradient, and their moments, unchanged (on the CPU)
	ClipNorm         float64  // gradients' global L2 norm is scaled down to it; 0 means no clipping
	LossScaling      bool     // scales the loss so that gradients stay within float16's range
	Frozen           []string // parameters that keep their values, by full name
}

// Optimizer is AdamW over a model's parameters, with state that is saved and restored exactly.
type Optimizer struct {
	options    OptimizerOptions
	scope      *libtorch.Scope
	parameters []model.Parameter
	tensors    []libtorch.Tensor
	expAvg     []libtorch.Tensor
	expAvgSq   []libtorch.Tensor
	groups     []libtorch.AdamWGroup
	layerRates []float64
	scaling    *lossScale // nil without loss scaling
	step       int64
}

func newOptimizer(parameters []model.Parameter, o OptimizerOptions) (*Optimizer, error) {
	frozen := map[string]bool{}
	for _, name := range o.Frozen {
		frozen[name] = true
	}
	opt := &Optimizer{options: o, scope: libtorch.NewScope()}
	for _, p := range parameters {
		if frozen[p.Name] {
			if err := libtorch.Parameter(p.Tensor, false); err != nil {
				opt.Close()
				return nil, fmt.Errorf("freeze %s: %w", p.Name, err)
			}
			continue
		}
		opt.parameters = append(opt.parameters, p)
		opt.tensors = append(opt.tensors, p.Tensor)
		opt.expAvg = append(opt.expAvg, opt.scope.ZerosLike(p.Tensor))
		opt.expAvgSq = append(opt.expAvgSq, opt.scope.ZerosLike(p.Tensor))
	}
	if o.LossScaling {
		opt.scaling = newLossScale()
	}
	opt.layerRates = layerRates(opt.parameters, o.LayerDecay)
	opt.groups = make([]libtorch.AdamWGroup, len(opt.parameters))
	if err := opt.scope.Err(); err != nil {
		opt.Close()
		return nil, fmt.Errorf("optimizer state: %w", err)
	}
	return opt, nil
}

// Close frees the moments.
func (o *Optimizer) Close() { o.scope.Close() }

// Scale is the factor of every loss before its backward pass: 1 without loss scaling.
func (o *Optimizer) Scale() float64 {
	if o.scaling == nil {
		return 1
	}
	return o.scaling.scale
}

// Step divides the gradients by the scale and clips them, updates every parameter at factor times its learning rate and clears the
// gradients. It returns the gradients' norm before clipping. With loss scaling, gradients that are not finite change no
// parameter: skipped is then true and the norm 0.
func (o *Optimizer) Step(factor float64) (norm float64, skipped bool, err error) {
	if o.scaling != nil {
		if err := libtorch.ScaleGradients(o.tensors, 1/o.scaling.scale); err != nil {
			return 0, false, err
		}
	}
	norm, err = libtorch.ClipGradients(o.tensors, o.options.ClipNorm)
	if err != nil {
		return 0, false, err
	}
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		if o.scaling == nil {
			return norm, false, fmt.Errorf("%w: the gradients' norm is %v; lower optimizer.learning_rate, or set train.precision: fp32", ErrDiverged, norm)
		}
		if err := o.scaling.overflows(); err != nil {
			return norm, false, err
		}
		return 0, true, libtorch.ClearGradients(o.tensors)
	}
	if o.scaling != nil {
		o.scaling.fits()
	}
	return norm, false, o.update(factor)
}

// update changes the parameters by their gradients and clears the gradients.
func (o *Optimizer) update(factor float64) error {
	o.step++
	for i, p := range o.parameters {
		group := libtorch.AdamWGroup{LearningRate: o.options.LearningRate * factor * o.layerRates[i], Beta1: o.options.Beta1,
			Beta2: o.options.Beta2, Epsilon: o.options.Epsilon, Step: o.step, RowsOnly: o.options.RowsOnly}
		if p.Head {
			group.LearningRate = o.options.HeadLearningRate * factor
		}
		if p.Decay {
			group.WeightDecay = o.options.WeightDecay
		}
		o.groups[i] = group
	}
	if err := libtorch.AdamW(o.tensors, o.expAvg, o.expAvgSq, o.groups); err != nil {
		return err
	}
	return libtorch.ClearGradients(o.tensors)
}

// State describes the moments and the step for [safetensors.Write].
func (o *Optimizer) State() (tensors []safetensors.Tensor, metadata map[string]string) {
	for i, p := range o.parameters {
		tensors = append(tensors, model.StoreFloat32("exp_avg."+p.Name, o.expAvg[i], p.Shape),
			model.StoreFloat32("exp_avg_sq."+p.Name, o.expAvgSq[i], p.Shape))
	}
	metadata = map[string]string{"step": strconv.FormatInt(o.step, 10)}
	if o.scaling != nil {
		maps.Copy(metadata, o.scaling.state())
	}
	return tensors, metadata
}

// Restore reads a state written from State.
func (o *Optimizer) Restore(file *safetensors.File) error {
	step, err := strconv.ParseInt(file.Metadata["step"], 10, 64)
	if err != nil || step < 0 {
		return fmt.Errorf("%s: metadata step %q is not a number", file.Path, file.Metadata["step"])
	}
	for i, p := range o.parameters {
		if err := model.LoadFloat32(file, "exp_avg."+p.Name, p.Shape, o.expAvg[i]); err != nil {
			return err
		}
		if err := model.LoadFloat32(file, "exp_avg_sq."+p.Name, p.Shape, o.expAvgSq[i]); err != nil {
			return err
		}
	}
	o.step = step
	if o.scaling != nil {
		return o.scaling.restore(file)
	}
	return nil
}

package quality

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/optimize"
)

// probe is multinomial logistic regression with a bias, as in scikit-learn's LogisticRegression(C=1). The loss is
// the sum of the log losses plus half the squared weights. The biases are not penalised.
type probe struct {
	dimension, classes int
	weights            []float64 // [classes, dimension+1], the bias last
}

// probeTolerance is the norm of the gradient, per sentence, at which the solver stops. Three digits of the F1
// need far less precision.
const probeTolerance = 1e-5

func trainProbe(ctx context.Context, vectors [][]float32, members, train []int, classes int) (*probe, error) {
	d := len(vectors[train[0]])
	x := blas64.General{Rows: len(train), Cols: d + 1, Stride: d + 1, Data: make([]float64, len(train)*(d+1))}
	for row, i := range train {
		for k, v := range vectors[i] {
			x.Data[row*x.Stride+k] = float64(v)
		}
		x.Data[row*x.Stride+d] = 1
	}
	logits := blas64.General{Rows: len(train), Cols: classes, Stride: classes, Data: make([]float64, len(train)*classes)}
	loss := func(weights, gradient []float64) float64 {
		w := blas64.General{Rows: classes, Cols: d + 1, Stride: d + 1, Data: weights}
		blas64.Gemm(blas.NoTrans, blas.Trans, 1, x, w, 0, logits)
		sum := softmaxLoss(logits, members, train)
		for i, v := range weights {
			if i%(d+1) != d {
				sum += v * v / 2
			}
		}
		if gradient != nil {
			blas64.Gemm(blas.Trans, blas.NoTrans, 1, logits, x, 0, blas64.General{Rows: classes, Cols: d + 1, Stride: d + 1, Data: gradient})
			for i, v := range weights {
				if i%(d+1) != d {
					gradient[i] += v
				}
			}
		}
		return sum
	}
	problem := optimize.Problem{
		Func:   func(w []float64) float64 { return loss(w, nil) },
		Grad:   func(gradient, w []float64) { loss(w, gradient) },
		Status: func() (optimize.Status, error) { return optimize.NotTerminated, ctx.Err() },
	}
	settings := &optimize.Settings{GradientThreshold: probeTolerance * float64(len(train)), MajorIterations: 300,
		Converger: optimize.NeverTerminate{}}
	result, err := optimize.Minimize(problem, make([]float64, classes*(d+1)), settings, &optimize.LBFGS{})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil && (result == nil || !errors.Is(err, optimize.ErrLinesearcherFailure)) { // the usual end at full precision
		return nil, fmt.Errorf("train the probe: %w", err)
	}
	return &probe{d, classes, result.X}, nil
}

// softmaxLoss returns the sum of the log losses and overwrites the logits with their gradient.
func softmaxLoss(logits blas64.General, members, train []int) (sum float64) {
	for row, i := range train {
		z := logits.Data[row*logits.Stride : row*logits.Stride+logits.Cols]
		highest := z[0]
		for _, v := range z {
			highest = max(highest, v)
		}
		total := 0.0
		for k, v := range z {
			z[k] = math.Exp(v - highest)
			total += z[k]
		}
		for k := range z {
			z[k] /= total
		}
		sum -= math.Log(max(z[members[i]], 1e-300))
		z[members[i]]--
	}
	return sum
}

func (p *probe) guess(vector []float32) int {
	best, at := math.Inf(-1), 0
	for class := range p.classes {
		w := p.weights[class*(p.dimension+1) : (class+1)*(p.dimension+1)]
		z := w[p.dimension]
		for k, v := range vector {
			z += w[k] * float64(v)
		}
		if z > best {
			best, at = z, class
		}
	}
	return at
}

// Package libtorch is skillspace's only door to libtorch: tensors, scopes that free them, autograd, autocast, generator state and a fused AdamW.
// It holds no model and no training logic; ordinary operations go through gotch's libtch layer, the rest through bridge.cpp.
//
// # Rules of use
//
// Errors and gradient mode are per OS thread in libtorch, so everything runs inside [Do], which pins the goroutine.
// A [Scope] owns every tensor its operations make and remembers the first error: operations after a failure return the
// zero Tensor and do nothing, so a forward pass is written without an error check a line and asks [Scope.Err] at its end.
package libtorch

// The encoder layer's element-wise work, compiled once for each instruction set (kernels_*.cpp) and chosen at start.
// Activations are float or bfloat16 in memory and float in registers. Every function works on a range of rows, so that
// the caller shares rows among threads; nothing here depends on how it does.
#ifndef SKILLSPACE_KERNELS_H
#define SKILLSPACE_KERNELS_H
#include <cstdint>

namespace skillspace {

struct bf16 {
  uint16_t bits;
};

enum Activation { kGelu = 0, kGeluTanh = 1, kRelu = 2 };

// A dropout mask is a hash of (seed, row, column): it is never stored, and the backward pass computes it again.
struct Dropout {
  float p;
  uint64_t seed;
};

// y = LayerNorm(residual + dropout(x)) over rows of h elements; sum, mean and rstd are kept for the backward pass.
template <typename T> struct NormForward {
  const T *x, *residual;
  T *sum; // may be null
  T *y;
  float *mean, *rstd; // may be null, with sum
  const float *gamma, *beta;
  float epsilon;
  Dropout dropout;
  int64_t h;
};

// Its gradients: dresidual and dx of the inputs; the rows' sums of dgamma, dbeta and of dx are added to the last three.
template <typename T> struct NormBackward {
  const T *dy, *sum;
  const float *mean, *rstd, *gamma;
  Dropout dropout;
  int64_t h;
  T *dresidual, *dx;
  float *dgamma, *dbeta, *dx_sum;
};

// Multi-head attention of one sequence of t tokens, whose first row of qkv [N, 3h] (queries, keys, values) is row.
template <typename T> struct Attention {
  const T *qkv;
  int64_t row, t, heads, h;
  Dropout dropout;
  T *context; // [N, h]
  const T *dcontext;
  T *dqkv; // [N, 3h]; the backward pass only
};

template <typename T> struct Kernels {
  void (*norm_forward)(const NormForward<T> &, int64_t begin, int64_t end);
  void (*norm_backward)(const NormBackward<T> &, int64_t begin, int64_t end);
  // y = activation(x) over rows of h; x and y may be the same.
  void (*activate)(Activation, const T *x, T *y, int64_t h, int64_t begin, int64_t end);
  // dx = dy · activation'(x), its rows' sums added to dx_sum [h]; dy and dx may be the same.
  void (*activate_backward)(Activation, const T *x, const T *dy, T *dx, float *dx_sum, int64_t h, int64_t begin, int64_t end);
  // total[c] += the column sums of rows [begin, end) of x [*, h].
  void (*column_sums)(const T *x, float *total, int64_t h, int64_t begin, int64_t end);
  void (*attention_forward)(const Attention<T> &);
  void (*attention_backward)(const Attention<T> &);
};

// The kernels for this processor.
template <typename T> const Kernels<T> &kernels();

} // namespace skillspace
#endif

// The encoder layer's element-wise work, compiled once for each instruction set (kernels_*.cpp) and chosen at start.
// Activations are float or bfloat16 in memory and float in registers. Every function works on a range of rows, so that
// the caller shares rows among threads; nothing here depends on how it does.
#ifndef SKILLSPACE_KERNELS_H
#define SKILLSPACE_KERNELS_H
#include <cstdint>

namespace skillspace {

constexpr int64_t kLongest = 8192; // tokens of a sequence, and elements of a row: the kernels keep one on the stack

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

// One AdamW update of n values, in the order of operations of torch.optim.AdamW, so that results agree to rounding. A null
// gradient stands for zeros.
struct AdamW {
  float *param, *exp_avg, *exp_avg_sq;
  const float *grad;
  float decay, beta1, beta2, step_size, correction2_sqrt, epsilon; // decay = 1 - learning rate · weight decay
};

// BERT's embedding: y = dropout(LayerNorm(word[id] + position[place] + type[0])).
struct Embedding {
  const float *word, *position, *type, *gamma, *beta;
  const int64_t *ids, *places;
  float epsilon;
  Dropout dropout;
  int64_t h;
};

template <typename T> struct Kernels {
  void (*embed)(const Embedding &, T *y, int64_t begin, int64_t end);
  // dsum is the gradient of the tables' sum; the rows' sums of dgamma, dbeta and dsum are added to the last three.
  void (*embed_backward)(const Embedding &, const T *dy, float *dsum, float *dgamma, float *dbeta, float *dsum_sum, int64_t begin, int64_t end);
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

// Kernels that work on float alone.
struct FloatKernels {
  void (*adamw)(const AdamW &, int64_t n);
  // The cell of an LSTM for n rows: gates [n, 4h] (input, forget, cell, output) before activation are activated in place;
  // c_before is null at a sequence's start.
  void (*lstm_cell)(float *gates, const float *c_before, float *c, float *tanh_c, float *out, int64_t h);
  // dc [h] holds the gradient of c and becomes that of c_before; gates are activated.
  void (*lstm_cell_backward)(const float *gates, const float *c_before, const float *tanh_c, const float *dout, float *dc, float *dgates, int64_t h);
  // out [h] = sum of weight[i] · x[i] over t rows (weight null: their mean).
  void (*weighted_sum)(const float *x, const float *weight, int64_t t, int64_t h, float *out);
  // dx[i] = weight[i] · dout, and along[i] = dout · x[i] where along is not null.
  void (*weighted_sum_backward)(const float *x, const float *weight, const float *dout, int64_t t, int64_t h, float *dx, float *along);
  float (*dot)(const float *x, const float *y, int64_t n);
  void (*softmax)(const float *x, float *y, int64_t n);
};

// The kernels for this processor.
template <typename T> const Kernels<T> &kernels();
const FloatKernels &float_kernels();

} // namespace skillspace
#endif

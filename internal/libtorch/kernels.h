// The element-wise work of embedding, encoder layer, LSTM, pooling and AdamW, compiled once for each instruction set
// (kernels_*.cpp) and chosen at the first call. Activations are float or bfloat16 in memory and float in registers. Functions
// work on a range of rows: the caller may split rows among threads in any way.
#ifndef SKILLSPACE_KERNELS_H
#define SKILLSPACE_KERNELS_H
#include <cstdint>

namespace skillspace {

constexpr int64_t kLongest = 8192; // largest number of tokens in a sequence, and of elements in a row, which lies on the stack

struct bf16 {
  uint16_t bits;
};

enum Activation { kGelu = 0, kGeluTanh = 1, kRelu = 2 };

// A dropout mask is a hash of (seed, row, column). It is not stored: the backward pass computes it again.
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

// Its gradients: dresidual and dx of the inputs. The sums over rows of dgamma, dbeta and dx are added to the last three.
template <typename T> struct NormBackward {
  const T *dy, *sum;
  const float *mean, *rstd, *gamma;
  Dropout dropout;
  int64_t h;
  T *dresidual, *dx;
  float *dgamma, *dbeta, *dx_sum;
};

// Multi-head attention of one sequence of t tokens, which starts at the given row of qkv [N, 3h] (queries, keys, values).
template <typename T> struct Attention {
  const T *qkv;
  int64_t row, t, heads, h;
  Dropout dropout;
  T *context; // [N, h]
  const T *dcontext;
  T *dqkv; // [N, 3h]; only for the backward pass
};

// One AdamW update of n values, in torch.optim.AdamW's order of operations, so that results agree to rounding. A null
// gradient means zeros.
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
  // dsum is the gradient of the sum of the tables. The sums over rows of dgamma, dbeta and dsum are added to the last three.
  void (*embed_backward)(const Embedding &, const T *dy, float *dsum, float *dgamma, float *dbeta, float *dsum_sum, int64_t begin, int64_t end);
  // y = dropout(x) over rows of h.
  void (*drop)(const Dropout &, const T *x, T *y, int64_t h, int64_t begin, int64_t end);
  void (*norm_forward)(const NormForward<T> &, int64_t begin, int64_t end);
  void (*norm_backward)(const NormBackward<T> &, int64_t begin, int64_t end);
  // y = activation(x) over rows of h; x and y may be the same.
  void (*activate)(Activation, const T *x, T *y, int64_t h, int64_t begin, int64_t end);
  // dx = dy · activation'(x); its sum over rows is added to dx_sum [h]. dy and dx may be the same.
  void (*activate_backward)(Activation, const T *x, const T *dy, T *dx, float *dx_sum, int64_t h, int64_t begin, int64_t end);
  // total[c] += the column sums of rows [begin, end) of x [*, h].
  void (*column_sums)(const T *x, float *total, int64_t h, int64_t begin, int64_t end);
  void (*attention_forward)(const Attention<T> &);
  void (*attention_backward)(const Attention<T> &);
};

// Kernels that work on float alone.
struct FloatKernels {
  void (*adamw)(const AdamW &, int64_t n);
  // The cell of an LSTM: gates [4h] (input, forget, cell, output) are activated in place. c_before is null at the start of
  // a sequence.
  void (*lstm_cell)(float *gates, const float *c_before, float *c, float *tanh_c, float *out, int64_t h);
  // dc [h] holds the gradient of c, and then that of c_before. gates are activated.
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

// The kernels of one instruction set.
struct KernelSet {
  const Kernels<float> &fp32;
  const Kernels<bf16> &half;
  const FloatKernels &floats;
};

extern const KernelSet kernels_default, kernels_avx2, kernels_avx512;

// buffer returns memory of the calling thread for n floats, aligned to a cache line. It is valid until the next call.
float *buffer(int64_t n);

} // namespace skillspace
#endif

// Kernels that work on float only; included after kernels_impl.h.

inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

inline void adamw(const AdamW &o, int64_t n) {
  float *__restrict p = o.param, *__restrict m = o.exp_avg, *__restrict v = o.exp_avg_sq;
  const float *__restrict g = o.grad;
  const float beta1 = o.beta1, beta2 = o.beta2;
  if (g == nullptr) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
      float mi = m[i] + (1 - beta1) * (0.0f - m[i]), vi = beta2 * v[i];
      p[i] = p[i] * o.decay - o.step_size * mi / (__builtin_sqrtf(vi) / o.correction2_sqrt + o.epsilon);
      m[i] = mi, v[i] = vi;
    }
    return;
  }
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    float mi = m[i] + (1 - beta1) * (g[i] - m[i]), vi = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
    p[i] = p[i] * o.decay - o.step_size * mi / (__builtin_sqrtf(vi) / o.correction2_sqrt + o.epsilon);
    m[i] = mi, v[i] = vi;
  }
}

inline void lstm_cell(float *__restrict gates, const float *__restrict c_before, float *__restrict c, float *__restrict tanh_c, float *__restrict out, int64_t h) {
#pragma omp simd
  for (int64_t k = 0; k < h; k++) {
    float i = sigmoid(gates[k]), f = sigmoid(gates[h + k]), z = hyperbolic_tangent(gates[2 * h + k]), o = sigmoid(gates[3 * h + k]);
    gates[k] = i, gates[h + k] = f, gates[2 * h + k] = z, gates[3 * h + k] = o;
    float now = i * z + (c_before ? f * c_before[k] : 0.0f), t = hyperbolic_tangent(now);
    c[k] = now, tanh_c[k] = t, out[k] = o * t;
  }
}

inline void lstm_cell_backward(const float *__restrict g, const float *__restrict c_before, const float *__restrict tanh_c, const float *__restrict dout,
                               float *__restrict dc, float *__restrict d, int64_t h) {
#pragma omp simd
  for (int64_t k = 0; k < h; k++) {
    float i = g[k], f = g[h + k], z = g[2 * h + k], o = g[3 * h + k], t = tanh_c[k];
    float total = dc[k] + dout[k] * o * (1 - t * t);
    d[k] = total * z * i * (1 - i);
    d[h + k] = c_before ? total * c_before[k] * f * (1 - f) : 0.0f;
    d[2 * h + k] = total * i * (1 - z * z);
    d[3 * h + k] = dout[k] * t * o * (1 - o);
    dc[k] = total * f;
  }
}

inline float dot(const float *x, const float *y, int64_t n) {
  float total = 0;
#pragma omp simd reduction(+ : total)
  for (int64_t i = 0; i < n; i++) total += x[i] * y[i];
  return total;
}

inline void weighted_sum(const float *x, const float *weight, int64_t t, int64_t h, float *__restrict out) {
  for (int64_t k = 0; k < h; k++) out[k] = 0;
  for (int64_t i = 0; i < t; i++) {
    const float *__restrict row = x + i * h;
    float w = weight ? weight[i] : 1.0f / float(t);
#pragma omp simd
    for (int64_t k = 0; k < h; k++) out[k] += w * row[k];
  }
}

inline void weighted_sum_backward(const float *x, const float *weight, const float *dout, int64_t t, int64_t h, float *__restrict dx, float *along) {
  for (int64_t i = 0; i < t; i++) {
    float w = weight ? weight[i] : 1.0f / float(t);
#pragma omp simd
    for (int64_t k = 0; k < h; k++) dx[i * h + k] = w * dout[k];
    if (along) along[i] = dot(dout, x + i * h, h);
  }
}

inline void softmax(const float *x, float *y, int64_t n) {
  float highest = x[0], total = 0;
  for (int64_t i = 1; i < n; i++) highest = x[i] > highest ? x[i] : highest;
  for (int64_t i = 0; i < n; i++) total += y[i] = exponential(x[i] - highest);
  for (int64_t i = 0; i < n; i++) y[i] /= total;
}

const FloatKernels float_table = {adamw, lstm_cell, lstm_cell_backward, weighted_sum, weighted_sum_backward, dot, softmax};

template <typename T>
const Kernels<T> table = {embed<T>,    embed_backward<T>,    drop<T>,        norm_forward<T>,      norm_backward<T>,
                          activate<T>, activate_backward<T>, column_sums<T>, attention_forward<T>, attention_backward<T>};

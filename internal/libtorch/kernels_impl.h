// Plain loops that the compiler turns into vector instructions. Each kernels_*.cpp includes this file in a namespace of its own,
// under its target pragma; library headers must therefore not be included from here. The name ends in .h because Go's build
// notices changes of headers, but not of other included files.

inline float load(float x) { return x; }
inline float load(bf16 x) { return __builtin_bit_cast(float, uint32_t(x.bits) << 16); }

template <typename T> inline T store(float x);
template <> inline float store<float>(float x) { return x; }
// Rounds to nearest, ties to even. A NaN stays a NaN.
template <> inline bf16 store<bf16>(float x) {
  uint32_t u = __builtin_bit_cast(uint32_t, x);
  uint32_t rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
  return bf16{uint16_t(x != x ? 0x7fc0u : rounded)};
}

// exp(x) with x clamped to ±87, to 2 units in the last place: 2^n · p(r), where p is the Taylor polynomial of degree 7 and
// |r| <= ln2/2. Without the upper bound 2^n would overflow into the sign bit.
inline float exponential(float x) {
  x = x < -87.0f ? -87.0f : x > 87.0f ? 87.0f : x;
  float n = __builtin_floorf(x * 1.44269504088896341f + 0.5f);
  float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float e = 1.0f / 5040.0f;
  e = e * r + 1.0f / 720.0f;
  e = e * r + 1.0f / 120.0f;
  e = e * r + 1.0f / 24.0f;
  e = e * r + 1.0f / 6.0f;
  e = e * r + 0.5f;
  e = e * r + 1.0f;
  e = e * r + 1.0f;
  return e * __builtin_bit_cast(float, uint32_t(int32_t(n) + 127) << 23);
}

// The normal distribution's Φ(x) and density φ(x). erf by Abramowitz and Stegun, Handbook of Mathematical Functions,
// 7.1.26: absolute error below 1.5e-7.
struct Normal {
  float cumulative, density;
};
inline Normal normal(float x) {
  float z = __builtin_fabsf(x) * 0.70710678118654752f;
  float e = exponential(-z * z);
  float t = 1.0f / (1.0f + 0.3275911f * z);
  float poly = ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t;
  float half = 0.5f * poly * e; // Φ(-|x|)
  return {x < 0 ? half : 1.0f - half, 0.39894228040143268f * e};
}

inline float hyperbolic_tangent(float x) {
  float e = exponential(-2.0f * __builtin_fabsf(x));
  float t = (1.0f - e) / (1.0f + e);
  return x < 0 ? -t : t;
}

template <Activation A> inline float activation(float x) {
  if (A == kRelu) return x > 0 ? x : 0;
  if (A == kGelu) return x * normal(x).cumulative;
  return 0.5f * x * (1.0f + hyperbolic_tangent(0.79788456080286536f * (x + 0.044715f * x * x * x)));
}

template <Activation A> inline float activation_gradient(float x) {
  if (A == kRelu) return x > 0 ? 1.0f : 0.0f;
  if (A == kGelu) {
    Normal n = normal(x);
    return n.cumulative + x * n.density;
  }
  float t = hyperbolic_tangent(0.79788456080286536f * (x + 0.044715f * x * x * x));
  return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * 0.79788456080286536f * (1.0f + 3.0f * 0.044715f * x * x);
}

template <typename T, Activation A> void activate_as(const T *x, T *y, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] = store<T>(activation<A>(load(x[i])));
}

template <typename T> void activate(Activation a, const T *x, T *y, int64_t h, int64_t begin, int64_t end) {
  x += begin * h, y += begin * h;
  int64_t n = (end - begin) * h;
  if (a == kGelu) activate_as<T, kGelu>(x, y, n);
  else if (a == kGeluTanh) activate_as<T, kGeluTanh>(x, y, n);
  else activate_as<T, kRelu>(x, y, n);
}

template <typename T, Activation A> void activate_row_backward(const T *x, const T *dy, T *dx, float *__restrict dx_sum, int64_t h) {
#pragma omp simd
  for (int64_t c = 0; c < h; c++) {
    float d = load(dy[c]) * activation_gradient<A>(load(x[c]));
    dx[c] = store<T>(d);
    dx_sum[c] += d;
  }
}

template <typename T>
void activate_backward(Activation a, const T *x, const T *dy, T *dx, float *dx_sum, int64_t h, int64_t begin, int64_t end) {
  for (int64_t r = begin; r < end; r++) {
    if (a == kGelu) activate_row_backward<T, kGelu>(x + r * h, dy + r * h, dx + r * h, dx_sum, h);
    else if (a == kGeluTanh) activate_row_backward<T, kGeluTanh>(x + r * h, dy + r * h, dx + r * h, dx_sum, h);
    else activate_row_backward<T, kRelu>(x + r * h, dy + r * h, dx + r * h, dx_sum, h);
  }
}

template <typename T> void column_sums(const T *x, float *total, int64_t h, int64_t begin, int64_t end) {
  for (int64_t r = begin; r < end; r++) {
    const T *row = x + r * h;
#pragma omp simd
    for (int64_t c = 0; c < h; c++) total[c] += load(row[c]);
  }
}

// The dropout of one row: 64 bits from (seed, row) by SplitMix64's finaliser, then MurmurHash3's finaliser for each column.
struct RowDropout {
  uint32_t low, high, threshold;
  float scale;
  RowDropout(const Dropout &d, uint64_t row) {
    uint64_t z = d.seed + (row + 1) * 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    z ^= z >> 31;
    low = uint32_t(z), high = uint32_t(z >> 32);
    threshold = uint32_t(double(d.p) * 4294967296.0);
    scale = d.p > 0 ? 1.0f / (1.0f - d.p) : 1.0f;
  }
  // factor is 0 with probability p, else 1/(1-p).
  inline float factor(uint32_t column) const {
    uint32_t x = column * 0x9e3779b9u + low;
    x = (x ^ (x >> 16)) * 0x85ebca6bu ^ high;
    x = (x ^ (x >> 13)) * 0xc2b2ae35u;
    return (x ^ (x >> 16)) >= threshold ? scale : 0.0f;
  }
};

template <typename T> void drop(const Dropout &d, const T *x, T *y, int64_t h, int64_t begin, int64_t end) {
  for (int64_t r = begin; r < end; r++) {
    RowDropout row(d, r);
    const T *__restrict from = x + r * h;
    T *__restrict to = y + r * h;
#pragma omp simd
    for (int64_t c = 0; c < h; c++) to[c] = store<T>(load(from[c]) * row.factor(uint32_t(c)));
  }
}

template <typename T> void norm_forward(const NormForward<T> &a, int64_t begin, int64_t end) {
  const int64_t h = a.h;
  float v[kLongest];
  for (int64_t r = begin; r < end; r++) {
    const T *__restrict x = a.x + r * h, *__restrict residual = a.residual + r * h;
    T *__restrict y = a.y + r * h;
    RowDropout drop(a.dropout, r);
    float total = 0;
    if (a.dropout.p > 0) {
#pragma omp simd reduction(+ : total)
      for (int64_t c = 0; c < h; c++) total += v[c] = load(store<T>(load(residual[c]) + load(x[c]) * drop.factor(uint32_t(c))));
    } else {
#pragma omp simd reduction(+ : total)
      for (int64_t c = 0; c < h; c++) total += v[c] = load(store<T>(load(residual[c]) + load(x[c])));
    }
    float mean = total / float(h), squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t c = 0; c < h; c++) squares += (v[c] - mean) * (v[c] - mean);
    float rstd = 1.0f / __builtin_sqrtf(squares / float(h) + a.epsilon);
    for (int64_t c = 0; c < h; c++) y[c] = store<T>((v[c] - mean) * rstd * a.gamma[c] + a.beta[c]);
    if (a.sum == nullptr) continue;
    T *__restrict sum = a.sum + r * h;
    for (int64_t c = 0; c < h; c++) sum[c] = store<T>(v[c]);
    a.mean[r] = mean, a.rstd[r] = rstd;
  }
}

template <typename T> void norm_backward(const NormBackward<T> &a, int64_t begin, int64_t end) {
  const int64_t h = a.h;
  float normalised[kLongest], scaled[kLongest];
  float *__restrict dgamma = a.dgamma, *__restrict dbeta = a.dbeta, *__restrict dx_sum = a.dx_sum;
  for (int64_t r = begin; r < end; r++) {
    const T *dy = a.dy + r * h, *sum = a.sum + r * h; // dresidual may be dy's memory
    T *dresidual = a.dresidual + r * h, *dx = a.dx + r * h;
    float mean = a.mean[r], rstd = a.rstd[r], total = 0, along = 0;
#pragma omp simd reduction(+ : total, along)
    for (int64_t c = 0; c < h; c++) {
      float d = load(dy[c]), n = (load(sum[c]) - mean) * rstd, s = d * a.gamma[c];
      dgamma[c] += d * n;
      dbeta[c] += d;
      normalised[c] = n, scaled[c] = s;
      total += s, along += s * n;
    }
    total /= float(h), along /= float(h);
    RowDropout drop(a.dropout, r);
    if (a.dropout.p > 0) {
#pragma omp simd
      for (int64_t c = 0; c < h; c++) {
        float d = rstd * (scaled[c] - total - normalised[c] * along), through = d * drop.factor(uint32_t(c));
        dresidual[c] = store<T>(d);
        dx[c] = store<T>(through);
        dx_sum[c] += through;
      }
      continue;
    }
#pragma omp simd
    for (int64_t c = 0; c < h; c++) {
      float d = rstd * (scaled[c] - total - normalised[c] * along);
      dresidual[c] = store<T>(d);
      dx[c] = store<T>(d);
      dx_sum[c] += d;
    }
  }
}

// embedded fills v with the sum of the tables for one row, and returns the mean and 1/deviation of its elements.
struct Moments {
  float mean, rstd;
};
inline Moments embedded(const Embedding &a, int64_t row, float *__restrict v) {
  const float *__restrict word = a.word + a.ids[row] * a.h, *__restrict place = a.position + a.places[row] * a.h;
  float total = 0, squares = 0;
#pragma omp simd reduction(+ : total)
  for (int64_t c = 0; c < a.h; c++) total += v[c] = word[c] + a.type[c] + place[c];
  float mean = total / float(a.h);
#pragma omp simd reduction(+ : squares)
  for (int64_t c = 0; c < a.h; c++) squares += (v[c] - mean) * (v[c] - mean);
  return {mean, 1.0f / __builtin_sqrtf(squares / float(a.h) + a.epsilon)};
}

template <typename T> void embed(const Embedding &a, T *y, int64_t begin, int64_t end) {
  float v[kLongest];
  for (int64_t r = begin; r < end; r++) {
    Moments m = embedded(a, r, v);
    RowDropout drop(a.dropout, r);
#pragma omp simd
    for (int64_t c = 0; c < a.h; c++) y[r * a.h + c] = store<T>(((v[c] - m.mean) * m.rstd * a.gamma[c] + a.beta[c]) * drop.factor(uint32_t(c)));
  }
}

template <typename T>
void embed_backward(const Embedding &a, const T *dy, float *dsum, float *__restrict dgamma, float *__restrict dbeta, float *__restrict dsum_sum, int64_t begin, int64_t end) {
  float v[kLongest], scaled[kLongest];
  for (int64_t r = begin; r < end; r++) {
    Moments m = embedded(a, r, v);
    RowDropout drop(a.dropout, r);
    const T *__restrict d = dy + r * a.h;
    float *__restrict out = dsum + r * a.h, total = 0, along = 0;
#pragma omp simd reduction(+ : total, along)
    for (int64_t c = 0; c < a.h; c++) {
      float g = load(d[c]) * drop.factor(uint32_t(c)), n = (v[c] - m.mean) * m.rstd, s = g * a.gamma[c];
      dgamma[c] += g * n;
      dbeta[c] += g;
      v[c] = n, scaled[c] = s;
      total += s, along += s * n;
    }
    total /= float(a.h), along /= float(a.h);
#pragma omp simd
    for (int64_t c = 0; c < a.h; c++) {
      out[c] = m.rstd * (scaled[c] - total - v[c] * along);
      dsum_sum[c] += out[c];
    }
  }
}

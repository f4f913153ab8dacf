// Attention of one sequence; included after kernels_impl.h. Queries, keys and values of each head are copied into small float
// matrices that stay in the cache. They are padded with zeros, so that products need no special cases at the border.

constexpr int64_t kRows = 8, kColumns = 16; // the tile of a product, whose sums stay in registers

inline int64_t round_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

// c [m, n] = a [m, k] · b [k, n], row-major, with m a multiple of kRows and n of kColumns.
inline void product(const float *a, int64_t lda, const float *b, int64_t ldb, float *c, int64_t ldc, int64_t m, int64_t n, int64_t k) {
  for (int64_t i = 0; i < m; i += kRows)
    for (int64_t j = 0; j < n; j += kColumns) {
      float sums[kRows][kColumns] = {};
      for (int64_t l = 0; l < k; l++) {
        const float *row = b + l * ldb + j;
        for (int64_t u = 0; u < kRows; u++) {
          float x = a[(i + u) * lda + l];
#pragma omp simd
          for (int64_t v = 0; v < kColumns; v++) sums[u][v] += x * row[v];
        }
      }
      for (int64_t u = 0; u < kRows; u++)
        for (int64_t v = 0; v < kColumns; v++) c[(i + u) * ldc + j + v] = sums[u][v];
    }
}

// to [n, m] = from [m, n] transposed.
inline void transpose(const float *from, int64_t ldf, float *to, int64_t ldt, int64_t m, int64_t n) {
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j < n; j++) to[j * ldt + i] = from[i * ldf + j];
}

// The sizes of one head: t tokens, d columns, and both rounded up to whole tiles.
struct Head {
  int64_t t, d, tp, dp, size;
  explicit Head(int64_t t, int64_t d) : t(t), d(d), tp(round_up(t, kColumns)), dp(round_up(d, kColumns)), size(d) {}
  int64_t vectors() const { return tp * dp; }
  int64_t scores() const { return tp * tp; }
};

template <typename T> void copy_in(const T *from, int64_t stride, float *to, const Head &s, float scale) {
  for (int64_t i = 0; i < s.tp; i++) {
    float *row = to + i * s.dp;
    if (i >= s.t) {
      for (int64_t c = 0; c < s.dp; c++) row[c] = 0;
      continue;
    }
    const T *x = from + i * stride;
    for (int64_t c = 0; c < s.d; c++) row[c] = load(x[c]) * scale;
    for (int64_t c = s.d; c < s.dp; c++) row[c] = 0;
  }
}

template <typename T> void copy_out(const float *from, T *to, int64_t stride, const Head &s, float scale) {
  for (int64_t i = 0; i < s.t; i++)
    for (int64_t c = 0; c < s.d; c++) to[i * stride + c] = store<T>(from[i * s.dp + c] * scale);
}

// softmax_rows turns scores [t, tp] into probabilities, 0 in the padding.
inline void softmax_rows(float *scores, const Head &s) {
  for (int64_t i = 0; i < s.t; i++) {
    float *row = scores + i * s.tp, highest = row[0], total = 0;
#pragma omp simd reduction(max : highest)
    for (int64_t j = 0; j < s.t; j++) highest = row[j] > highest ? row[j] : highest;
#pragma omp simd reduction(+ : total)
    for (int64_t j = 0; j < s.t; j++) total += row[j] = exponential(row[j] - highest);
    float inverse = 1.0f / total;
#pragma omp simd
    for (int64_t j = 0; j < s.t; j++) row[j] *= inverse;
    for (int64_t j = s.t; j < s.tp; j++) row[j] = 0;
  }
  for (int64_t i = s.t * s.tp; i < s.tp * s.tp; i++) scores[i] = 0;
}

template <typename T> void attention_forward(const Attention<T> &a) {
  const int64_t d = a.h / a.heads, wide = 3 * a.h;
  Head s(a.t, d);
  float *memory = buffer(4 * s.vectors() + s.scores());
  float *q = memory, *kt = q + s.vectors(), *v = kt + s.vectors(), *out = v + s.vectors(), *p = out + s.vectors();
  const float scale = 1.0f / __builtin_sqrtf(float(d));
  for (int64_t head = 0; head < a.heads; head++) {
    const T *first = a.qkv + a.row * wide + head * d;
    copy_in(first + a.h, wide, out, s, 1.0f);
    transpose(out, s.dp, kt, s.tp, s.tp, s.dp);
    copy_in(first, wide, q, s, scale);
    copy_in(first + 2 * a.h, wide, v, s, 1.0f);
    product(q, s.dp, kt, s.tp, p, s.tp, round_up(s.t, kRows), s.tp, d);
    softmax_rows(p, s);
    if (a.dropout.p > 0)
      for (int64_t i = 0; i < s.t; i++) {
        RowDropout drop(a.dropout, uint64_t(a.row + i) * a.heads + head);
#pragma omp simd
        for (int64_t j = 0; j < s.t; j++) p[i * s.tp + j] *= drop.factor(uint32_t(j));
      }
    product(p, s.tp, v, s.dp, out, s.dp, round_up(s.t, kRows), s.dp, s.t);
    copy_out(out, a.context + a.row * a.h + head * d, a.h, s, 1.0f);
  }
}

// score_gradients replaces the probabilities p [t, tp] by those after dropout, and their gradients dp [t, tp] by the gradients
// of the scores: dS = P ∘ (m ∘ dP - rowsum(P ∘ m ∘ dP)), where m are dropout's factors.
template <typename T> void score_gradients(const Attention<T> &a, const Head &s, int64_t head, float *p, float *dp) {
  float factor[kLongest];
  for (int64_t i = 0; i < s.t; i++) {
    float *pr = p + i * s.tp, *dr = dp + i * s.tp, along = 0;
    RowDropout drop(a.dropout, uint64_t(a.row + i) * a.heads + head);
#pragma omp simd reduction(+ : along)
    for (int64_t j = 0; j < s.t; j++) {
      factor[j] = drop.factor(uint32_t(j));
      along += pr[j] * factor[j] * dr[j];
    }
#pragma omp simd
    for (int64_t j = 0; j < s.t; j++) {
      dr[j] = pr[j] * (factor[j] * dr[j] - along);
      pr[j] *= factor[j];
    }
    for (int64_t j = s.t; j < s.tp; j++) dr[j] = 0;
  }
  for (int64_t i = s.t * s.tp; i < s.tp * s.tp; i++) dp[i] = 0;
}

template <typename T> void attention_backward(const Attention<T> &a) {
  const int64_t d = a.h / a.heads, wide = 3 * a.h;
  Head s(a.t, d);
  const int64_t n = s.vectors(), m = s.scores(), rows = round_up(s.t, kRows);
  float *memory = buffer(6 * n + 3 * m);
  float *q = memory, *k = q + n, *v = k + n, *dc = v + n, *turned = dc + n, *out = turned + n;
  float *p = out + n, *dp = p + m, *transposed = dp + m;
  const float scale = 1.0f / __builtin_sqrtf(float(d));
  for (int64_t head = 0; head < a.heads; head++) {
    const T *first = a.qkv + a.row * wide + head * d;
    T *gradient = a.dqkv + a.row * wide + head * d;
    copy_in(first, wide, q, s, scale);
    copy_in(first + a.h, wide, k, s, 1.0f);
    copy_in(first + 2 * a.h, wide, v, s, 1.0f);
    copy_in(a.dcontext + a.row * a.h + head * d, a.h, dc, s, 1.0f);
    transpose(k, s.dp, turned, s.tp, s.tp, s.dp);
    product(q, s.dp, turned, s.tp, p, s.tp, rows, s.tp, d);
    softmax_rows(p, s);
    transpose(v, s.dp, turned, s.tp, s.tp, s.dp);
    product(dc, s.dp, turned, s.tp, dp, s.tp, rows, s.tp, d);
    score_gradients(a, s, head, p, dp);
    transpose(p, s.tp, transposed, s.tp, s.tp, s.tp);
    product(transposed, s.tp, dc, s.dp, out, s.dp, rows, s.dp, s.t); // dV
    copy_out(out, gradient + 2 * a.h, wide, s, 1.0f);
    product(dp, s.tp, k, s.dp, out, s.dp, rows, s.dp, s.t); // dQ
    copy_out(out, gradient, wide, s, scale);
    transpose(dp, s.tp, transposed, s.tp, s.tp, s.tp);
    product(transposed, s.tp, q, s.dp, out, s.dp, rows, s.dp, s.t); // dK; q is scaled already
    copy_out(out, gradient + a.h, wide, s, 1.0f);
  }
}

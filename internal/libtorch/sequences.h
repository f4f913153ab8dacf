// Shared by the operations on packed sequences: loops on libtorch's OpenMP threads over rows and sequences, sums over rows,
// seeds of dropout. offsets [B+1] Int64 hold the first packed row of each sequence, and the number of rows N at the end.
#ifndef SKILLSPACE_SEQUENCES_H
#define SKILLSPACE_SEQUENCES_H
#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>

#include "kernels.h"

namespace skillspace {

using at::Tensor;

template <typename T> T *data(const Tensor &t) { return static_cast<T *>(t.data_ptr()); }

// check_offsets throws unless offsets divide n rows into sequences that are not empty and not longer than kLongest.
inline void check_offsets(const Tensor &offsets, int64_t n) {
  TORCH_CHECK(offsets.is_cpu() && offsets.scalar_type() == at::kLong && offsets.is_contiguous() && offsets.numel() > 1, "offsets must be Int64 [B+1] on the CPU");
  const int64_t *at = offsets.data_ptr<int64_t>(), count = offsets.numel();
  TORCH_CHECK(at[0] == 0 && at[count - 1] == n, "offsets do not span the ", n, " tokens");
  for (int64_t i = 1; i < count; i++) TORCH_CHECK(at[i] > at[i - 1] && at[i] - at[i - 1] <= kLongest, "a sequence is empty, or longer than ", kLongest, " tokens");
}

// parallel_for splits [begin, end) into as many parts as libtorch has threads, none smaller than grain, and runs
// f(first, last) on each. Inside a parallel region it runs on the calling thread. An exception of f reaches the caller.
void parallel_for(int64_t begin, int64_t end, int64_t grain, const std::function<void(int64_t, int64_t)> &f);

// share_threads sets how many threads the operations on the calling thread may use. at::set_num_threads sets more: it
// replaces the pool that all threads share, and the new threads spin for a while.
void share_threads(int n);

// draw_seed takes one number from libtorch's CPU generator, whose state thus determines every dropout mask.
uint64_t draw_seed();

inline Dropout dropout(double p, uint64_t seed, uint64_t purpose) { return {float(p), seed ^ (purpose * 0xd1342543de82ef95ull)}; }

constexpr int64_t kChunk = 64; // rows of one partial sum; fixed, so that sums do not depend on the number of threads

// over_rows calls f on chunks of rows in parallel.
template <typename F> void over_rows(int64_t rows, F f) {
  int64_t chunks = (rows + kChunk - 1) / kChunk;
  parallel_for(0, chunks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; c++) f(c, c * kChunk, std::min(rows, (c + 1) * kChunk));
  });
}

// Sums of columns. Each chunk of rows adds to its own partial sums. total adds these in order, so that the result does not
// depend on the number of threads.
struct ColumnSums {
  Tensor partial;
  ColumnSums(int64_t rows, int64_t width) : partial(at::zeros({(rows + kChunk - 1) / kChunk, width}, at::kFloat)) {}
  float *of(int64_t chunk) { return data<float>(partial) + chunk * partial.size(1); }
  Tensor total() { return partial.sum(0); }
};

// over_sequences calls f(sequence, first row, length) for every sequence, in parallel. The threads' parts cost about the same.
template <typename F> void over_sequences(const Tensor &offsets, F f) {
  const int64_t *at = offsets.data_ptr<int64_t>(), n = offsets.numel() - 1;
  std::vector<double> cost(n + 1, 0);
  for (int64_t i = 0; i < n; i++) {
    double t = double(at[i + 1] - at[i]);
    cost[i + 1] = cost[i] + t * (t + 32);
  }
  int64_t threads = std::max<int64_t>(1, std::min<int64_t>(at::get_num_threads(), n));
  parallel_for(0, threads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t share = begin; share < end; share++) {
      auto bound = [&](int64_t k) { return std::lower_bound(cost.begin(), cost.end(), cost[n] * double(k) / double(threads)) - cost.begin(); };
      int64_t last = share + 1 == threads ? n : bound(share + 1);
      for (int64_t i = share == 0 ? 0 : bound(share); i < last; i++) f(i, at[i], at[i + 1] - at[i]);
    }
  });
}

} // namespace skillspace
#endif

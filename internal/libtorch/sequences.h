// What operations on packed sequences share: threads' shares of rows and of sequences, sums over rows, dropout's seeds.
// offsets [B+1] Int64 hold the first packed row of each sequence, and the number of rows N at the end.
#ifndef SKILLSPACE_SEQUENCES_H
#define SKILLSPACE_SEQUENCES_H
#include <algorithm>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "kernels.h"
#include "parallel.h"

namespace skillspace {

using at::Tensor;

template <typename T> T *data(const Tensor &t) { return static_cast<T *>(t.data_ptr()); }

// check_offsets refuses offsets that would lead outside of n rows.
inline void check_offsets(const Tensor &offsets, int64_t n) {
  TORCH_CHECK(offsets.is_cpu() && offsets.scalar_type() == at::kLong && offsets.is_contiguous() && offsets.numel() > 1, "offsets must be Int64 [B+1] on the CPU");
  const int64_t *at = offsets.data_ptr<int64_t>(), count = offsets.numel();
  TORCH_CHECK(at[0] == 0 && at[count - 1] == n, "offsets do not span the ", n, " tokens");
  for (int64_t i = 1; i < count; i++) TORCH_CHECK(at[i] > at[i - 1] && at[i] - at[i - 1] <= kLongest, "a sequence is empty, or longer than ", kLongest, " tokens");
}

// draw_seed takes one number from libtorch's CPU generator, so that its state fixes every dropout mask.
uint64_t draw_seed();

inline Dropout dropout(double p, uint64_t seed, uint64_t purpose) { return {float(p), seed ^ (purpose * 0xd1342543de82ef95ull)}; }

constexpr int64_t kChunk = 64; // rows whose column sums are added up together, whatever the number of threads

// over_rows calls f on chunks of rows in parallel.
template <typename F> void over_rows(int64_t rows, F f) {
  int64_t chunks = (rows + kChunk - 1) / kChunk;
  parallel_for(0, chunks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; c++) f(c, c * kChunk, std::min(rows, (c + 1) * kChunk));
  });
}

// Sums of columns: each chunk adds to its own rows, which are added up in order at the end, so that the result is the
// same for any number of threads.
struct ColumnSums {
  Tensor partial;
  ColumnSums(int64_t rows, int64_t width) : partial(at::zeros({(rows + kChunk - 1) / kChunk, width}, at::kFloat)) {}
  float *of(int64_t chunk) { return data<float>(partial) + chunk * partial.size(1); }
  Tensor total() { return partial.sum(0); }
};

// over_sequences calls f(sequence, first row, length) of every sequence; threads get shares of about equal cost.
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

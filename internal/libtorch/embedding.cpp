// BERT's embedding of packed tokens, as one autograd function: word + position + type, LayerNorm, dropout.
#include "bridge.h"
#include "guard.h"
#include "sequences.h"

#include <ATen/ops/_sparse_coo_tensor_unsafe.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

using namespace skillspace;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

enum { kWord, kPosition, kType, kGamma, kBeta, kTables };

struct Settings {
  Tensor ids, positions; // [N] Int64 both
  double epsilon, dropout;
  uint64_t seed;
  at::ScalarType dtype;
};

Embedding arguments(const Tensor *t, const Settings &s) {
  return {data<float>(t[kWord]), data<float>(t[kPosition]), data<float>(t[kType]), data<float>(t[kGamma]), data<float>(t[kBeta]), data<int64_t>(s.ids),
          data<int64_t>(s.positions), float(s.epsilon), dropout(s.dropout, s.seed, 1), t[kWord].size(1)};
}

Tensor forward(const Tensor *tables, const Settings &s) {
  int64_t n = s.ids.numel(), h = tables[kWord].size(1);
  Tensor y = at::empty({n, h}, at::TensorOptions().dtype(s.dtype));
  Embedding a = arguments(tables, s);
  over_rows(n, [&](int64_t, int64_t begin, int64_t end) {
    if (s.dtype == at::kBFloat16) kernels<bf16>().embed(a, data<bf16>(y), begin, end);
    else kernels<float>().embed(a, data<float>(y), begin, end);
  });
  return y;
}

struct Embed : public torch::autograd::Function<Embed> {
  static Tensor forward(AutogradContext *ctx, at::TensorList tables, const Settings *s) {
    at::AutoDispatchBelowADInplaceOrView below;
    tensor_list kept(tables.begin(), tables.end());
    kept.insert(kept.end(), {s->ids, s->positions});
    ctx->save_for_backward(kept);
    ctx->saved_data["epsilon"] = s->epsilon;
    ctx->saved_data["dropout"] = s->dropout;
    ctx->saved_data["seed"] = int64_t(s->seed);
    return ::forward(tables.data(), *s);
  }

  static tensor_list backward(AutogradContext *ctx, tensor_list gradients) {
    at::AutoDispatchBelowADInplaceOrView below;
    auto t = ctx->get_saved_variables();
    Settings s{t[kTables], t[kTables + 1], ctx->saved_data["epsilon"].toDouble(), ctx->saved_data["dropout"].toDouble(), uint64_t(ctx->saved_data["seed"].toInt()),
               gradients[0].scalar_type()};
    Tensor dy = gradients[0].contiguous();
    int64_t n = s.ids.numel(), h = t[kWord].size(1);
    Tensor dsum = at::empty({n, h}, at::kFloat);
    ColumnSums sums(n, 3 * h); // gamma, beta, type
    Embedding a = arguments(t.data(), s);
    over_rows(n, [&](int64_t chunk, int64_t begin, int64_t end) {
      float *at = sums.of(chunk);
      if (s.dtype == at::kBFloat16) kernels<bf16>().embed_backward(a, data<bf16>(dy), data<float>(dsum), at, at + h, at + 2 * h, begin, end);
      else kernels<float>().embed_backward(a, data<float>(dy), data<float>(dsum), at, at + h, at + 2 * h, begin, end);
    });
    Tensor total = sums.total(), dtype = at::zeros_like(t[kType]), dposition = at::zeros_like(t[kPosition]);
    dtype.select(0, 0).copy_(total.narrow(0, 2 * h, h));
    dposition.index_add_(0, s.positions, dsum);
    Tensor dword = at::_sparse_coo_tensor_unsafe(s.ids.unsqueeze(0), dsum, t[kWord].sizes(), dsum.options().layout(at::kSparse));
    return {dword, dposition, dtype, total.narrow(0, 0, h).clone(), total.narrow(0, h, h).clone(), Tensor()};
  }
};

// positions numbers the tokens of each sequence from first. It checks that each has a row among limit, as the kernels do not.
Tensor positions(const Tensor &offsets, int64_t n, int64_t first, int64_t limit) {
  Tensor out = at::empty({n}, at::kLong);
  const int64_t *at = offsets.data_ptr<int64_t>();
  for (int64_t i = 0; i + 1 < offsets.numel(); i++) {
    TORCH_CHECK(first + at[i + 1] - at[i] <= limit, "embedding: a sequence of ", at[i + 1] - at[i], " tokens exceeds the positions ", limit);
    for (int64_t row = at[i]; row < at[i + 1]; row++) data<int64_t>(out)[row] = first + row - at[i];
  }
  return out;
}

} // namespace

char *ss_embed(ss_tensor *tables, ss_tensor ids, ss_tensor offsets, int64_t first_position, double epsilon, double dropout, int dtype, ss_tensor *out) {
  return guarded([&] {
    tensor_list t;
    for (int i = 0; i < kTables; i++) t.push_back(defined(tables[i]));
    const Tensor &id = defined(ids), &at = defined(offsets);
    int64_t h = t[kWord].size(1), n = id.numel();
    for (auto &x : t) TORCH_CHECK(x.is_cpu() && x.is_contiguous() && x.scalar_type() == at::kFloat && x.size(-1) == h && h <= kLongest, "embedding: a table is not Float32 [*, H] on the CPU");
    TORCH_CHECK(id.is_cpu() && id.is_contiguous() && id.scalar_type() == at::kLong, "embedding: ids must be Int64 [N] on the CPU");
    check_offsets(at, n);
    for (int64_t i = 0; i < n; i++) TORCH_CHECK(data<int64_t>(id)[i] >= 0 && data<int64_t>(id)[i] < t[kWord].size(0), "embedding: token id ", data<int64_t>(id)[i], " is outside the vocabulary");
    TORCH_CHECK(first_position >= 0 && t[kType].size(0) > 0, "embedding: there is no token type, or the first position is negative");
    Settings s{id, positions(at, n, first_position, t[kPosition].size(0)), epsilon, dropout, dropout > 0 ? draw_seed() : 0, at::ScalarType(dtype)};
    *out = new Tensor(at::GradMode::is_enabled() ? Embed::apply(at::TensorList(t), &s) : forward(t.data(), s));
  });
}

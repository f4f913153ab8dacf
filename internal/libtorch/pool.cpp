// Pooling of packed sequences to one vector each, as an autograd function.
#include "bridge.h"
#include "guard.h"
#include "sequences.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

using namespace skillspace;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

struct Pool : public torch::autograd::Function<Pool> {
  static Tensor forward(AutogradContext *ctx, const Tensor &hidden, const c10::optional<Tensor> &scores, const Tensor &offsets) {
    at::AutoDispatchBelowADInplaceOrView below;
    int64_t h = hidden.size(1), n = offsets.numel() - 1;
    Tensor out = at::empty({n, h}, hidden.options()), weights = scores ? at::empty({hidden.size(0)}, hidden.options()) : Tensor();
    over_sequences(offsets, [&](int64_t i, int64_t row, int64_t t) {
      float *w = scores ? data<float>(weights) + row : nullptr;
      if (w) float_kernels().softmax(data<float>(*scores) + row, w, t);
      float_kernels().weighted_sum(data<float>(hidden) + row * h, w, t, h, data<float>(out) + i * h);
    });
    ctx->save_for_backward({hidden, weights, offsets});
    return out;
  }

  static tensor_list backward(AutogradContext *ctx, tensor_list gradients) {
    at::AutoDispatchBelowADInplaceOrView below;
    auto saved = ctx->get_saved_variables();
    Tensor hidden = saved[0], weights = saved[1], offsets = saved[2], dout = gradients[0].contiguous();
    int64_t h = hidden.size(1);
    Tensor dhidden = at::empty_like(hidden), dscores = weights.defined() ? at::empty_like(weights) : Tensor();
    over_sequences(offsets, [&](int64_t i, int64_t row, int64_t t) {
      const float *w = weights.defined() ? data<float>(weights) + row : nullptr;
      float *d = w ? data<float>(dscores) + row : nullptr;
      float_kernels().weighted_sum_backward(data<float>(hidden) + row * h, w, data<float>(dout) + i * h, t, h, data<float>(dhidden) + row * h, d);
      if (!w) return;
      float mean = float_kernels().dot(w, d, t);
      for (int64_t k = 0; k < t; k++) d[k] = w[k] * (d[k] - mean);
    });
    return {dhidden, dscores, Tensor()};
  }
};

} // namespace

char *ss_pool(ss_tensor hidden, ss_tensor scores, ss_tensor offsets, ss_tensor *out) {
  return guarded([&] {
    Tensor x = defined(hidden).contiguous();
    TORCH_CHECK(x.is_cpu() && x.dim() == 2 && x.scalar_type() == at::kFloat, "pooling: want a Float32 CPU block [N, H]");
    const Tensor &at = defined(offsets);
    check_offsets(at, x.size(0));
    c10::optional<Tensor> s;
    if (scores) {
      s = defined(scores).contiguous();
      TORCH_CHECK(s->is_cpu() && s->numel() == x.size(0) && s->scalar_type() == at::kFloat, "pooling: want a Float32 score for each row");
    }
    *out = new Tensor(Pool::apply(x, s, at));
  });
}

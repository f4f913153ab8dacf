// Dropout of a block, as an autograd function. libtorch's draws on the CPU differ between its releases, and up to 2.1 between
// Intel's processors and others. Here one seed from the generator determines the mask, on every processor and release.
#include "bridge.h"
#include "guard.h"
#include "sequences.h"

#include <ATen/Context.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

using namespace skillspace;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// masked multiplies each element of x by its factor of the mask: 0, or 1/(1-p).
Tensor masked(const Tensor &x, Dropout d) {
  Tensor y = at::empty_like(x);
  int64_t h = x.dim() == 0 ? 1 : x.size(-1), rows = h == 0 ? 0 : x.numel() / h;
  over_rows(rows, [&](int64_t, int64_t begin, int64_t end) {
    if (x.scalar_type() == at::kBFloat16) kernels<bf16>().drop(d, data<bf16>(x), data<bf16>(y), h, begin, end);
    else kernels<float>().drop(d, data<float>(x), data<float>(y), h, begin, end);
  });
  return y;
}

struct Drop : public torch::autograd::Function<Drop> {
  static Tensor forward(AutogradContext *ctx, const Tensor &x, double p, int64_t seed) {
    at::AutoDispatchBelowADInplaceOrView below;
    ctx->saved_data["p"] = p;
    ctx->saved_data["seed"] = seed;
    return masked(x, {float(p), uint64_t(seed)});
  }

  static tensor_list backward(AutogradContext *ctx, tensor_list gradients) {
    at::AutoDispatchBelowADInplaceOrView below;
    Dropout d{float(ctx->saved_data["p"].toDouble()), uint64_t(ctx->saved_data["seed"].toInt())};
    return {masked(gradients[0].contiguous(), d), Tensor(), Tensor()};
  }
};

// The CPU's generator determines the draws of the other devices too: its state is what a checkpoint holds.
void seed_device(const Tensor &t) {
  if (t.is_cpu()) return;
  auto generator = at::globalContext().defaultGenerator(t.device());
  std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(draw_seed());
}

} // namespace

char *ss_seed_device(ss_tensor t) {
  return guarded([&] { seed_device(defined(t)); });
}

char *ss_dropout(ss_tensor x, double p, ss_tensor *out) {
  return guarded([&] {
    const Tensor &t = defined(x);
    bool ours = p > 0 && p < 1 && t.is_cpu() && (t.scalar_type() == at::kFloat || t.scalar_type() == at::kBFloat16);
    if (!ours) seed_device(t);
    *out = new Tensor(ours ? Drop::apply(t.contiguous(), p, int64_t(draw_seed())) : at::dropout(t, p, true));
  });
}

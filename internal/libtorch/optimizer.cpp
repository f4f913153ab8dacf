// Gradient clipping and AdamW. The gradient of the word embeddings is sparse: it has the rows of a batch's tokens.
#include "bridge.h"
#include "guard.h"
#include "kernels.h"
#include "sequences.h"

#include <cmath>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_addcdiv.h>
#include <ATen/ops/_foreach_addcmul.h>
#include <ATen/ops/_foreach_div.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_sqrt.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

namespace {

using at::Tensor;
using namespace skillspace;


// values returns the values of a parameter's gradient. A sparse gradient is coalesced first: each row once, in order.
Tensor values(Tensor &param) {
  Tensor &g = param.mutable_grad();
  if (!g.is_sparse()) return g;
  g = g.coalesce();
  return g._values();
}

// Adam's bias correction, for moments that start at zero.
struct Correction {
  double step_size, second_sqrt;
  explicit Correction(const ss_adamw &o)
      : step_size(o.learning_rate / (1 - std::pow(o.beta1, double(o.step)))), second_sqrt(std::sqrt(1 - std::pow(o.beta2, double(o.step)))) {}
};

AdamW settings(const Tensor &param, const Tensor &m, const Tensor &v, const ss_adamw &o) {
  Correction c(o);
  return {param.data_ptr<float>(), m.data_ptr<float>(), v.data_ptr<float>(), nullptr, float(1 - o.learning_rate * o.weight_decay), float(o.beta1),
          float(o.beta2), float(c.step_size), float(c.second_sqrt), float(o.epsilon)};
}

void update(AdamW a, int64_t at, int64_t n, const float *grad) {
  a.param += at, a.exp_avg += at, a.exp_avg_sq += at, a.grad = grad;
  float_kernels().adamw(a, n);
}

void dense(const AdamW &a, int64_t n, const Tensor &grad) {
  Tensor g = grad.contiguous();
  const float *data = g.data_ptr<float>();
  parallel_for(0, n, 1 << 15, [&](int64_t begin, int64_t end) { update(a, begin, end - begin, data + begin); });
}

// sparse updates the rows of a table that have a gradient. Unless rows_only is set, it updates the others with a gradient of 0.
void sparse(const AdamW &a, const Tensor &param, Tensor &grad, bool rows_only) {
  grad = grad.coalesce();
  Tensor index = grad._indices().select(0, 0).contiguous(), value = grad._values().contiguous();
  const int64_t *row = index.data_ptr<int64_t>();
  const float *g = value.data_ptr<float>();
  int64_t width = param.size(1), named = index.numel();
  parallel_for(0, named, 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) update(a, row[i] * width, width, g + i * width);
  });
  if (rows_only) return;
  parallel_for(0, named + 1, 64, [&](int64_t begin, int64_t end) { // gap i lies before named row i
    for (int64_t i = begin; i < end; i++) {
      int64_t first = i == 0 ? 0 : row[i - 1] + 1, last = i == named ? param.size(0) : row[i];
      if (last > first) update(a, first * width, (last - first) * width, nullptr);
    }
  });
}

// Elsewhere collects the parameters that no kernel of ours updates: those on CUDA, and of other types. Each operation goes over
// all of them, which on CUDA is one kernel or a few. Nothing waits for the device.
struct Elsewhere {
  const ss_adamw *settings = nullptr; // of all of them, but for the learning rate and the weight decay
  std::vector<Tensor> params, grads, m, v;
  std::vector<at::Scalar> decays, step_sizes;

  bool takes(const ss_adamw &o) const {
    return settings == nullptr || (o.step == settings->step && o.beta1 == settings->beta1 && o.beta2 == settings->beta2 && o.epsilon == settings->epsilon);
  }

  void add(const Tensor &param, const Tensor &grad, const Tensor &exp_avg, const Tensor &exp_avg_sq, const ss_adamw &o) {
    if (!takes(o)) update();
    settings = &o;
    params.push_back(param), m.push_back(exp_avg), v.push_back(exp_avg_sq);
    grads.push_back(grad.is_sparse() ? grad.to_dense() : grad);
    decays.emplace_back(1 - o.learning_rate * o.weight_decay);
    step_sizes.emplace_back(-Correction(o).step_size);
  }

  void update() {
    if (params.empty()) return;
    const ss_adamw &o = *settings;
    at::_foreach_mul_(params, decays);
    at::_foreach_lerp_(m, grads, 1 - o.beta1);
    at::_foreach_mul_(v, o.beta2);
    at::_foreach_addcmul_(v, grads, grads, 1 - o.beta2);
    std::vector<Tensor> denominators = at::_foreach_sqrt(v);
    at::_foreach_div_(denominators, Correction(o).second_sqrt);
    at::_foreach_add_(denominators, o.epsilon);
    at::_foreach_addcdiv_(params, m, denominators, step_sizes);
    *this = Elsewhere();
  }
};

void adamw_here(Tensor &param, Tensor &grad, Tensor &m, Tensor &v, const ss_adamw &o) {
  TORCH_CHECK(param.is_contiguous() && m.is_contiguous() && v.is_contiguous(), "AdamW needs contiguous tensors");
  TORCH_CHECK(m.numel() == param.numel() && v.numel() == param.numel(), "AdamW state has another size than its parameter");
  AdamW a = settings(param, m, v, o);
  if (grad.is_sparse()) sparse(a, param, grad, o.rows_only != 0);
  else dense(a, param.numel(), grad);
  param.unsafeGetTensorImpl()->bump_version(); // libtorch does not know that its memory was written
}

} // namespace

char *ss_clip_gradients(ss_tensor *params, size_t n, double max_norm, double *norm) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    std::vector<Tensor> norms, grads;
    for (size_t i = 0; i < n; i++) {
      if (!defined(params[i]).grad().defined()) continue;
      grads.push_back(values(defined(params[i])));
      norms.push_back(at::linalg_vector_norm(grads.back(), 2, c10::nullopt, false, at::kFloat));
    }
    // The only wait for the device in a step, beside that for the loss.
    *norm = norms.empty() ? 0 : at::linalg_vector_norm(at::stack(norms), 2).item<double>();
    if (max_norm > 0 && *norm > max_norm && std::isfinite(*norm))
      for (auto &g : grads) g.mul_(max_norm / (*norm + 1e-6));
  });
}

char *ss_coalesce_gradients(ss_tensor *params, size_t n) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    for (size_t i = 0; i < n; i++)
      if (defined(params[i]).grad().defined()) values(defined(params[i]));
  });
}

char *ss_scale_gradients(ss_tensor *params, size_t n, double factor) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    for (size_t i = 0; i < n; i++)
      if (defined(params[i]).grad().defined()) values(defined(params[i])).mul_(factor);
  });
}

char *ss_adamw_step(ss_tensor *params, ss_tensor *exp_avg, ss_tensor *exp_avg_sq, const ss_adamw *groups, size_t n) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    Elsewhere elsewhere;
    for (size_t i = 0; i < n; i++) {
      Tensor &param = defined(params[i]), &m = defined(exp_avg[i]), &v = defined(exp_avg_sq[i]);
      if (!param.grad().defined()) continue;
      if (param.is_cpu() && param.scalar_type() == at::kFloat) adamw_here(param, param.mutable_grad(), m, v, groups[i]);
      else elsewhere.add(param, param.grad(), m, v, groups[i]);
    }
    elsewhere.update();
  });
}

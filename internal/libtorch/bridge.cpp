// The parts of libtorch that gotch does not bind. Every exception stops here and becomes a message.
#include "bridge.h"
#include "guard.h"
#include "parallel.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/version.h>

namespace {

at::Tensor &ref(ss_tensor t) { return *static_cast<at::Tensor *>(t); }
ss_tensor own(at::Tensor t) { return new at::Tensor(std::move(t)); }

// One chunk of the update. The order of operations is torch.optim.AdamW's, so results agree to rounding.
__attribute__((target_clones("default", "avx2", "avx512f"), optimize("no-math-errno", "no-trapping-math")))
void adamw_chunk(float *p, const float *g, float *m, float *v, int64_t n, float decay, float beta1, float beta2,
                 float step_size, float correction2_sqrt, float eps) {
  for (int64_t i = 0; i < n; i++) {
    p[i] *= decay;
    m[i] += (1 - beta1) * (g[i] - m[i]);
    v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
    p[i] -= step_size * m[i] / (std::sqrt(v[i]) / correction2_sqrt + eps);
  }
}

void adamw_one(at::Tensor &param, const at::Tensor &grad, at::Tensor &m, at::Tensor &v, const ss_adamw &o) {
  double correction1 = 1 - std::pow(o.beta1, double(o.step));
  double correction2_sqrt = std::sqrt(1 - std::pow(o.beta2, double(o.step)));
  if (!param.is_cpu() || param.scalar_type() != at::kFloat) {
    param.mul_(1 - o.learning_rate * o.weight_decay);
    m.lerp_(grad, 1 - o.beta1);
    v.mul_(o.beta2).addcmul_(grad, grad, 1 - o.beta2);
    param.addcdiv_(m, v.sqrt().div_(correction2_sqrt).add_(o.epsilon), -o.learning_rate / correction1);
    return;
  }
  TORCH_CHECK(param.is_contiguous() && m.is_contiguous() && v.is_contiguous(), "AdamW needs contiguous tensors");
  TORCH_CHECK(m.numel() == param.numel() && v.numel() == param.numel(), "AdamW state has another size than its parameter");
  at::Tensor g = grad.contiguous();
  float *pp = param.data_ptr<float>(), *mp = m.data_ptr<float>(), *vp = v.data_ptr<float>();
  const float *gp = g.data_ptr<float>();
  skillspace::parallel_for(0, param.numel(), 1 << 15, [&](int64_t begin, int64_t end) {
    adamw_chunk(pp + begin, gp + begin, mp + begin, vp + begin, end - begin, float(1 - o.learning_rate * o.weight_decay),
                float(o.beta1), float(o.beta2), float(o.learning_rate / correction1), float(correction2_sqrt),
                float(o.epsilon));
  });
}

} // namespace

char *ss_from_data(const void *data, const int64_t *shape, size_t dims, int dtype, ss_tensor *out) {
  return guarded([&] {
    at::Tensor t = at::empty(at::IntArrayRef(shape, dims), at::TensorOptions().dtype(at::ScalarType(dtype)));
    if (t.numel() > 0) std::memcpy(t.data_ptr(), data, t.nbytes());
    *out = own(t);
  });
}

char *ss_sizes(ss_tensor t, int64_t *shape, size_t capacity, size_t *dims) {
  return guarded([&] {
    auto sizes = ref(t).sizes();
    TORCH_CHECK(sizes.size() <= capacity, "tensor has ", sizes.size(), " dimensions");
    *dims = sizes.size();
    for (size_t i = 0; i < sizes.size(); i++) shape[i] = sizes[i];
  });
}

char *ss_free(ss_tensor t) {
  return guarded([&] { delete static_cast<at::Tensor *>(t); });
}

char *ss_grad(ss_tensor t, ss_tensor *out) {
  return guarded([&] {
    const at::Tensor &g = ref(t).grad();
    *out = g.defined() ? own(g) : nullptr;
  });
}

char *ss_clear_grads(ss_tensor *params, size_t n) {
  return guarded([&] {
    for (size_t i = 0; i < n; i++) ref(params[i]).mutable_grad() = at::Tensor();
  });
}

char *ss_set_leaf(ss_tensor t, int requires_grad) {
  return guarded([&] { ref(t).set_requires_grad(requires_grad != 0); });
}

char *ss_copy_into(ss_tensor destination, ss_tensor source) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    ref(destination).copy_(ref(source));
  });
}

char *ss_backward(ss_tensor loss) {
  return guarded([&] { ref(loss).backward(); });
}

char *ss_clip_gradients(ss_tensor *params, size_t n, double max_norm, double *norm) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    std::vector<at::Tensor> norms, grads;
    for (size_t i = 0; i < n; i++) {
      const at::Tensor &g = ref(params[i]).grad();
      if (!g.defined()) continue;
      grads.push_back(g);
      norms.push_back(at::linalg_vector_norm(g, 2, c10::nullopt, false, at::kFloat).to(at::kCPU));
    }
    *norm = norms.empty() ? 0 : at::linalg_vector_norm(at::stack(norms), 2).item<double>();
    if (max_norm > 0 && *norm > max_norm && std::isfinite(*norm))
      for (auto &g : grads) g.mul_(max_norm / (*norm + 1e-6));
  });
}

char *ss_adamw_step(ss_tensor *params, ss_tensor *exp_avg, ss_tensor *exp_avg_sq, const ss_adamw *groups, size_t n) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    for (size_t i = 0; i < n; i++) {
      const at::Tensor &g = ref(params[i]).grad();
      if (!g.defined()) continue;
      adamw_one(ref(params[i]), g, ref(exp_avg[i]), ref(exp_avg_sq[i]), groups[i]);
      ref(params[i]).unsafeGetTensorImpl()->bump_version(); // its memory was written behind libtorch's back
    }
  });
}

char *ss_autocast_enter(int cuda, int dtype) {
  return guarded([&] {
    if (cuda) {
      at::autocast::set_enabled(true);
      at::autocast::set_autocast_gpu_dtype(at::ScalarType(dtype));
    } else {
      at::autocast::set_cpu_enabled(true);
      at::autocast::set_autocast_cpu_dtype(at::ScalarType(dtype));
    }
    at::autocast::increment_nesting();
  });
}

char *ss_autocast_exit(int cuda) {
  return guarded([&] {
    if (at::autocast::decrement_nesting() == 0) {
      at::autocast::clear_cache();
      if (cuda) at::autocast::set_enabled(false);
      else at::autocast::set_cpu_enabled(false);
    }
  });
}

char *ss_generator_state(ss_tensor *out) {
  return guarded([&] {
    auto generator = at::detail::getDefaultCPUGenerator();
    std::lock_guard<std::mutex> lock(generator.mutex());
    *out = own(generator.get_state().clone());
  });
}

char *ss_set_generator_state(ss_tensor state) {
  return guarded([&] {
    auto generator = at::detail::getDefaultCPUGenerator();
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(ref(state));
  });
}

char *ss_seed(uint64_t seed) {
  return guarded([&] { at::manual_seed(seed); });
}

char *ss_set_threads(int n) {
  return guarded([&] { at::set_num_threads(n); });
}

int ss_threads(void) { return at::get_num_threads(); }

int ss_grad_mode(int enabled) {
  bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(enabled != 0);
  return before;
}

const char *ss_version(void) { return TORCH_VERSION; }

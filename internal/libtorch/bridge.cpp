// The parts of libtorch that gotch does not bind: tensors from memory, gradients, autocast, generators, threads.
#include "bridge.h"
#include "guard.h"
#include "sequences.h"

#include <cstdlib>
#include <cstring>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/Tensor.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <torch/version.h>

namespace {
ss_tensor own(at::Tensor t) { return new at::Tensor(std::move(t)); }

// Libtorch has one autocast setting for every kind of device since 2.4. The older functions warn on newer releases.
#if TORCH_VERSION_MAJOR > 2 || TORCH_VERSION_MINOR >= 4
void enable_autocast(bool cuda, bool enabled) { at::autocast::set_autocast_enabled(cuda ? at::kCUDA : at::kCPU, enabled); }
void set_autocast_dtype(bool cuda, at::ScalarType dtype) { at::autocast::set_autocast_dtype(cuda ? at::kCUDA : at::kCPU, dtype); }
#else
void enable_autocast(bool cuda, bool enabled) { cuda ? at::autocast::set_enabled(enabled) : at::autocast::set_cpu_enabled(enabled); }
void set_autocast_dtype(bool cuda, at::ScalarType dtype) {
  cuda ? at::autocast::set_autocast_gpu_dtype(dtype) : at::autocast::set_autocast_cpu_dtype(dtype);
}
#endif

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
    auto sizes = defined(t).sizes();
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
    const at::Tensor &g = defined(t).grad();
    *out = !g.defined() ? nullptr : own(g.is_sparse() ? g.to_dense() : g);
  });
}

char *ss_clear_grads(ss_tensor *params, size_t n) {
  return guarded([&] {
    for (size_t i = 0; i < n; i++) defined(params[i]).mutable_grad() = at::Tensor();
  });
}

char *ss_set_leaf(ss_tensor t, int requires_grad) {
  return guarded([&] { defined(t).set_requires_grad(requires_grad != 0); });
}

char *ss_copy_into(ss_tensor destination, ss_tensor source) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    defined(destination).copy_(defined(source));
  });
}

char *ss_backward(ss_tensor loss) {
  return guarded([&] { defined(loss).backward(); });
}

char *ss_detach(ss_tensor t, ss_tensor *out) {
  return guarded([&] { *out = own(defined(t).detach()); });
}

char *ss_to_cuda(ss_tensor t, int index, ss_tensor *out) {
  return guarded([&] {
    const at::Tensor &x = defined(t);
    at::Device device(at::kCUDA, c10::DeviceIndex(index));
    // libtorch keeps pinned memory for later copies, so weights do not go through it.
    bool pinned = x.is_cpu() && !x.requires_grad() && x.nbytes() <= 32 << 20;
    *out = own(pinned ? x.pin_memory().to(device, x.scalar_type(), true) : x.to(device));
  });
}

uint64_t skillspace::draw_seed() {
  auto generator = at::detail::getDefaultCPUGenerator();
  std::lock_guard<std::mutex> lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

char *ss_autocast_enter(int cuda, int dtype) {
  return guarded([&] {
    enable_autocast(cuda != 0, true);
    set_autocast_dtype(cuda != 0, at::ScalarType(dtype));
    at::autocast::increment_nesting();
  });
}

char *ss_autocast_exit(int cuda) {
  return guarded([&] {
    if (at::autocast::decrement_nesting() > 0) return;
    at::autocast::clear_cache();
    enable_autocast(cuda != 0, false);
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
    generator.set_state(defined(state));
  });
}

char *ss_seed(uint64_t seed) {
  return guarded([&] { at::manual_seed(seed); });
}

char *ss_set_threads(int n) {
  return guarded([&] { at::set_num_threads(n); });
}

char *ss_share_threads(int n) {
  return guarded([&] { skillspace::share_threads(n); });
}

int ss_threads(void) { return at::get_num_threads(); }

int ss_grad_mode(int enabled) {
  bool before = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(enabled != 0);
  return before;
}

const char *ss_version(void) { return TORCH_VERSION; }

long ss_cuda_version(void) {
  const auto &hooks = at::detail::getCUDAHooks();
  return hooks.hasCUDART() ? hooks.versionCUDART() : 0;
}

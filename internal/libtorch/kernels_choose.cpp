// Chooses the kernels once, by what the processor can do.
#include <memory>
#include <new>

#include "kernels_frame.h"

namespace skillspace {
namespace {

const KernelSet &chosen() {
#if defined(__x86_64__)
  static const KernelSet &set = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
                                    ? kernels_avx512
                                : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? kernels_avx2
                                                                                                  : kernels_default;
  return set;
#else
  return kernels_default;
#endif
}

struct Aligned {
  float *data = nullptr;
  int64_t size = 0;
  ~Aligned() { release(); }
  void release() {
    if (data) ::operator delete(data, std::align_val_t(64));
    data = nullptr, size = 0;
  }
};

} // namespace

float *buffer(int64_t n) {
  thread_local Aligned memory;
  if (n > memory.size) {
    memory.release();
    memory.data = static_cast<float *>(::operator new(size_t(n) * sizeof(float), std::align_val_t(64)));
    memory.size = n;
  }
  return memory.data;
}

template <> const Kernels<float> &kernels<float>() { return chosen().fp32; }
template <> const Kernels<bf16> &kernels<bf16>() { return chosen().half; }

} // namespace skillspace

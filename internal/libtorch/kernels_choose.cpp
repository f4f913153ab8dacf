// Chooses the kernels once, by the instruction sets of the processor.
#include <cstdlib>
#include <cstring>
#include <new>

#include "kernels.h"

namespace skillspace {
namespace {

const KernelSet &best() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return kernels_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return kernels_avx2;
#endif
  return kernels_default;
}

// SKILLSPACE_KERNELS=default chooses the portable kernels, to compare machines of different kinds.
const KernelSet &chosen() {
  static const char *wanted = std::getenv("SKILLSPACE_KERNELS");
  static const KernelSet &set = wanted && std::strcmp(wanted, "default") == 0 ? kernels_default : best();
  return set;
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
const FloatKernels &float_kernels() { return chosen().floats; }

} // namespace skillspace

// What the kernels' compilations share: the threads' buffers and the table of each.
#ifndef SKILLSPACE_KERNELS_FRAME_H
#define SKILLSPACE_KERNELS_FRAME_H
#include "kernels.h"

namespace skillspace {

struct KernelSet {
  const Kernels<float> &fp32;
  const Kernels<bf16> &half;
  const FloatKernels &floats;
};

extern const KernelSet kernels_default, kernels_avx2, kernels_avx512;

// buffer returns this thread's memory for n floats, aligned to a cache line; it lasts until the next call.
float *buffer(int64_t n);

} // namespace skillspace
#endif

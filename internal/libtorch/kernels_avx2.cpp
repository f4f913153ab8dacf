// Processors with AVX2 and FMA.
#include "kernels.h"

#if defined(__x86_64__)
#pragma GCC target("avx2,fma")
#pragma GCC optimize("no-math-errno", "no-trapping-math")
namespace skillspace {
namespace avx2_cpu {
#include "kernels_impl.h"
#include "attention_impl.h"
#include "floats_impl.h"
} // namespace avx2_cpu
const KernelSet kernels_avx2 = {avx2_cpu::table<float>, avx2_cpu::table<bf16>, avx2_cpu::float_table};
} // namespace skillspace
#endif

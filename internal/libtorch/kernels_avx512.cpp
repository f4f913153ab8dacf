// Processors with AVX-512.
#include "kernels.h"

#if defined(__x86_64__)
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,prefer-vector-width=512")
#pragma GCC optimize("no-math-errno", "no-trapping-math")
namespace skillspace {
namespace avx512_cpu {
#include "kernels_impl.h"
#include "attention_impl.h"
#include "floats_impl.h"
} // namespace avx512_cpu
const KernelSet kernels_avx512 = {avx512_cpu::table<float>, avx512_cpu::table<bf16>, avx512_cpu::float_table};
} // namespace skillspace
#endif

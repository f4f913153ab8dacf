// The portable kernels: any x86-64 processor, and all others. On AArch64 the compiler uses NEON, which every one has.
#include "kernels.h"

#pragma GCC optimize("no-math-errno", "no-trapping-math")
namespace skillspace {
namespace default_cpu {
#include "kernels_impl.h"
#include "attention_impl.h"
#include "floats_impl.h"
} // namespace default_cpu
const KernelSet kernels_default = {default_cpu::table<float>, default_cpu::table<bf16>, default_cpu::float_table};
} // namespace skillspace

// Any x86-64 or other processor.
#include "kernels_frame.h"

#pragma GCC optimize("no-math-errno", "no-trapping-math")
namespace skillspace {
namespace default_cpu {
#include "kernels_impl.h"
#include "attention_impl.h"
#include "floats_impl.h"
} // namespace default_cpu
const KernelSet kernels_default = {default_cpu::table<float>, default_cpu::table<bf16>, default_cpu::float_table};
} // namespace skillspace

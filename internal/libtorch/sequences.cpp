#include "sequences.h"

#include <ATen/CPUGeneratorImpl.h>

namespace skillspace {

uint64_t draw_seed() {
  auto generator = at::detail::getDefaultCPUGenerator();
  std::lock_guard<std::mutex> lock(generator.mutex());
  return at::check_generator<at::CPUGeneratorImpl>(generator)->random64();
}

} // namespace skillspace

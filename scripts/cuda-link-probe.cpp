// Linked by scripts/check-cuda-link.sh with the flags of a CUDA build. It proves
// that libtorch_cuda is in the process and has registered itself: without it,
// there is no CUDA runtime to ask for its version. It needs no GPU and no driver.
#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/torch.h>

#include <iostream>

int main() {
  const auto& hooks = at::detail::getCUDAHooks();
  if (!hooks.hasCUDART()) {
    std::cerr << "libtorch_cuda has not registered itself\n";
    return 1;
  }
  std::cout << "  - CUDA runtime " << hooks.versionCUDART() << ", cuDNN " << hooks.versionCuDNN() << "\n"
            << "  - GPU in this machine: " << (torch::cuda::is_available() ? "yes" : "no") << "\n"
            << "  - a sum on the CPU: " << torch::ones({2, 3}).sum().item<float>() << "\n";
  return 0;
}

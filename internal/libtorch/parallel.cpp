// Loops on libtorch's OpenMP threads. at::parallel_for is a template: its caller has to link an OpenMP runtime. libtorch brings
// its own, and a second one in the process is slow and unsafe. The entry point is therefore looked up in the process, where
// libtorch's runtime is the only one.
#include "sequences.h"

#include <algorithm>
#include <atomic>
#include <dlfcn.h>
#include <exception>

#include <ATen/Parallel.h>

namespace skillspace {
namespace {

using Parallel = void (*)(void (*)(void *), void *, unsigned, unsigned); // GOMP_parallel

Parallel runtime() {
  static const Parallel found = reinterpret_cast<Parallel>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
  return found;
}

using SetThreads = void (*)(int);

SetThreads openmp_threads() {
  static const SetThreads found = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  return found;
}

// MKL's setting for the calling thread, if libtorch was built with MKL.
using SetLocalThreads = int (*)(int);

SetLocalThreads mkl_threads() {
  static const SetLocalThreads found = reinterpret_cast<SetLocalThreads>(dlsym(RTLD_DEFAULT, "MKL_Set_Num_Threads_Local"));
  return found;
}

struct Region {
  const std::function<void(int64_t, int64_t)> &f;
  int64_t begin, end, share;
  std::atomic<int> next{0};
  std::atomic_flag failed = ATOMIC_FLAG_INIT;
  std::exception_ptr error;

  // The runtime may start fewer threads than requested. Then some run several parts.
  void run() {
    for (int64_t k; (k = next++) * share < end - begin;) {
      int64_t first = begin + k * share;
      try {
        at::internal::ThreadIdGuard id(int(k));
        f(first, std::min(end, first + share));
      } catch (...) {
        if (!failed.test_and_set()) error = std::current_exception();
      }
    }
  }
};

} // namespace

void parallel_for(int64_t begin, int64_t end, int64_t grain, const std::function<void(int64_t, int64_t)> &f) {
  if (begin >= end) return;
  int64_t wanted = (end - begin + grain - 1) / std::max<int64_t>(grain, 1);
  int64_t threads = std::min<int64_t>(at::get_num_threads(), wanted);
  if (threads <= 1 || at::in_parallel_region() || runtime() == nullptr) {
    f(begin, end);
    return;
  }
  Region region{f, begin, end, (end - begin + threads - 1) / threads};
  runtime()([](void *r) { static_cast<Region *>(r)->run(); }, &region, unsigned(threads), 0);
  if (region.error) std::rethrow_exception(region.error);
}

void share_threads(int n) {
  at::get_num_threads(); // a thread's first call sets it to the process's number, so it must come before the next line
  if (openmp_threads() == nullptr) {
    at::set_num_threads(n);
    return;
  }
  openmp_threads()(n);
  if (mkl_threads() != nullptr) mkl_threads()(n);
}

} // namespace skillspace

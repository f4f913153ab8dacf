// The border between C++ and Go: no exception crosses it, and no handle is dereferenced before it is checked.
#ifndef SKILLSPACE_GUARD_H
#define SKILLSPACE_GUARD_H
#include <cstring>
#include <exception>

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include "bridge.h"

// defined returns the tensor of a handle, and throws for NULL, Go's zero Tensor.
inline at::Tensor &defined(ss_tensor t) {
  TORCH_CHECK(t != nullptr, "a tensor is not defined");
  return *static_cast<at::Tensor *>(t);
}

// guarded runs f and returns NULL, or the message of what it threw as a malloc'd string.
template <typename F> char *guarded(F f) {
  try {
    f();
    return nullptr;
  } catch (const c10::Error &e) {
    return strdup(e.what_without_backtrace());
  } catch (const std::exception &e) {
    return strdup(e.what());
  } catch (...) {
    return strdup("libtorch threw something that is not a std::exception");
  }
}
#endif

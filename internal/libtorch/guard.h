// The border between C++ and Go: no exception crosses it.
#ifndef SKILLSPACE_GUARD_H
#define SKILLSPACE_GUARD_H
#include <cstring>
#include <exception>

#include <c10/util/Exception.h>

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

// glibc's allocator, set for a training process. Batches of changing length make blocks of changing size; spread over
// glibc's arenas, one a thread and 64 MB a heap, the holes they leave grew the resident memory of a bf16 MiniLM run to 6.3
// GB in 170 steps; with one arena it was 4.7 GB after 110. Blocks below 32 MB stay off mmap, whose pages would be cleared anew.
#include <cstdlib>
#include <malloc.h>

#ifdef __GLIBC__
namespace {
struct Settings {
  Settings() {
    if (std::getenv("MALLOC_ARENA_MAX") == nullptr) mallopt(M_ARENA_MAX, 1);
    if (std::getenv("MALLOC_MMAP_THRESHOLD_") == nullptr) mallopt(M_MMAP_THRESHOLD, 32 << 20);
    if (std::getenv("MALLOC_TRIM_THRESHOLD_") == nullptr) mallopt(M_TRIM_THRESHOLD, 512 << 20);
  }
} settings;
} // namespace
#endif

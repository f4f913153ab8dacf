// Settings of a process that computes on batches of changing length; what the environment sets is left alone.
//
// glibc's allocator: batches of changing length make blocks of changing size; spread over
// glibc's arenas, one a thread and 64 MB a heap, the holes they leave grew the resident memory of a bf16 MiniLM run to 6.3
// GB in 170 steps; with one arena it was 4.7 GB after 110. Blocks below 32 MB stay off mmap, whose pages would be cleared anew.
//
// oneDNN keeps 1,024 compiled kernels with their buffers. Batches of changing length ask for new ones at every step, so
// most are never used again: a bf16 MiniLM run stood at 3.5 GB after 24 steps, and at 2.5 after 33 with 16 of them.
#include <cstdlib>
#include <malloc.h>

#ifdef __GLIBC__
namespace {
struct Settings {
  Settings() {
    setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16", 0);
    setenv("LRU_CACHE_CAPACITY", "16", 0);
    if (std::getenv("MALLOC_ARENA_MAX") == nullptr) mallopt(M_ARENA_MAX, 1);
    if (std::getenv("MALLOC_MMAP_THRESHOLD_") == nullptr) mallopt(M_MMAP_THRESHOLD, 32 << 20);
    if (std::getenv("MALLOC_TRIM_THRESHOLD_") == nullptr) mallopt(M_TRIM_THRESHOLD, 512 << 20);
  }
} settings;
} // namespace
#endif

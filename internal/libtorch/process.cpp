// Settings of a process that computes on batches of changing length; what the environment sets is left alone, but for one.
//
// glibc's allocator: batches of changing length make blocks of changing size; spread over
// glibc's arenas, one a thread and 64 MB a heap, the holes they leave grew the resident memory of a bf16 MiniLM run to 6.3
// GB in 170 steps; with one arena it was 4.7 GB after 110. Blocks below 32 MB stay off mmap, whose pages would be cleared anew.
//
// oneDNN's cache of compiled kernels is off, whatever the environment says: with it on, bfloat16 products crash. A product's
// description that is found in that cache holds the address of the settings of the description it was copied from (oneDNN 3.1,
// brgemm_t::attr); libtorch keeps it, and when the kernel has left the cache and the first description is freed, the next
// compilation reads freed memory. It takes two threads, which Go's scheduler has, or a full cache (process_test.go crashes within
// a second). Compiling anew costs 0.2 ms a product: 7% of a layer at 400 tokens, 1% at 2,048.
//
// libtorch's own cache holds 1,024 descriptions; batches of changing length ask for new ones at every step, and most are never
// used again.
#include <cstdlib>
#include <malloc.h>

#ifdef __GLIBC__
namespace {
struct Settings {
  Settings() {
    setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "0", 1);
    setenv("LRU_CACHE_CAPACITY", "16", 0);
    if (std::getenv("MALLOC_ARENA_MAX") == nullptr) mallopt(M_ARENA_MAX, 1);
    if (std::getenv("MALLOC_MMAP_THRESHOLD_") == nullptr) mallopt(M_MMAP_THRESHOLD, 32 << 20);
    if (std::getenv("MALLOC_TRIM_THRESHOLD_") == nullptr) mallopt(M_TRIM_THRESHOLD, 512 << 20);
  }
} settings;
} // namespace
#endif

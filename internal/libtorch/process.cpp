// Settings of the process, for batches of changing length. Variables of the environment that are set take precedence, but for
// oneDNN's cache.
//
// glibc's allocator: batches of changing length need blocks of changing size. Spread over glibc's arenas (one a thread, heaps
// of 64 MB), the free space between them grew the resident memory of a bf16 MiniLM run to 6.3 GB in 170 steps. With one arena
// it was 4.7 GB after 110 steps. Blocks below 32 MB do not use mmap, whose pages the kernel would clear for each block.
//
// oneDNN's cache of compiled kernels is off before libtorch 2.11, whatever the environment says: with it, bfloat16 products
// crash on libtorch 2.1.2 (oneDNN 3.1). A description of a product that is found in the cache holds a pointer to the attributes
// of the description it was copied from (brgemm_t::attr). libtorch keeps the copy. When the kernel has left the cache and the
// first description is freed, the next compilation reads freed memory. It takes two threads, which Go's scheduler has, or a full
// cache: TestProductsOfOneShapeOnTwoThreads crashes within a second. Compiling each time costs 0.2 ms a product, 7% of a layer
// at 400 tokens, 1% at 2,048. oneDNN 3.10, in libtorch 2.11, passes the test with the cache on (docs/libtorch.md).
//
// libtorch's own cache holds 1,024 descriptions of products. Batches of changing length need new ones at every step, and most
// are never used again.
#include <cstdlib>
#include <malloc.h>
#include <torch/version.h>

#ifdef __GLIBC__
namespace {
struct Settings {
  Settings() {
#if TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR < 11
    setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "0", 1);
#endif
    setenv("LRU_CACHE_CAPACITY", "16", 0);
    if (std::getenv("MALLOC_ARENA_MAX") == nullptr) mallopt(M_ARENA_MAX, 1);
    if (std::getenv("MALLOC_MMAP_THRESHOLD_") == nullptr) mallopt(M_MMAP_THRESHOLD, 32 << 20);
    if (std::getenv("MALLOC_TRIM_THRESHOLD_") == nullptr) mallopt(M_TRIM_THRESHOLD, 512 << 20);
  }
} settings;
} // namespace
#endif

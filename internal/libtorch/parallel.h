// Loops on libtorch's own OpenMP threads.
#ifndef SKILLSPACE_PARALLEL_H
#define SKILLSPACE_PARALLEL_H
#include <cstdint>
#include <functional>

namespace skillspace {

// parallel_for cuts [begin, end) into as many shares as libtorch has threads, none below grain, and runs f(first, last)
// on each. Inside another parallel region it runs on the calling thread alone. What f throws arrives at the caller.
void parallel_for(int64_t begin, int64_t end, int64_t grain, const std::function<void(int64_t, int64_t)> &f);

// share_threads sets how many threads the operations may use that this thread calls, and no others. at::set_num_threads sets more than that: it makes a
// pool anew that all threads share, whose threads spin for a while.
void share_threads(int n);

} // namespace skillspace
#endif

// Process groups over c10d: rendezvous by TCPStore, collective operations by Gloo.
#define USE_C10D_GLOO
#include "bridge.h"
#include "guard.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include <ATen/ops/_sparse_coo_tensor_unsafe.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

using at::Tensor;
using std::chrono::milliseconds;

struct ss_group_t {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::Backend> backend;
  int rank, size;
};

namespace {

// everyone_joined waits until every rank has said in the store that it is there, and names one that has not.
void everyone_joined(c10d::Store &store, int rank, int size, milliseconds timeout) {
  auto deadline = std::chrono::steady_clock::now() + timeout;
  auto key = [](int r) { return "joined/" + std::to_string(r); };
  store.set(key(rank), std::vector<uint8_t>{1});
  for (int r = 0; r < size; r++) {
    auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    try {
      store.wait({key(r)}, std::max(left, milliseconds(1)));
    } catch (const std::exception &) {
      if (std::chrono::steady_clock::now() + milliseconds(50) < deadline) throw; // the store fails, not the rank
      TORCH_CHECK(false, "rank ", r, " of ", size, " has not joined within ", timeout.count() / 1000.0, " s");
    }
  }
}

bool is_loopback(const std::string &host) { return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0; }

std::shared_ptr<gloo::transport::Device> device(const ss_group_options &o) {
  using Gloo = c10d::ProcessGroupGloo;
  if (*o.network) return Gloo::createDeviceForInterface(o.network);
  // The name of a machine without a network often does not resolve.
  return is_loopback(o.host) ? Gloo::createDeviceForHostname(o.host) : Gloo::createDefaultDevice();
}

void all_reduce(ss_group g, Tensor t) {
  std::vector<Tensor> tensors{t};
  g->backend->allreduce(tensors)->wait();
}

// all_gather returns t [n, ...], on the host and contiguous, of every rank: [size, n, ...].
Tensor all_gather(ss_group g, const Tensor &t) {
  std::vector<int64_t> shape{g->size};
  shape.insert(shape.end(), t.sizes().begin(), t.sizes().end());
  Tensor all = at::empty(shape, t.options());
  std::vector<std::vector<Tensor>> out{all.unbind(0)};
  std::vector<Tensor> in{t};
  if (t.numel() > 0) g->backend->allgather(out, in)->wait();
  return all;
}

// on_host runs f on t, or on a copy in the host's memory that is then copied back.
template <typename F> void on_host(Tensor &t, F f) {
  if (t.is_cpu() && t.is_contiguous()) return f(t);
  Tensor host = t.to(at::kCPU).contiguous();
  f(host);
  t.copy_(host);
}

// How a rank tells the others what gradient it has for a parameter: one of these, or the number of a sparse one's rows.
constexpr int64_t none = -1, dense = -2;

// sum_dense sums gradients, all dense and on one device, as one vector.
void sum_dense(ss_group g, std::vector<Tensor> &grads) {
  if (grads.empty()) return;
  std::vector<Tensor> flat;
  for (auto &grad : grads) flat.push_back(grad.reshape({-1}));
  Tensor all = at::cat(flat).to(at::kCPU);
  all_reduce(g, all);
  int64_t at = 0;
  for (auto &grad : grads) {
    grad.copy_(all.narrow(0, at, grad.numel()).view(grad.sizes()));
    at += grad.numel();
  }
  grads.clear();
}

// sum_sparse returns the sum of the ranks' gradients of a table. rows holds how many rows each rank has; mine may be undefined.
Tensor sum_sparse(ss_group g, const Tensor &table, const Tensor &mine, const std::vector<int64_t> &rows) {
  int64_t longest = *std::max_element(rows.begin(), rows.end()), width = table.numel() / table.size(0);
  Tensor index = at::zeros({longest}, at::kLong), value = at::zeros({longest, width}, table.options().requires_grad(false));
  if (mine.defined()) {
    index.narrow(0, 0, mine._nnz()).copy_(mine._indices()[0]);
    value.narrow(0, 0, mine._nnz()).copy_(mine._values().view({mine._nnz(), width}));
  }
  Tensor indices = all_gather(g, index), values = all_gather(g, value);
  std::vector<Tensor> index_parts, value_parts;
  for (int r = 0; r < g->size; r++) {
    int64_t n = std::max<int64_t>(rows[r], 0);
    index_parts.push_back(indices[r].narrow(0, 0, n));
    value_parts.push_back(values[r].narrow(0, 0, n));
  }
  Tensor all = at::cat(value_parts);
  std::vector<int64_t> shape = table.sizes().vec();
  shape[0] = all.size(0);
  return at::_sparse_coo_tensor_unsafe(at::cat(index_parts).unsqueeze(0), all.view(shape), table.sizes()).coalesce();
}

// kind tells what gradient p has; a sparse one is coalesced, and dense where it is not on the CPU.
int64_t kind(Tensor &p) {
  Tensor &grad = p.mutable_grad();
  if (!grad.defined()) return none;
  if (grad.is_sparse() && !grad.is_cpu()) grad = grad.to_dense();
  if (!grad.is_sparse()) return dense;
  grad = grad.coalesce();
  return grad._nnz();
}

// bucket is the number of elements from which gradients are sent, which bounds the memory of their copy.
constexpr int64_t bucket = 8 << 20;

} // namespace

char *ss_group_join(const ss_group_options *o, ss_group *out) {
  return guarded([&] {
    c10d::TCPStoreOptions options;
    options.port = uint16_t(o->port);
    options.isServer = o->serves != 0;
    options.numWorkers = size_t(o->size);
    options.waitWorkers = false;
    options.timeout = milliseconds(o->join_timeout);
    auto tcp = c10::make_intrusive<c10d::TCPStore>(o->host, options);
    auto g = std::make_unique<ss_group_t>();
    g->rank = o->rank, g->size = o->size;
    g->store = c10::make_intrusive<c10d::PrefixStore>(o->prefix, tcp);
    everyone_joined(*g->store, o->rank, o->size, milliseconds(o->join_timeout));
    auto gloo = c10d::ProcessGroupGloo::Options::create(milliseconds(o->timeout));
    gloo->devices.push_back(device(*o));
    g->backend = c10::make_intrusive<c10d::ProcessGroupGloo>(g->store, o->rank, o->size, gloo);
    *out = g.release();
  });
}

void ss_group_leave(ss_group g) {
  free(guarded([&] { delete g; }));
}

char *ss_group_all_reduce(ss_group g, ss_tensor t) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    on_host(defined(t), [&](Tensor &host) { all_reduce(g, host); });
  });
}

char *ss_group_all_gather(ss_group g, ss_tensor t, ss_tensor *out) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    const Tensor &x = defined(t);
    *out = new Tensor(all_gather(g, x.detach().to(at::kCPU).contiguous()).flatten(0, 1).to(x.device()));
  });
}

char *ss_group_broadcast(ss_group g, ss_tensor t, int root) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    Tensor &x = defined(t);
    on_host(x, [&](Tensor &host) {
      c10d::BroadcastOptions options;
      options.rootRank = root;
      std::vector<Tensor> tensors{host};
      g->backend->broadcast(tensors, options)->wait();
    });
    x.unsafeGetTensorImpl()->bump_version(); // libtorch does not know that its memory was written
  });
}

char *ss_group_barrier(ss_group g) {
  return guarded([&] { g->backend->barrier()->wait(); });
}

char *ss_group_sum_gradients(ss_group g, ss_tensor *params, size_t n) {
  return guarded([&] {
    c10::NoGradGuard no_grad;
    Tensor mine = at::empty({int64_t(n)}, at::kLong);
    for (size_t i = 0; i < n; i++) mine.data_ptr<int64_t>()[i] = kind(defined(params[i]));
    Tensor all = all_gather(g, mine);
    const int64_t *kinds = all.data_ptr<int64_t>();
    std::vector<Tensor> waiting;
    int64_t elements = 0;
    for (size_t i = 0; i < n; i++) {
      Tensor &p = defined(params[i]), &grad = p.mutable_grad();
      std::vector<int64_t> ranks;
      for (int r = 0; r < g->size; r++) ranks.push_back(kinds[size_t(r) * n + i]);
      if (*std::max_element(ranks.begin(), ranks.end()) >= 0) {
        TORCH_CHECK(std::count(ranks.begin(), ranks.end(), dense) == 0, "a gradient is sparse on one rank and dense on another");
        grad = sum_sparse(g, p, grad, ranks);
        continue;
      }
      if (std::count(ranks.begin(), ranks.end(), dense) == 0) continue;
      if (!grad.defined()) grad = at::zeros_like(p);
      waiting.push_back(grad);
      if ((elements += grad.numel()) < bucket) continue;
      sum_dense(g, waiting);
      elements = 0;
    }
    sum_dense(g, waiting);
  });
}

char *ss_checksum(ss_tensor *tensors, size_t n, int64_t *out) {
  return guarded([&] {
    uint64_t hash = 14695981039346656037ull; // FNV-1a over words of 32 bits
    for (size_t i = 0; i < n; i++) {
      Tensor t = defined(tensors[i]).detach().to(at::kCPU).contiguous();
      TORCH_CHECK(t.element_size() == 4, "checksum of elements that do not have 32 bits");
      const uint32_t *words = static_cast<const uint32_t *>(t.data_ptr());
      for (int64_t k = 0; k < t.numel(); k++) hash = (hash ^ words[k]) * 1099511628211ull;
    }
    *out = int64_t(hash);
  });
}

// One direction of an LSTM over packed sequences, as an autograd function. libtorch's own CPU kernel has a thread barrier in
// every operation of every time step, and works on padding. Here each thread runs some of the sequences through all steps:
// one barrier a pass, and no work after the end of a sequence.
#include "bridge.h"
#include "guard.h"
#include "sequences.h"

#include <numeric>

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

using namespace skillspace;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// The sequences of one thread, longest first, so that those that still run at a step come first.
struct Share {
  std::vector<int64_t> first, length;
  bool reverse;

  int64_t size() const { return int64_t(first.size()); }
  int64_t steps() const { return length.empty() ? 0 : length[0]; }
  int64_t running(int64_t step) const {
    int64_t n = 0;
    while (n < size() && length[n] > step) n++;
    return n;
  }
  int64_t row(int64_t i, int64_t step) const { return reverse ? first[i] + length[i] - 1 - step : first[i] + step; }
};

// shares distributes the sequences, ordered by length, round-robin to the threads.
std::vector<Share> shares(const Tensor &offsets, bool reverse) {
  const int64_t *at = offsets.data_ptr<int64_t>(), n = offsets.numel() - 1;
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return at[a + 1] - at[a] > at[b + 1] - at[b]; });
  std::vector<Share> out(std::min<int64_t>(at::get_num_threads(), n), Share{{}, {}, reverse});
  for (int64_t i = 0; i < n; i++) {
    Share &share = out[i % out.size()];
    share.first.push_back(at[order[i]]);
    share.length.push_back(at[order[i] + 1] - at[order[i]]);
  }
  return out;
}

void forward(const Share &s, float *gates, const Tensor &w, float *cells, float *tanh_cells, float *hidden, int64_t h) {
  Tensor state = at::empty({s.size(), h}), recurrent = at::empty({s.size(), 4 * h});
  for (int64_t t = 0; t < s.steps(); t++) {
    int64_t n = s.running(t);
    Tensor product = recurrent.narrow(0, 0, n);
    if (t > 0) at::mm_out(product, state.narrow(0, 0, n), w);
    for (int64_t i = 0; i < n; i++) {
      int64_t row = s.row(i, t), before = t > 0 ? s.row(i, t - 1) : 0;
      float *g = gates + row * 4 * h;
      if (t > 0) {
        const float *r = data<float>(recurrent) + i * 4 * h;
        for (int64_t k = 0; k < 4 * h; k++) g[k] += r[k];
      }
      float *out = hidden + row * h;
      float_kernels().lstm_cell(g, t > 0 ? cells + before * h : nullptr, cells + row * h, tanh_cells + row * h, out, h);
      std::copy(out, out + h, data<float>(state) + i * h);
    }
  }
}

void backward(const Share &s, const float *gates, const Tensor &w, const float *cells, const float *tanh_cells, const float *incoming, float *dgates, int64_t h) {
  Tensor dc = at::zeros({s.size(), h}), later = at::zeros({s.size(), 4 * h}), dh = at::empty({s.size(), h});
  for (int64_t t = s.steps() - 1; t >= 0; t--) {
    int64_t n = s.running(t), through = t + 1 < s.steps() ? s.running(t + 1) : 0;
    if (through > 0) {
      Tensor back = dh.narrow(0, 0, through);
      at::mm_out(back, later.narrow(0, 0, through), w);
    }
    for (int64_t i = 0; i < n; i++) {
      int64_t row = s.row(i, t), before = t > 0 ? s.row(i, t - 1) : 0;
      float *d = data<float>(dh) + i * h, *out = dgates + row * 4 * h;
      const float *in = incoming + row * h;
      for (int64_t k = 0; k < h; k++) d[k] = in[k] + (i < through ? d[k] : 0.0f);
      float_kernels().lstm_cell_backward(gates + row * 4 * h, t > 0 ? cells + before * h : nullptr, tanh_cells + row * h, d, data<float>(dc) + i * h, out, h);
      std::copy(out, out + 4 * h, data<float>(later) + i * 4 * h);
    }
  }
}

// states_before returns for each row the hidden state of the previous step, zero at the start of a sequence.
Tensor states_before(const Tensor &hidden, const Tensor &offsets, bool reverse) {
  Tensor out = at::zeros_like(hidden);
  const int64_t *at = offsets.data_ptr<int64_t>();
  for (int64_t i = 0; i + 1 < offsets.numel(); i++) {
    int64_t n = at[i + 1] - at[i] - 1;
    if (n > 0) out.narrow(0, at[i] + (reverse ? 0 : 1), n).copy_(hidden.narrow(0, at[i] + (reverse ? 1 : 0), n));
  }
  return out;
}

struct LSTMDirection : public torch::autograd::Function<LSTMDirection> {
  static Tensor forward(AutogradContext *ctx, const Tensor &projected, const Tensor &weight, const Tensor &offsets, bool reverse) {
    at::AutoDispatchBelowADInplaceOrView below;
    int64_t n = projected.size(0), h = projected.size(1) / 4;
    Tensor gates = projected.detach().contiguous().clone(), w = weight.detach().t();
    Tensor cells = at::empty({n, h}, gates.options()), tanh_cells = at::empty_like(cells), hidden = at::empty_like(cells);
    auto all = shares(offsets, reverse);
    parallel_for(0, int64_t(all.size()), 1, [&](int64_t begin, int64_t end) {
      at::AutoDispatchBelowADInplaceOrView below;
      for (int64_t i = begin; i < end; i++) ::forward(all[i], data<float>(gates), w, data<float>(cells), data<float>(tanh_cells), data<float>(hidden), h);
    });
    ctx->save_for_backward({gates, cells, tanh_cells, hidden, weight, offsets});
    ctx->saved_data["reverse"] = reverse;
    return hidden;
  }

  static tensor_list backward(AutogradContext *ctx, tensor_list gradients) {
    at::AutoDispatchBelowADInplaceOrView below;
    auto saved = ctx->get_saved_variables();
    Tensor gates = saved[0], cells = saved[1], tanh_cells = saved[2], hidden = saved[3].detach(), w = saved[4].detach(), offsets = saved[5];
    bool reverse = ctx->saved_data["reverse"].toBool();
    Tensor incoming = gradients[0].contiguous(), dgates = at::empty_like(gates);
    auto all = shares(offsets, reverse);
    parallel_for(0, int64_t(all.size()), 1, [&](int64_t begin, int64_t end) {
      at::AutoDispatchBelowADInplaceOrView below;
      for (int64_t i = begin; i < end; i++)
        ::backward(all[i], data<float>(gates), w, data<float>(cells), data<float>(tanh_cells), data<float>(incoming), data<float>(dgates), hidden.size(1));
    });
    return {dgates, at::mm(dgates.t(), states_before(hidden, offsets, reverse)), Tensor(), Tensor()};
  }
};

} // namespace

char *ss_lstm(ss_tensor projected, ss_tensor weight, ss_tensor offsets, int reverse, ss_tensor *out) {
  return guarded([&] {
    const Tensor &x = defined(projected), &w = defined(weight), &at = defined(offsets);
    TORCH_CHECK(x.dim() == 2 && x.is_cpu() && x.scalar_type() == at::kFloat, "lstm: want a Float32 CPU block [N, 4H]");
    TORCH_CHECK(w.dim() == 2 && w.is_cpu() && w.scalar_type() == at::kFloat && w.size(0) == x.size(1) && w.size(0) == 4 * w.size(1), "lstm: want a weight [4H, H]");
    check_offsets(at, x.size(0));
    *out = new Tensor(LSTMDirection::apply(x, w, at, reverse != 0));
  });
}

// One direction of an LSTM over a padded, time-major block, as an autograd function. libtorch's own CPU kernel crosses a
// thread barrier in every operation of every time step; here each thread takes its share of the sequences through all
// steps, so there is one barrier a pass.
#include "bridge.h"
#include "guard.h"
#include "parallel.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// step_forward turns activated gates [n, 4H] (input, forget, cell, output) into the new cell and hidden states.
__attribute__((target_clones("default", "avx2", "avx512f")))
void cell_forward(const float *gates, const float *c_before, float *c, int64_t n, int64_t h) {
  for (int64_t r = 0; r < n; r++)
    for (int64_t k = 0; k < h; k++) {
      const float *g = gates + r * 4 * h;
      float before = c_before ? c_before[r * h + k] : 0;
      c[r * h + k] = g[h + k] * before + g[k] * g[2 * h + k];
    }
}

// cell_backward writes the gates' gradients before activation and updates dc in place to the earlier step's.
__attribute__((target_clones("default", "avx2", "avx512f")))
void cell_backward(const float *gates, const float *c_before, const float *tanh_c, const float *dh, float *dc, float *dgates,
                   int64_t n, int64_t h) {
  for (int64_t r = 0; r < n; r++) {
    const float *g = gates + r * 4 * h;
    float *d = dgates + r * 4 * h;
    for (int64_t k = 0; k < h; k++) {
      int64_t at = r * h + k;
      float i = g[k], f = g[h + k], z = g[2 * h + k], o = g[3 * h + k], t = tanh_c[at];
      float total = dc[at] + dh[at] * o * (1 - t * t);
      d[k] = total * z * i * (1 - i);
      d[h + k] = total * (c_before ? c_before[at] : 0) * f * (1 - f);
      d[2 * h + k] = total * i * (1 - z * z);
      d[3 * h + k] = dh[at] * t * o * (1 - o);
      dc[at] = total * f;
    }
  }
}

// rows returns rows [begin, end) of step t of a [T, B, K] block.
at::Tensor rows(const at::Tensor &block, int64_t t, int64_t begin, int64_t end) { return block.select(0, t).narrow(0, begin, end - begin); }

struct LSTMDirection : public torch::autograd::Function<LSTMDirection> {
  static at::Tensor forward(AutogradContext *ctx, const at::Tensor &projected, const at::Tensor &weight) {
    TORCH_CHECK(projected.dim() == 3 && projected.is_cpu() && projected.scalar_type() == at::kFloat, "lstm: want a float CPU block [T, B, 4H]");
    int64_t steps = projected.size(0), batch = projected.size(1), h = projected.size(2) / 4;
    at::Tensor gates = projected.detach().contiguous().clone();
    at::Tensor w = weight.detach().t();
    at::Tensor cells = at::empty({steps, batch, h}, gates.options()), tanh_cells = at::empty_like(cells), hidden = at::empty_like(cells);
    int64_t grain = (batch + at::get_num_threads() - 1) / at::get_num_threads();
    skillspace::parallel_for(0, batch, grain, [&](int64_t begin, int64_t end) {
      at::AutoDispatchBelowADInplaceOrView below;
      for (int64_t t = 0; t < steps; t++) {
        at::Tensor g = rows(gates, t, begin, end), c = rows(cells, t, begin, end), tanh_c = rows(tanh_cells, t, begin, end);
        at::Tensor before = t > 0 ? rows(cells, t - 1, begin, end) : at::Tensor();
        if (t > 0) g.addmm_(rows(hidden, t - 1, begin, end), w);
        g.narrow(1, 0, 2 * h).sigmoid_();
        g.narrow(1, 2 * h, h).tanh_();
        g.narrow(1, 3 * h, h).sigmoid_();
        cell_forward(g.data_ptr<float>(), t > 0 ? before.data_ptr<float>() : nullptr, c.data_ptr<float>(), end - begin, h);
        at::tanh_out(tanh_c, c);
        at::Tensor out = rows(hidden, t, begin, end);
        at::mul_out(out, g.narrow(1, 3 * h, h), tanh_c);
      }
    });
    ctx->save_for_backward({gates, cells, tanh_cells, hidden, weight});
    return hidden;
  }

  static tensor_list backward(AutogradContext *ctx, tensor_list gradients) {
    auto saved = ctx->get_saved_variables();
    at::Tensor gates = saved[0], cells = saved[1], tanh_cells = saved[2], hidden = saved[3].detach(), w = saved[4].detach();
    at::Tensor incoming = gradients[0].contiguous();
    int64_t steps = gates.size(0), batch = gates.size(1), h = gates.size(2) / 4;
    at::Tensor dgates = at::empty_like(gates);
    int64_t grain = (batch + at::get_num_threads() - 1) / at::get_num_threads();
    skillspace::parallel_for(0, batch, grain, [&](int64_t begin, int64_t end) {
      at::AutoDispatchBelowADInplaceOrView below;
      at::Tensor dc = at::zeros({end - begin, h}, gates.options());
      for (int64_t t = steps - 1; t >= 0; t--) {
        at::Tensor dh = rows(incoming, t, begin, end);
        if (t + 1 < steps) dh = at::addmm(dh, rows(dgates, t + 1, begin, end), w);
        const float *before = t > 0 ? rows(cells, t - 1, begin, end).data_ptr<float>() : nullptr;
        cell_backward(rows(gates, t, begin, end).data_ptr<float>(), before, rows(tanh_cells, t, begin, end).data_ptr<float>(),
                      dh.data_ptr<float>(), dc.data_ptr<float>(), rows(dgates, t, begin, end).data_ptr<float>(), end - begin, h);
      }
    });
    at::Tensor dw = at::zeros_like(w);
    if (steps > 1)
      at::mm_out(dw, dgates.narrow(0, 1, steps - 1).reshape({-1, 4 * h}).t(), hidden.narrow(0, 0, steps - 1).reshape({-1, h}));
    return {dgates, dw};
  }
};

} // namespace

char *ss_lstm(ss_tensor projected, ss_tensor weight, ss_tensor *out) {
  return guarded([&] {
    *out = new at::Tensor(LSTMDirection::apply(*static_cast<at::Tensor *>(projected), *static_cast<at::Tensor *>(weight)));
  });
}

// One BERT encoder layer on packed tokens for the CPU, as one autograd function. libtorch computes the matrix products,
// kernels.h the rest. For its backward pass it keeps 12 values a token and hidden unit, or only its input with `recompute`.
#include "bridge.h"
#include "guard.h"
#include "kernels.h"
#include "sequences.h"

#include <memory>
#include <mutex>
#include <vector>

#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

using namespace skillspace;
using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// The layer's parameters, in the order of Hugging Face's names.
enum { kQW, kQB, kKW, kKB, kVW, kVB, kOW, kOB, kN1W, kN1B, kIW, kIB, kDW, kDB, kN2W, kN2B, kParams };

struct Weights {
  Tensor qkv, qkv_bias, out, out_bias, up, up_bias, down, down_bias;
};

} // namespace

// A layer's parameters, and their copies in the type of the computation, which are renewed after a parameter has changed.
struct ss_encoder_layer_t {
  std::vector<Tensor> params;
  int64_t heads;
  int activation;
  double epsilon;
  std::mutex mutex;
  Weights cached;
  at::ScalarType cached_type = at::kFloat;
  std::vector<uint32_t> versions;

  Weights weights(at::ScalarType type) {
    std::lock_guard<std::mutex> lock(mutex);
    std::vector<uint32_t> now;
    for (auto &p : params) now.push_back(p._version());
    if (now == versions && cached_type == type) return cached;
    at::NoGradGuard no_grad;
    auto cast = [&](const Tensor &t) { return t.detach().to(type); };
    cached = {cast(at::cat({params[kQW], params[kKW], params[kVW]})), cast(at::cat({params[kQB], params[kKB], params[kVB]})),
              cast(params[kOW]), cast(params[kOB]), cast(params[kIW]), cast(params[kIB]), cast(params[kDW]), cast(params[kDB])};
    cached_type = type, versions = now;
    return cached;
  }
};

namespace {

struct Settings {
  ss_encoder_layer_t *layer;
  Weights w;
  Tensor offsets; // [B+1] Int64: the first packed row of each sequence, and N
  double hidden_dropout, attention_dropout;
  uint64_t seed; // of dropout
};

// What the forward pass keeps for the backward pass.
struct Saved {
  Tensor x, qkv, context, sum1, mean1, rstd1, y1, pre, sum2, mean2, rstd2;
};

template <typename T> Tensor attend(const Settings &s, const Tensor &qkv) {
  int64_t h = qkv.size(1) / 3;
  Tensor context = at::empty({qkv.size(0), h}, qkv.options());
  over_sequences(s.offsets, [&](int64_t, int64_t row, int64_t t) {
    kernels<T>().attention_forward({data<T>(qkv), row, t, s.layer->heads, h, dropout(s.attention_dropout, s.seed, 1), data<T>(context), nullptr, nullptr});
  });
  return context;
}

template <typename T>
Tensor add_norm(const Settings &s, const Tensor &x, const Tensor &residual, int gamma, int beta, uint64_t purpose, Tensor *sum, Tensor *mean, Tensor *rstd) {
  int64_t n = x.size(0), h = x.size(1);
  Tensor y = at::empty_like(x);
  if (sum) *sum = at::empty_like(x), *mean = at::empty({n}, at::kFloat), *rstd = at::empty({n}, at::kFloat);
  const auto &p = s.layer->params;
  NormForward<T> a{data<T>(x), data<T>(residual), sum ? data<T>(*sum) : nullptr, data<T>(y), sum ? data<float>(*mean) : nullptr,
                               sum ? data<float>(*rstd) : nullptr, data<float>(p[gamma]), data<float>(p[beta]), float(s.layer->epsilon),
                               dropout(s.hidden_dropout, s.seed, purpose), h};
  over_rows(n, [&](int64_t, int64_t begin, int64_t end) { kernels<T>().norm_forward(a, begin, end); });
  return y;
}

template <typename T> Tensor activated(const Settings &s, const Tensor &pre, Tensor into) {
  auto kind = Activation(s.layer->activation);
  over_rows(pre.size(0), [&](int64_t, int64_t begin, int64_t end) {
    kernels<T>().activate(kind, data<T>(pre), data<T>(into), pre.size(1), begin, end);
  });
  return into;
}

template <typename T> Tensor forward(const Settings &s, const Tensor &x, Saved *keep) {
  Saved v;
  v.x = x;
  v.qkv = at::linear(x, s.w.qkv, s.w.qkv_bias);
  v.context = attend<T>(s, v.qkv);
  if (!keep) v.qkv = Tensor();
  Tensor attended = at::linear(v.context, s.w.out, s.w.out_bias);
  v.y1 = add_norm<T>(s, attended, x, kN1W, kN1B, 2, keep ? &v.sum1 : nullptr, &v.mean1, &v.rstd1);
  attended = Tensor();
  v.pre = at::linear(v.y1, s.w.up, s.w.up_bias);
  Tensor between = activated<T>(s, v.pre, keep ? at::empty_like(v.pre) : v.pre);
  Tensor down = at::linear(between, s.w.down, s.w.down_bias);
  Tensor y = add_norm<T>(s, down, v.y1, kN2W, kN2B, 3, keep ? &v.sum2 : nullptr, &v.mean2, &v.rstd2);
  if (keep) *keep = v;
  return y;
}

// The gradients of LayerNorm(residual + dropout(x)). Those of gamma, beta and the bias of the layer that made x go to out.
template <typename T>
void add_norm_backward(const Settings &s, const Tensor &dy, const Tensor &sum, const Tensor &mean, const Tensor &rstd, int gamma, int beta, int bias,
                       uint64_t purpose, Tensor &dresidual, Tensor &dx, tensor_list &out) {
  int64_t n = dy.size(0), h = dy.size(1);
  dresidual = at::empty_like(dy), dx = s.hidden_dropout > 0 ? at::empty_like(dy) : dresidual;
  ColumnSums sums(n, 3 * h);
  over_rows(n, [&](int64_t chunk, int64_t begin, int64_t end) {
    float *at = sums.of(chunk);
    kernels<T>().norm_backward({data<T>(dy), data<T>(sum), data<float>(mean), data<float>(rstd), data<float>(s.layer->params[gamma]),
                                            dropout(s.hidden_dropout, s.seed, purpose), h, data<T>(dresidual), data<T>(dx), at, at + h, at + 2 * h},
                                           begin, end);
  });
  Tensor total = sums.total();
  out[gamma] = total.narrow(0, 0, h).clone(), out[beta] = total.narrow(0, h, h).clone(), out[bias] = total.narrow(0, 2 * h, h).clone();
}

Tensor weight_gradient(const Tensor &dy, const Tensor &x) { return at::mm(dy.t(), x).to(at::kFloat); }

template <typename T> void feed_forward_backward(const Settings &s, const Saved &v, const Tensor &dy, Tensor &dy1, tensor_list &out) {
  Tensor ddown;
  add_norm_backward<T>(s, dy, v.sum2, v.mean2, v.rstd2, kN2W, kN2B, kDB, 3, dy1, ddown, out);
  Tensor between = activated<T>(s, v.pre, at::empty_like(v.pre));
  out[kDW] = weight_gradient(ddown, between);
  Tensor dpre = at::mm_out(between, ddown, s.w.down); // in the memory of between, which is no longer needed
  int64_t wide = dpre.size(1);
  ColumnSums sums(dpre.size(0), wide);
  auto kind = Activation(s.layer->activation);
  over_rows(dpre.size(0), [&](int64_t chunk, int64_t begin, int64_t end) {
    kernels<T>().activate_backward(kind, data<T>(v.pre), data<T>(dpre), data<T>(dpre), sums.of(chunk), wide, begin, end);
  });
  out[kIB] = sums.total();
  out[kIW] = weight_gradient(dpre, v.y1);
  dy1 = at::addmm(dy1, dpre, s.w.up);
}

template <typename T> Tensor attention_backward(const Settings &s, const Saved &v, const Tensor &dy1, tensor_list &out) {
  Tensor dx, dattended;
  add_norm_backward<T>(s, dy1, v.sum1, v.mean1, v.rstd1, kN1W, kN1B, kOB, 2, dx, dattended, out);
  out[kOW] = weight_gradient(dattended, v.context);
  Tensor dcontext = at::mm(dattended, s.w.out), dqkv = at::empty_like(v.qkv);
  int64_t h = dcontext.size(1);
  over_sequences(s.offsets, [&](int64_t, int64_t row, int64_t t) {
    kernels<T>().attention_backward({data<T>(v.qkv), row, t, s.layer->heads, h, dropout(s.attention_dropout, s.seed, 1), nullptr, data<T>(dcontext), data<T>(dqkv)});
  });
  ColumnSums sums(dqkv.size(0), 3 * h);
  over_rows(dqkv.size(0), [&](int64_t chunk, int64_t begin, int64_t end) {
    kernels<T>().column_sums(data<T>(dqkv), sums.of(chunk), 3 * h, begin, end);
  });
  Tensor biases = sums.total(), weights = weight_gradient(dqkv, v.x);
  for (int i = 0; i < 3; i++) {
    out[kQB + 2 * i] = biases.narrow(0, i * h, h).clone();
    out[kQW + 2 * i] = weights.narrow(0, i * h, h).clone();
  }
  return at::addmm(dx, dqkv, s.w.qkv);
}

template <typename T> tensor_list backward(const Settings &s, const Saved &v, const Tensor &dy) {
  tensor_list out(kParams);
  Tensor dy1;
  feed_forward_backward<T>(s, v, dy, dy1, out);
  Tensor dx = attention_backward<T>(s, v, dy1, out);
  out.insert(out.begin(), dx);
  return out;
}

bool half(const Tensor &x) { return x.scalar_type() == at::kBFloat16; }

struct EncoderLayer : public torch::autograd::Function<EncoderLayer> {
  static Tensor forward(AutogradContext *ctx, const Tensor &x, at::TensorList, Settings *s, bool recompute) {
    at::AutoDispatchBelowADInplaceOrView below;
    Saved v;
    Tensor y = half(x) ? ::forward<bf16>(*s, x, recompute ? nullptr : &v) : ::forward<float>(*s, x, recompute ? nullptr : &v);
    if (recompute) v.x = x;
    ctx->save_for_backward({v.x, v.qkv, v.context, v.sum1, v.mean1, v.rstd1, v.y1, v.pre, v.sum2, v.mean2, v.rstd2, s->w.qkv, s->w.qkv_bias, s->w.out,
                            s->w.out_bias, s->w.up, s->w.up_bias, s->w.down, s->w.down_bias, s->offsets});
    ctx->saved_data["layer"] = reinterpret_cast<int64_t>(s->layer);
    ctx->saved_data["hidden_dropout"] = s->hidden_dropout;
    ctx->saved_data["attention_dropout"] = s->attention_dropout;
    ctx->saved_data["seed"] = int64_t(s->seed);
    ctx->saved_data["recompute"] = recompute;
    return y;
  }

  static tensor_list backward(AutogradContext *ctx, tensor_list gradients) {
    at::AutoDispatchBelowADInplaceOrView below;
    auto t = ctx->get_saved_variables();
    Saved v{t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[8], t[9], t[10]};
    Settings s{reinterpret_cast<ss_encoder_layer_t *>(ctx->saved_data["layer"].toInt()), {t[11], t[12], t[13], t[14], t[15], t[16], t[17], t[18]}, t[19],
               ctx->saved_data["hidden_dropout"].toDouble(), ctx->saved_data["attention_dropout"].toDouble(), uint64_t(ctx->saved_data["seed"].toInt())};
    if (ctx->saved_data["recompute"].toBool()) half(v.x) ? ::forward<bf16>(s, v.x, &v) : ::forward<float>(s, v.x, &v);
    Tensor dy = gradients[0].to(v.x.scalar_type()).contiguous();
    tensor_list out = half(dy) ? ::backward<bf16>(s, v, dy) : ::backward<float>(s, v, dy);
    out.resize(1 + kParams + 2);
    return out;
  }
};

void check_input(const ss_encoder_layer_t *layer, const Tensor &x, const Tensor &offsets) {
  TORCH_CHECK(x.dim() == 2 && x.is_cpu() && x.is_contiguous() && (half(x) || x.scalar_type() == at::kFloat), "encoder layer: want a contiguous CPU block [N, H], Float32 or BFloat16");
  TORCH_CHECK(x.size(1) == layer->params[kN1W].numel() && x.size(1) % layer->heads == 0 && x.size(1) <= kLongest, "encoder layer: the input has ", x.size(1), " columns");
  check_offsets(offsets, x.size(0));
}

} // namespace

char *ss_encoder_layer_new(ss_tensor *params, size_t n, int64_t heads, int activation, double epsilon, ss_encoder_layer *out) {
  return guarded([&] {
    TORCH_CHECK(n == kParams, "encoder layer: want ", int(kParams), " parameters, got ", n);
    auto layer = std::make_unique<ss_encoder_layer_t>();
    for (size_t i = 0; i < n; i++) layer->params.push_back(defined(params[i]));
    layer->heads = heads, layer->activation = activation, layer->epsilon = epsilon;
    *out = layer.release();
  });
}

void ss_encoder_layer_free(ss_encoder_layer layer) { delete layer; }

char *ss_encoder_layer_forward(ss_encoder_layer layer, ss_tensor x, ss_tensor offsets, double hidden_dropout, double attention_dropout, int recompute, ss_tensor *out) {
  return guarded([&] {
    const Tensor &input = defined(x), &at = defined(offsets);
    TORCH_CHECK(layer != nullptr, "encoder layer: it is closed");
    check_input(layer, input, at);
    bool random = hidden_dropout > 0 || attention_dropout > 0;
    Settings s{layer, layer->weights(input.scalar_type()), at, hidden_dropout, attention_dropout, random ? draw_seed() : 0};
    bool grad = at::GradMode::is_enabled();
    Tensor y;
    if (grad) {
      y = EncoderLayer::apply(input, at::TensorList(layer->params), &s, recompute != 0);
    } else {
      y = half(input) ? forward<bf16>(s, input, nullptr) : forward<float>(s, input, nullptr);
    }
    *out = new Tensor(y);
  });
}

// TorchScript modules: saves one made of source text and tensors, and runs a saved one.
#include "bridge.h"
#include "guard.h"

#include <string>
#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

char *ss_save_script(const char *source, const char *const *names, ss_tensor *tensors, size_t n, const char *path) {
  return guarded([&] {
    torch::jit::Module m("skillspace");
    for (size_t i = 0; i < n; i++) {
      m.register_parameter(names[i], defined(tensors[i]).detach(), false);
    }
    m.define(source);
    m.eval();
    m.save(path);
  });
}

char *ss_run_script(const char *path, ss_tensor *inputs, size_t n, ss_tensor *out, size_t capacity, size_t *results) {
  return guarded([&] {
    torch::jit::Module m = torch::jit::load(std::string(path));
    std::vector<c10::IValue> arguments;
    for (size_t i = 0; i < n; i++) arguments.emplace_back(defined(inputs[i]));
    c10::IValue value = m.forward(arguments);
    std::vector<at::Tensor> all;
    if (value.isTensor()) {
      all.push_back(value.toTensor());
    } else {
      for (const auto &element : value.toTupleRef().elements()) all.push_back(element.toTensor());
    }
    TORCH_CHECK(all.size() <= capacity, "the module returns ", all.size(), " tensors");
    *results = all.size();
    for (size_t i = 0; i < all.size(); i++) out[i] = new at::Tensor(all[i]);
  });
}

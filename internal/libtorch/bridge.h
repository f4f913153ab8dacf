// The C interface of this package's C++. A function that can fail returns NULL on success, or a malloc'd message. Handles of
// results belong to the caller.
#ifndef SKILLSPACE_BRIDGE_H
#define SKILLSPACE_BRIDGE_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef void *ss_tensor;

// A CPU tensor with a copy of its elements from data; dtype is the number of a c10::ScalarType.
char *ss_from_data(const void *data, const int64_t *shape, size_t dims, int dtype, ss_tensor *out);
char *ss_sizes(ss_tensor t, int64_t *shape, size_t capacity, size_t *dims);
char *ss_free(ss_tensor t);
// The gradient of t, dense; NULL if no backward pass has reached t.
char *ss_grad(ss_tensor t, ss_tensor *out);
char *ss_clear_grads(ss_tensor *params, size_t n);
char *ss_set_leaf(ss_tensor t, int requires_grad);
char *ss_copy_into(ss_tensor destination, ss_tensor source);
char *ss_backward(ss_tensor loss);
char *ss_detach(ss_tensor t, ss_tensor *out);
// t on a CUDA device. A small tensor of the host is copied by way of pinned memory, and nothing waits for the copy.
char *ss_to_cuda(ss_tensor t, int index, ss_tensor *out);
// The L2 norm over all gradients. They are scaled to max_norm if that is above 0 and exceeded.
char *ss_clip_gradients(ss_tensor *params, size_t n, double max_norm, double *norm);

// Sums the entries of sparse gradients that are for one row of a table. Dense gradients stay unchanged.
char *ss_coalesce_gradients(ss_tensor *params, size_t n);

// Multiplies all gradients by factor, in place.
char *ss_scale_gradients(ss_tensor *params, size_t n, double factor);

typedef struct {
  double learning_rate, weight_decay, beta1, beta2, epsilon;
  int64_t step;      // 1-based, after this update
  int64_t rows_only; // 1: rows without an entry in a sparse gradient stay unchanged, moments included
} ss_adamw;
// One AdamW update of every parameter that has a gradient (fp32, CPU or CUDA).
char *ss_adamw_step(ss_tensor *params, ss_tensor *exp_avg, ss_tensor *exp_avg_sq, const ss_adamw *groups, size_t n);

// One direction of an LSTM over packed sequences: projected gates [N, 4H] (Float32, CPU), recurrent weight [4H, H], offsets
// [B+1]. reverse reads each sequence from its end. The result is the hidden states [N, H].
char *ss_lstm(ss_tensor projected, ss_tensor weight, ss_tensor offsets, int reverse, ss_tensor *out);
// Sums hidden [N, H] over each sequence to [B, H], weighted by the softmax of scores [N]; the mean if scores is NULL.
char *ss_pool(ss_tensor hidden, ss_tensor scores, ss_tensor offsets, ss_tensor *out);
// Seeds the default generator of t's device by one draw of the CPU's; nothing for a tensor on the CPU.
char *ss_seed_device(ss_tensor t);
// x with each element 0 with probability p, or divided by 1-p.
char *ss_dropout(ss_tensor x, double p, ss_tensor *out);
// dropout(LayerNorm(word[id] + position[first_position + place] + type[0])) as dtype [N, H]; tables are word, position,
// type, gamma, beta. The gradient of word is sparse.
char *ss_embed(ss_tensor *tables, ss_tensor ids, ss_tensor offsets, int64_t first_position, double epsilon, double dropout,
               int dtype, ss_tensor *out);

// A BERT encoder layer on packed tokens (CPU). params are its 16 tensors, in the order of Hugging Face's names.
typedef struct ss_encoder_layer_t *ss_encoder_layer;
char *ss_encoder_layer_new(ss_tensor *params, size_t n, int64_t heads, int activation, double epsilon, ss_encoder_layer *out);
void ss_encoder_layer_free(ss_encoder_layer layer);
// x [N, H] Float32 or BFloat16, offsets [B+1] Int64. recompute keeps only the input for the backward pass.
char *ss_encoder_layer_forward(ss_encoder_layer layer, ss_tensor x, ss_tensor offsets, double hidden_dropout,
                               double attention_dropout, int recompute, ss_tensor *out);

// Saves a TorchScript module made of source and named tensors; runs the method forward of a saved module, whose result is a
// tensor or a tuple of tensors.
char *ss_save_script(const char *source, const char *const *names, ss_tensor *tensors, size_t n, const char *path);
char *ss_run_script(const char *path, ss_tensor *inputs, size_t n, ss_tensor *out, size_t capacity, size_t *results);

// A group of processes (ranks) over c10d. Tensors on CUDA go through the host's memory.
typedef struct ss_group_t *ss_group;
typedef struct {
  const char *host;         // of the rendezvous store
  const char *prefix;       // of the store's keys
  const char *network;      // the network interface to use; "" for that of the host name, or of host if that is this machine
  int64_t join_timeout, timeout; // milliseconds: until all ranks have joined, and of one collective operation
  int port, rank, size;
  int serves;               // 1: this rank holds the store
} ss_group_options;
char *ss_group_join(const ss_group_options *o, ss_group *out);
void ss_group_leave(ss_group g);
char *ss_group_all_reduce(ss_group g, ss_tensor t); // the sum, in place
// t [n, ...] of every rank, in order: [size * n, ...].
char *ss_group_all_gather(ss_group g, ss_tensor t, ss_tensor *out);
char *ss_group_broadcast(ss_group g, ss_tensor t, int root);
char *ss_group_barrier(ss_group g);
// Replaces each gradient by its sum over the ranks. One that no rank has stays undefined; sparse ones stay sparse.
char *ss_group_sum_gradients(ss_group g, ss_tensor *params, size_t n);
// A hash of the tensors' bytes.
char *ss_checksum(ss_tensor *tensors, size_t n, int64_t *out);

char *ss_autocast_enter(int cuda, int dtype);
char *ss_autocast_exit(int cuda);
char *ss_generator_state(ss_tensor *out);
char *ss_set_generator_state(ss_tensor state);
char *ss_seed(uint64_t seed);
char *ss_set_threads(int n);
char *ss_share_threads(int n);
int ss_threads(void);
int ss_grad_mode(int enabled); // returns the previous mode
const char *ss_version(void);
long ss_cuda_version(void); // 1000 * major + 10 * minor, as CUDA counts; 0 for a CPU build

#ifdef __cplusplus
}
#endif
#endif

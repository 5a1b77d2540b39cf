// Kernels of the transformer and its optimiser. Sizes are in floats; a matrix is a pointer and the
// distance from row to row. Outputs share no memory with inputs unless said otherwise.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// What an element of a tensor is kept or dropped by; threshold 0 keeps all.
typedef struct {
  uint32_t key;
  uint32_t threshold;
  float scale;
} ck_dropout;

// Normalisation (norm.c)
void ck_norm_forward(
    size_t rows, size_t columns, const float *x, const float *gain, const float *bias, float *y,
    float *mean, float *inverse_deviation);
/// dx is added to when accumulating, else overwritten; dgain and dbias are added to.
void ck_norm_backward(
    size_t rows, size_t columns, const float *x, const float *gain, const float *mean,
    const float *inverse_deviation, const float *dy, float *dx, float *dgain, float *dbias,
    int accumulating);

// Gaussian error linear unit, tanh form (gelu.c)
/// In place; the derivative goes to `slope`, if it is not null.
void ck_gelu(size_t count, float *x, float *slope);

// Rows (rows.c)
/// sums += the sum of the rows of x.
void ck_rows_sum(size_t rows, size_t columns, const float *x, float *sums);
/// y += x.
void ck_add(size_t count, const float *x, float *y);
/// y *= x, element by element.
void ck_multiply_elements(size_t count, const float *x, float *y);
/// x is dropped and rescaled in place; element i of x is element first + i of the stream.
void ck_drop(size_t count, uint32_t first, ck_dropout dropout, float *x);

// Attention (attention.c)
/// Causal self-attention of one head over one window: mixed = drop(softmax(scale q . k)) . v.
typedef struct {
  size_t tokens, width;
  float scale;
  /// tokens x width each, rows `row` apart.
  const float *query, *key, *value;
  size_t row;
  /// tokens x width, rows `mixed_row` apart; written by forward, read by backward.
  float *mixed;
  size_t mixed_row;
  /// For each query its greatest scaled score and 1 / the sum of e to the distances to it; likewise.
  float *maximum, *inverse_sum;
  /// The weight of (query, key) is element first_element + query * tokens + key of the stream.
  ck_dropout dropout;
  uint32_t first_element;
  /// `ck_attention_scratch(tokens, width)` floats.
  float *scratch;
  /// Backward alone: the gradient of mixed, and where those of q, k and v go, rows as far apart as theirs.
  const float *dmixed;
  float *dquery, *dkey, *dvalue;
} ck_attention;

size_t ck_attention_scratch(size_t tokens, size_t width);
void ck_attention_forward(const ck_attention *attention);
void ck_attention_backward(const ck_attention *attention);
// Cached attention (cache.c)
/// The keys and values of one stream in one layer, of all heads.
typedef struct {
  size_t tokens, heads, width;
  float scale;
  /// Blocks of 16 tokens: channel by channel, the 16 tokens' floats.
  float *keys;
  /// Token by token, every head filled up to whole vectors.
  float *values;
} ck_cache;

/// The floats of each for so many tokens.
size_t ck_cache_keys(size_t tokens, size_t heads, size_t width);
size_t ck_cache_values(size_t tokens, size_t heads, size_t width);
/// The floats that attending works in.
size_t ck_cache_scratch(size_t tokens, size_t heads, size_t width);
/// Stores the key and the value (heads * width floats each) of a token.
void ck_cache_store(const ck_cache *cache, size_t at, const float *key, const float *value);
/// mixed = softmax(scale q . k) . v over the first `count` tokens, head by head.
void ck_cache_attend(
    const ck_cache *cache, size_t count, const float *query, float *scratch, float *mixed);

// Cross-entropy (entropy.c)
/// Per row and factor, of which each has some classes and a target: logits become their gradient
/// weight * (softmax - target), smoothed; returns the sum of weight * loss and adds to *correct the weight of
/// rows whose target is the likeliest class of every factor.
double ck_cross_entropy(
    size_t rows, size_t factors, const size_t *classes, float *logits, const int32_t *targets,
    const float *weights, float smoothing, double *correct);

// Optimiser (adam.c)
/// The sum of squares.
double ck_sum_of_squares(size_t count, const float *x);
typedef struct {
  float rate, beta1, beta2, epsilon, decay, gradient_scale, correction1, correction2;
} ck_adam_step;
/// One step of AdamW; m and v are the running moments, corrections are 1 / (1 - beta^t). The new x are
/// written to `copy` as well, if it is not null.
void ck_adam(
    size_t count, ck_adam_step step, const float *gradient, float *m, float *v, float *x, float *copy);

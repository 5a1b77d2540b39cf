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
/// One query of one head over its cached keys (width x capacity, transposed) and values.
void ck_attend_one(
    size_t keys, size_t width, const float *query, const float *keys_transposed, size_t capacity,
    const float *values, size_t value_stride, float scale, float *weights, float *mixed);

// Cross-entropy (entropy.c)
/// Per row: logits become their gradient weight * (softmax - target), smoothed; returns the sum of
/// weight * loss and adds to *correct the weight of rows whose target is the likeliest.
double ck_cross_entropy(
    size_t rows, size_t columns, float *logits, const int32_t *targets, const float *weights,
    float smoothing, double *correct);

// Optimiser (adam.c)
/// The sum of squares.
double ck_sum_of_squares(size_t count, const float *x);
typedef struct {
  float rate, beta1, beta2, epsilon, decay, gradient_scale, correction1, correction2;
} ck_adam_step;
/// One step of AdamW; m and v are the running moments, corrections are 1 / (1 - beta^t).
void ck_adam(size_t count, ck_adam_step step, const float *gradient, float *m, float *v, float *x);

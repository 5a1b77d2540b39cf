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
void ck_gelu_forward(size_t count, const float *x, float *y);
/// dy becomes dx in place.
void ck_gelu_backward(size_t count, const float *x, float *dy);

// Rows (rows.c)
/// Every row of y becomes the bias.
void ck_rows_fill(size_t rows, size_t columns, const float *bias, float *y);
/// y = x + bias, row by row.
void ck_rows_add_bias(size_t rows, size_t columns, const float *x, const float *bias, float *y);
/// sums += the sum of the rows of x.
void ck_rows_sum(size_t rows, size_t columns, const float *x, float *sums);
/// y += x.
void ck_add(size_t count, const float *x, float *y);
/// x is dropped and rescaled in place; element i of x is element first + i of the stream.
void ck_drop(size_t count, uint32_t first, ck_dropout dropout, float *x);

// Attention (attention.c). Scores have a stride that is a multiple of 16 and room up to it.
/// Row i of `scores` belongs to the query at position first + i and sees the keys 0 ... first + i.
/// Scores become weights, zero where unseen up to `keys`; keeps each row's maximum and 1 / sum.
void ck_causal_softmax(
    size_t rows, size_t first, size_t keys, float *scores, size_t stride, float *maximum,
    float *inverse_sum);
/// The weights again, from scores and what was kept.
void ck_causal_softmax_again(
    size_t rows, size_t first, size_t keys, float *scores, size_t stride, const float *maximum,
    const float *inverse_sum);
/// dweights becomes dscores in place: weights * (dweights - sum(weights * dweights)), zero where unseen.
void ck_causal_softmax_backward(
    size_t rows, size_t first, size_t keys, const float *weights, float *dweights, size_t stride);
/// Drops weights in place; element (query, key) of the stream is (first + i) * context + key.
void ck_drop_weights(
    size_t rows, size_t first, size_t keys, size_t context, uint32_t start, ck_dropout dropout,
    float *weights, size_t stride);
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

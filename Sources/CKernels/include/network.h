// The hot loops of the source learners' small networks: one state through a dense layer, rectified
// layers of a few rows. Same bits on every processor: sums have a fixed order, and no
// product is fused into a sum.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// y_j = max(0, b_j + sum over k of table[rows[k], j]) for j < columns: a dense layer of one-hot inputs.
void ck_network_lookup(
  size_t active, const int32_t *rows, size_t columns, const float *table, size_t stride,
  const float *bias, float *y);

/// y_j = max(0, b_j + sum over i of x_i w[i, j]), with x >= 0 as left by a rectified layer; terms with
/// x_i = 0 are skipped, rows of w and all. At most 4096 inputs.
void ck_network_dense_rectified(
  size_t inputs, size_t columns, const float *x, const float *w, size_t stride, const float *bias,
  float *y);

/// y_j = b_j + sum over i of x_i w[j, i] for j < outputs.
void ck_network_output(
  size_t inputs, size_t outputs, const float *x, const float *w, size_t stride, const float *bias,
  float *y);

/// Undoes y[r, j] = max(0, x[r, j] + b_j): dy[r, j] = 0 where y[r, j] = 0, then db_j = sum over r of dy[r, j].
void ck_network_rectifier_backward(
  size_t rows, size_t columns, const float *y, size_t stride, float *dy, size_t dstride, float *db);

/// p = softmax(x) for one row.
void ck_network_softmax(size_t columns, const float *x, float *p);

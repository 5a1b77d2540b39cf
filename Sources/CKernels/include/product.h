// Products of matrices (product.c).
#pragma once
#include <stddef.h>

/// C = start + bias + A . B, where element (i, k) of A is a[i * a_row + k * a_column], of B likewise.
typedef struct {
  size_t rows, columns, depth;
  const float *a;
  size_t a_row, a_column;
  const float *b;
  size_t b_row, b_column;
  /// B as `ck_pack` left it, in place of `b`; or null.
  const float *packed;
  /// Null for zero; may be `c`, with the same distance between rows.
  const float *start;
  size_t start_row;
  /// Null for none.
  const float *bias;
  float *c;
  size_t c_row;
} ck_product;

void ck_multiply(const ck_product *product);

/// B in the order in which products read it on this processor, for factors that many products share.
void ck_pack(
    size_t depth, size_t columns, const float *b, size_t b_row, size_t b_column, float *packed);
/// The floats that this takes.
size_t ck_packed_size(size_t depth, size_t columns);

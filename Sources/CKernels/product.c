// Products of matrices that fit the caches, as those of small transformers do.
#include "tiles.h"

#include "include/product.h"

/* Rows of a panel that are multiplied before the next ones are packed: 32 KB, the innermost cache. */
enum { DEPTH = 128, ROWS = 6, VECTORS = 4, PANEL = VECTORS * LANES };

/* Tiles whose last vector is cut go through memory of their own. */
INLINE void cut_tile(
    const int rows, const int vectors, size_t count, size_t columns, size_t depth, strided a,
    packed b, beginning start, float *c, size_t c_row) {
  float whole[ROWS * PANEL] __attribute__((aligned(64))), bias[PANEL];
  for (size_t j = 0; j < PANEL; j++) bias[j] = start.bias && j < columns ? start.bias[j] : 0;
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < PANEL; j++)
      whole[i * PANEL + j] = start.p && j < columns ? start.p[i * start.row + j] : 0;
  beginning padded = {whole, PANEL, bias};
  tiles(rows, vectors, count, columns, depth, a, b, padded, whole, PANEL);
  for (size_t i = 0; i < count; i++)
    memcpy(c + i * c_row, whole + i * PANEL, columns * sizeof(float));
}

/* The panels of the right factor into c, in the order in which a product takes them. */
INLINE void pack_all(const int rows, const int vectors, const ck_product *x) {
  (void)rows;
  float *out = x->c;
  size_t width = (size_t)vectors * LANES;
  strided b = {x->b, x->b_row, x->b_column};
  for (size_t j = 0; j < x->columns; j += width) {
    size_t columns = least(x->columns - j, width);
    for (size_t k = 0; k < x->depth; k += DEPTH) {
      size_t depth = least(x->depth - k, DEPTH);
      pack(vectors, depth, columns, part(b, k, j), out);
      out += depth * rounded_up(columns, LANES);
    }
  }
}

INLINE void product(const int rows, const int vectors, const ck_product *x) {
  float own[DEPTH * PANEL] __attribute__((aligned(64)));
  const float *panel = x->packed ? x->packed : own;
  strided a = {x->a, x->a_row, x->a_column}, b = {x->b, x->b_row, x->b_column};
  size_t width = (size_t)vectors * LANES;
  for (size_t j = 0; j < x->columns; j += width) {
    size_t columns = least(x->columns - j, width);
    for (size_t k = 0; k < x->depth || k == 0; k += DEPTH) {
      size_t depth = least(x->depth - k, DEPTH);
      if (!x->packed) pack(vectors, depth, columns, part(b, k, j), own);
      packed right = {panel, depth, 0};
      beginning start = {x->start ? x->start + j : 0, x->start_row, x->bias ? x->bias + j : 0};
      if (k > 0) start = (beginning){x->c + j, x->c_row, 0};
      for (size_t i = 0, count; i < x->rows; i += count) {
        count = tile_rows(rows, x->rows - i);
        beginning here = {start.p ? start.p + i * start.row : 0, start.row, start.bias};
        float *c = x->c + i * x->c_row + j;
        if (columns % LANES == 0)
          tiles(rows, vectors, count, columns, depth, part(a, i, k), right, here, c, x->c_row);
        else
          cut_tile(rows, vectors, count, columns, depth, part(a, i, k), right, here, c, x->c_row);
      }
      if (x->packed) panel += depth * rounded_up(columns, LANES);
    }
  }
}

FOR_EACH_LEVEL(multiply, product, const ck_product *, ROWS, VECTORS)
FOR_EACH_LEVEL(pack_right, pack_all, const ck_product *, ROWS, VECTORS)

void ck_multiply(const ck_product *x) { multiply(x); }

size_t ck_packed_size(size_t depth, size_t columns) { return depth * rounded_up(columns, LANES); }

void ck_pack(
    size_t depth, size_t columns, const float *b, size_t b_row, size_t b_column, float *out) {
  ck_product x = {
      .columns = columns, .depth = depth, .b = b, .b_row = b_row, .b_column = b_column, .c = out};
  pack_right(&x);
}

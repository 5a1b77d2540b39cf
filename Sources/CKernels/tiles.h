// The heart of every product: a tile of the result held in registers while the factors stream by.
// Included by C files that multiply; in no header.
//
// Each element is a sum over k in ascending order, fused multiply-adds from its starting value on. So
// its bits depend on the two vectors multiplied alone: not on the processor, on the tile's shape, or
// on what other rows and columns are computed with it.
#pragma once
#include "vector.h"

#if defined(__x86_64__)
#define AT_V4 __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define AT_V3 __attribute__((target("arch=x86-64-v3")))
#define HAS_V4 __builtin_cpu_supports("x86-64-v4")
#define HAS_V3 __builtin_cpu_supports("x86-64-v3")
#else
#define AT_V4
#define AT_V3
#define HAS_V4 0
#define HAS_V3 0
#endif

/* Defines NAME(call), which hands over to BODY(rows, vectors, call) compiled for this processor, with
   the shape of tile that fills its registers: ROWS x VECTORS of 16 floats where there are 32 registers
   of that width, else 6 x 1. */
#define FOR_EACH_LEVEL(NAME, BODY, CALL, ROWS, VECTORS)             \
  AT_V4 static void NAME##_v4(CALL call) { BODY(ROWS, VECTORS, call); } \
  AT_V3 static void NAME##_v3(CALL call) { BODY(6, 1, call); }       \
  static void NAME##_plain(CALL call) { BODY(6, 1, call); }         \
  static void NAME(CALL call) {                                      \
    if (HAS_V4) NAME##_v4(call);                                     \
    else if (HAS_V3) NAME##_v3(call);                                \
    else NAME##_plain(call);                                         \
  }

#define UNROLLED _Pragma("clang loop unroll(full)")

INLINE size_t rounded_up(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }
INLINE size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* A matrix to read: element (i, j) at p[i * row + j * column]. */
typedef struct {
  const float *p;
  size_t row, column;
} strided;

INLINE strided part(strided x, size_t row, size_t column) {
  return (strided){x.p + row * x.row + column * x.column, x.row, x.column};
}

/* What a sum starts from: a matrix with rows `row` apart, or nothing, and a bias for every row. */
typedef struct {
  const float *p;
  size_t row;
  const float *bias;
} beginning;

static const beginning from_zero = {0};

/* The greatest tiles are as tall and as wide. */
enum { TALLEST = 12, WIDEST = 4 };

/* c = start + a . panel, for a tile of `rows` x 16 `vectors`. */
INLINE void tile(
    const int rows, const int vectors, size_t depth, strided a, const float *panel, beginning start,
    float *c, size_t c_row) {
  v16 sum[TALLEST][WIDEST];
  UNROLLED for (int i = 0; i < rows; i++)
    UNROLLED for (int j = 0; j < vectors; j++) {
      sum[i][j] = start.p ? load(start.p + (size_t)i * start.row + LANES * j) : splat(0);
      if (start.bias) sum[i][j] += load(start.bias + LANES * j);
    }
  for (size_t k = 0; k < depth; k++, panel += LANES * vectors) {
    v16 right[WIDEST];
    UNROLLED for (int j = 0; j < vectors; j++) right[j] = load(panel + LANES * j);
    UNROLLED for (int i = 0; i < rows; i++) {
      v16 left = splat(a.p[(size_t)i * a.row + k * a.column]);
      UNROLLED for (int j = 0; j < vectors; j++) sum[i][j] = fused(left, right[j], sum[i][j]);
    }
  }
  UNROLLED for (int i = 0; i < rows; i++)
    UNROLLED for (int j = 0; j < vectors; j++)
      store(c + (size_t)i * c_row + LANES * j, sum[i][j]);
}

/* How many rows the tile at a row has, where `left` rows are left. */
INLINE size_t tile_rows(const int rows, size_t left) {
  return left >= (size_t)rows ? (size_t)rows : left >= 4 ? 4 : 1;
}

INLINE void tile_of(
    const int rows, const int vectors, size_t count, size_t depth, strided a, const float *panel,
    beginning start, float *c, size_t c_row) {
  if (count == (size_t)rows) tile(rows, vectors, depth, a, panel, start, c, c_row);
  else if (count == 4) tile(4, vectors, depth, a, panel, start, c, c_row);
  else tile(1, vectors, depth, a, panel, start, c, c_row);
}

/* The vectors of the panel that begins where `left` columns are left. */
INLINE int panel_vectors(const int vectors, size_t left) {
  size_t all = (left + LANES - 1) / LANES;
  return all < (size_t)vectors ? (int)all : vectors;
}

/* A packed right factor, of which a product takes the rows from `first` on. */
typedef struct {
  const float *p;
  size_t depth, first;
} packed;

/* A row of tiles, over the first columns of a packed factor; c has room for whole vectors. */
INLINE void tiles(
    const int rows, const int vectors, size_t count, size_t columns, size_t depth, strided a,
    packed b, beginning start, float *c, size_t c_row) {
  for (size_t j = 0; j < columns;) {
    int wide = panel_vectors(vectors, columns - j);
    size_t width = (size_t)wide * LANES;
    const float *panel = b.p + b.first * width;
    if (wide == vectors) tile_of(rows, vectors, count, depth, a, panel, start, c, c_row);
    else if (wide == 3) tile_of(rows, 3, count, depth, a, panel, start, c, c_row);
    else if (wide == 2) tile_of(rows, 2, count, depth, a, panel, start, c, c_row);
    else tile_of(rows, 1, count, depth, a, panel, start, c, c_row);
    j += width;
    c += width;
    b.p += width * b.depth;
    if (start.p) start.p += width;
    if (start.bias) start.bias += width;
  }
}

/* out = the transpose of the 16 x 16 floats at p: four rounds of interleaving halves. */
INLINE void transpose_block(const float *p, size_t row, float *out, size_t out_row) {
  v16 x[LANES], y[LANES];
  UNROLLED for (int i = 0; i < LANES; i++) x[i] = load(p + (size_t)i * row);
  UNROLLED for (int round = 0; round < 4; round++) {
    UNROLLED for (int i = 0; i < LANES / 2; i++) {
      y[2 * i] = __builtin_shufflevector(
          x[i], x[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      y[2 * i + 1] = __builtin_shufflevector(
          x[i], x[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    UNROLLED for (int i = 0; i < LANES; i++) x[i] = y[i];
  }
  UNROLLED for (int i = 0; i < LANES; i++) store(out + (size_t)i * out_row, x[i]);
}

/* One panel: `depth` rows of `columns` floats of b, filled up to 16 `wide`. */
INLINE void pack_panel(size_t depth, size_t columns, strided b, int wide, float *out) {
  size_t width = (size_t)wide * LANES;
  if (b.column == 1) {
    for (size_t k = 0; k < depth; k++, out += width) {
      const float *row = b.p + k * b.row;
      size_t j = 0;
      for (; j + LANES <= columns; j += LANES) store(out + j, load(row + j));
      for (; j < columns; j++) out[j] = row[j];
      for (; j < width; j++) out[j] = 0;
    }
    return;
  }
  size_t whole_depth = b.row == 1 ? depth / LANES * LANES : 0;
  size_t whole = columns / LANES * LANES;
  for (size_t k = 0; k < whole_depth; k += LANES)
    for (size_t j = 0; j < whole; j += LANES)
      transpose_block(part(b, k, j).p, b.column, out + k * width + j, width);
  for (size_t k = 0; k < depth; k++)
    for (size_t j = k < whole_depth ? whole : 0; j < width; j++)
      out[k * width + j] = j < columns ? *part(b, k, j).p : 0;
}

/* The right factor of a product as tiles read it: panels of `vectors` vectors, each row after row; the
   last panel is as many vectors wide as columns are left. */
INLINE void pack(const int vectors, size_t depth, size_t columns, strided b, float *out) {
  for (size_t j = 0; j < columns;) {
    int wide = panel_vectors(vectors, columns - j);
    size_t width = (size_t)wide * LANES, rest = columns - j;
    pack_panel(depth, rest < width ? rest : width, part(b, 0, j), wide, out);
    out += width * depth;
    j += width;
  }
}

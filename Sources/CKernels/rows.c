// Sums of rows, elements, and dropout of activations.
#include "vector.h"

#include "include/transformer.h"

CLONES void ck_rows_sum(size_t rows, size_t columns, const float *x, float *sums) {
  size_t i = 0;
  for (; i + 4 * LANES <= columns; i += 4 * LANES) {
    v16 a = splat(0), b = a, c = a, d = a;
    for (size_t row = 0; row < rows; row++) {
      const float *p = x + row * columns + i;
      a += load(p);
      b += load(p + LANES);
      c += load(p + 2 * LANES);
      d += load(p + 3 * LANES);
    }
    float *s = sums + i;
    store(s, load(s) + a);
    store(s + LANES, load(s + LANES) + b);
    store(s + 2 * LANES, load(s + 2 * LANES) + c);
    store(s + 3 * LANES, load(s + 3 * LANES) + d);
  }
  for (; i < columns; i++) {
    float total = 0;
    for (size_t row = 0; row < rows; row++) total += x[row * columns + i];
    sums[i] += total;
  }
}

CLONES void ck_add(size_t count, const float *x, float *y) {
  for (size_t i = 0; i < count; i++) y[i] += x[i];
}

CLONES void ck_multiply_elements(size_t count, const float *x, float *y) {
  for (size_t i = 0; i < count; i++) y[i] *= x[i];
}

CLONES void ck_drop(size_t count, uint32_t first, ck_dropout dropout, float *x) {
  v16 scale = splat(dropout.scale), zero = splat(0);
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    i16 kept = survivors(dropout.key, dropout.threshold, first + (uint32_t)i);
    store(x + i, select(kept, load(x + i) * scale, zero));
  }
  if (i < count) {
    i16 kept = survivors(dropout.key, dropout.threshold, first + (uint32_t)i);
    store_some(x + i, select(kept, load_some(x + i, count - i, 0) * scale, zero), count - i);
  }
}

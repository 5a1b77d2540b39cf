// Attention of new queries over cached keys and values. Every sum is taken in the order of
// attention.c, so that what is cached gives the same bits as a pass over the whole window.
#include "vector.h"

#include "include/transformer.h"

INLINE size_t vectors_of(size_t floats) { return (floats + LANES - 1) / LANES; }

size_t ck_cache_keys(size_t tokens, size_t heads, size_t width) {
  return vectors_of(tokens) * LANES * heads * width;
}
size_t ck_cache_values(size_t tokens, size_t heads, size_t width) {
  return tokens * heads * vectors_of(width) * LANES;
}
size_t ck_cache_scratch(size_t tokens, size_t heads, size_t width) {
  return heads * ((vectors_of(tokens) + vectors_of(width)) * LANES + 1);
}

void ck_cache_store(
    const ck_cache *x, size_t at, const float *key, const float *value) {
  size_t all = x->heads * x->width, padded = vectors_of(x->width) * LANES;
  float *keys = x->keys + at / LANES * LANES * all + at % LANES;
  float *values = x->values + at * x->heads * padded;
  for (size_t i = 0; i < all; i++) keys[i * LANES] = key[i];
  for (size_t head = 0; head < x->heads; head++)
    memcpy(values + head * padded, value + head * x->width, x->width * sizeof(float));
}

/* The products of a query with the keys of N blocks of 16 tokens, `apart` floats from block to block. */
INLINE void score(
    const int n, size_t width, const float *query, const float *keys, size_t apart, float *scores) {
  v16 sum[4];
  for (int i = 0; i < n; i++) sum[i] = splat(0);
  for (size_t d = 0; d < width; d++, keys += LANES)
    for (int i = 0; i < n; i++) sum[i] = fused(splat(query[d]), load(keys + i * apart), sum[i]);
  for (int i = 0; i < n; i++) store(scores + i * LANES, sum[i]);
}

/* mixed = weights . values for N vectors of a row of values, of the heads that w begins at. */
INLINE void mix(
    const int n, size_t count, const float **w, const float *values, size_t row, float *mixed) {
  v16 sum[8];
  for (int i = 0; i < n; i++) sum[i] = splat(0);
  for (size_t j = 0; j < count; j++, values += row)
    for (int i = 0; i < n; i++) sum[i] = fused(splat(w[i][j]), load(values + i * LANES), sum[i]);
  for (int i = 0; i < n; i++) store(mixed + i * LANES, sum[i]);
}

CLONES void ck_cache_attend(
    const ck_cache *x, size_t count, const float *query, float *scratch, float *mixed) {
  size_t all = x->heads * x->width, last = count - 1, end = vectors_of(count);
  size_t row = vectors_of(x->tokens) * LANES, per_head = vectors_of(x->width);
  float *padded = scratch + x->heads * row;
  float *inverse = padded + x->heads * per_head * LANES;
  v16 scale = splat(x->scale);
  for (size_t head = 0; head < x->heads; head++, query += x->width) {
    float *weights = scratch + head * row;
    const float *keys = x->keys + head * x->width * LANES;
    v16 top = splat(-INFINITY), total = splat(0);
    size_t i = 0, far = end * LANES;
    for (; i + 4 * LANES <= far; i += 4 * LANES)
      score(4, x->width, query, keys + i * all, LANES * all, weights + i);
    for (; i < far; i += LANES) score(1, x->width, query, keys + i * all, 0, weights + i);
    for (i = 0; i + LANES < far; i += LANES) top = larger(top, load(weights + i));
    top = larger(top, select(seen(i, last), load(weights + i), splat(-INFINITY)));
    v16 least_power = splat(-(max_of(top) * x->scale));
    for (i = 0; i < far; i += LANES) {
      v16 e = vexp(fused(load(weights + i), scale, least_power));
      if (i + LANES == far) e = select(seen(i, last), e, splat(0));
      store(weights + i, e);
      total += e;
    }
    inverse[head] = 1.0f / sum_of(total);
  }
  size_t vectors = x->heads * per_head;
  for (size_t v = 0, n; v < vectors; v += n) {
    const float *w[8];
    n = vectors - v >= 8 ? 8 : vectors - v >= 4 ? 4 : 1;
    for (size_t i = 0; i < n; i++) w[i] = scratch + (v + i) / per_head * row;
    const float *values = x->values + v * LANES;
    float *out = padded + v * LANES;
    if (n == 8) mix(8, count, w, values, vectors * LANES, out);
    else if (n == 4) mix(4, count, w, values, vectors * LANES, out);
    else mix(1, count, w, values, vectors * LANES, out);
    for (size_t i = 0; i < n; i++)
      store(out + i * LANES, load(out + i * LANES) * splat(inverse[(v + i) / per_head]));
  }
  for (size_t head = 0; head < x->heads; head++)
    memcpy(mixed + head * x->width, padded + head * per_head * LANES, x->width * sizeof(float));
}

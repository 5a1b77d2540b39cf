// Causal softmax over blocks of queries, and attention of one query over a cache. Rows of scores
// have room up to a multiple of 16, so the last vector of a row is masked rather than cut.
#include "vector.h"

#include "include/transformer.h"

/* All ones in the lanes whose key (START + lane) the query sees. */
#define seen(START, QUERY) \
  ((i16)(lane_numbers <= ((i16){0} + (int32_t)((int64_t)(QUERY) - (int64_t)(START)))))
INLINE size_t rounded_up(size_t n) { return (n + LANES - 1) / LANES * LANES; }

CLONES void ck_causal_softmax(
    size_t rows, size_t first, size_t keys, float *scores, size_t stride, float *maximum,
    float *inverse_sum) {
  size_t end = rounded_up(keys);
  for (size_t row = 0; row < rows; row++, scores += stride) {
    size_t query = first + row, full = (query + 1) / LANES * LANES;
    v16 top = splat(-INFINITY);
    for (size_t i = 0; i < full; i += LANES) top = larger(top, load(scores + i));
    if (full <= query)
      top = larger(
          top, select(seen(full, query), load(scores + full), splat(-INFINITY)));
    float most = max_of(top);
    v16 m = splat(most), sum = splat(0);
    for (size_t i = 0; i < full; i += LANES) {
      v16 e = vexp(load(scores + i) - m);
      store(scores + i, e);
      sum += e;
    }
    size_t i = full;
    if (full <= query) {
      v16 e = select(seen(full, query), vexp(load(scores + full) - m), splat(0));
      store(scores + full, e);
      sum += e;
      i += LANES;
    }
    for (; i < end; i += LANES) store(scores + i, splat(0));
    float inverse = 1.0f / sum_of(sum);
    v16 r = splat(inverse);
    for (i = 0; i <= query; i += LANES) store(scores + i, load(scores + i) * r);
    maximum[row] = most;
    inverse_sum[row] = inverse;
  }
}

CLONES void ck_causal_softmax_again(
    size_t rows, size_t first, size_t keys, float *scores, size_t stride, const float *maximum,
    const float *inverse_sum) {
  size_t end = rounded_up(keys);
  for (size_t row = 0; row < rows; row++, scores += stride) {
    size_t query = first + row, full = (query + 1) / LANES * LANES, i = 0;
    v16 m = splat(maximum[row]), r = splat(inverse_sum[row]);
    for (; i < full; i += LANES) store(scores + i, vexp(load(scores + i) - m) * r);
    if (i <= query) {
      store(scores + i, select(seen(i, query), vexp(load(scores + i) - m) * r, splat(0)));
      i += LANES;
    }
    for (; i < end; i += LANES) store(scores + i, splat(0));
  }
}

CLONES void ck_causal_softmax_backward(
    size_t rows, size_t first, size_t keys, const float *weights, float *dweights, size_t stride) {
  size_t end = rounded_up(keys);
  for (size_t row = 0; row < rows; row++, weights += stride, dweights += stride) {
    size_t query = first + row, full = (query + 1) / LANES * LANES, i = 0;
    v16 acc = splat(0);
    for (; i < full; i += LANES) acc += load(weights + i) * load(dweights + i);
    if (i <= query) {
      v16 d = select(seen(i, query), load(dweights + i), splat(0));
      acc += load(weights + i) * d;
    }
    v16 mean = splat(sum_of(acc));
    for (i = 0; i < full; i += LANES)
      store(dweights + i, load(weights + i) * (load(dweights + i) - mean));
    if (i <= query) {
      v16 d = load(weights + i) * (load(dweights + i) - mean);
      store(dweights + i, select(seen(i, query), d, splat(0)));
      i += LANES;
    }
    for (; i < end; i += LANES) store(dweights + i, splat(0));
  }
}

CLONES void ck_drop_weights(
    size_t rows, size_t first, size_t keys, size_t context, uint32_t start, ck_dropout dropout,
    float *weights, size_t stride) {
  v16 scale = splat(dropout.scale), zero = splat(0);
  for (size_t row = 0; row < rows; row++, weights += stride) {
    uint32_t element = start + (uint32_t)((first + row) * context);
    for (size_t i = 0; i < keys; i += LANES) {
      i16 kept = survivors(dropout.key, dropout.threshold, element + (uint32_t)i);
      store(weights + i, select(kept, load(weights + i) * scale, zero));
    }
  }
}

CLONES void ck_attend_one(
    size_t keys, size_t width, const float *query, const float *keys_transposed, size_t capacity,
    const float *values, size_t value_stride, float scale, float *weights, float *mixed) {
  v16 top = splat(-INFINITY);
  for (size_t i = 0; i < keys; i += LANES) {
    v16 s = splat(0);
    for (size_t d = 0; d < width; d++)
      s += splat(query[d]) * load(keys_transposed + d * capacity + i);
    s = select(seen(i, keys - 1), s * splat(scale), splat(-INFINITY));
    store(weights + i, s);
    top = larger(top, s);
  }
  v16 m = splat(max_of(top)), sum = splat(0);
  for (size_t i = 0; i < keys; i += LANES) {
    v16 e = select(seen(i, keys - 1), vexp(load(weights + i) - m), splat(0));
    store(weights + i, e);
    sum += e;
  }
  float inverse = 1.0f / sum_of(sum);
  size_t d = 0;
  for (; d + LANES <= width; d += LANES) {
    v16 a = splat(0), b = splat(0);
    size_t j = 0;
    for (; j + 2 <= keys; j += 2) {
      a += splat(weights[j]) * load(values + j * value_stride + d);
      b += splat(weights[j + 1]) * load(values + (j + 1) * value_stride + d);
    }
    if (j < keys) a += splat(weights[j]) * load(values + j * value_stride + d);
    store(mixed + d, (a + b) * splat(inverse));
  }
  for (; d < width; d++) {
    float total = 0;
    for (size_t j = 0; j < keys; j++) total += weights[j] * values[j * value_stride + d];
    mixed[d] = total * inverse;
  }
}

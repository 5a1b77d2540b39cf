// Causal self-attention of one head over one window, forward and beneath it backward. No matrix of
// tokens x tokens is ever made: scores live in blocks that stay in cache, and the backward pass
// computes them again.
#include "tiles.h"

#include "include/transformer.h"

/* Queries and keys of a block of the backward pass; multiples of the heights and widths of tiles. */
enum { ROWS = 12, VECTORS = 2, QUERIES = 48, KEYS = 192 };

size_t ck_attention_scratch(size_t tokens, size_t width) {
  size_t keys = rounded_up(tokens, LANES), columns = rounded_up(width, LANES);
  size_t forward = width * keys + tokens * columns + ROWS * (keys + columns);
  size_t backward = 2 * width * keys + 5 * tokens * columns + QUERIES * (columns + 2 * KEYS);
  return forward > backward ? forward : backward;
}

INLINE void copy_rows(
    size_t rows, size_t columns, const float *x, size_t row, float *y, size_t y_row) {
  for (size_t i = 0; i < rows; i++) memcpy(y + i * y_row, x + i * row, columns * sizeof(float));
}

/* Scores of a query become e to the power of their distance to the greatest, dropped if `dropping`, and
   zero for the keys from the query on; keeps the greatest scaled score and 1 / the sum before dropping. */
INLINE void exponentiate(
    const int dropping, const ck_attention *x, size_t query, size_t keys, float *scores) {
  const ck_dropout dropout = x->dropout;
  v16 top = splat(-INFINITY), total = splat(0), scale = splat(x->scale);
  size_t full = (query + 1) / LANES * LANES, end = rounded_up(query + 1, LANES), i = 0;
  v16 other = top;
  for (; i + 2 * LANES <= full; i += 2 * LANES) {
    top = larger(top, load(scores + i));
    other = larger(other, load(scores + i + LANES));
  }
  if (i < full) top = larger(top, load(scores + i)), i += LANES;
  top = larger(top, other);
  if (i < end) top = larger(top, select(seen(i, query), load(scores + i), splat(-INFINITY)));
  float most = max_of(top) * x->scale;
  v16 least_power = splat(-most), zero = splat(0), kept_scale = splat(dropout.scale);
  uint32_t element = x->first_element + (uint32_t)(query * x->tokens);
  for (i = 0; i < end; i += LANES) {
    v16 e = vexp(fused(load(scores + i), scale, least_power));
    if (i >= full) e = select(seen(i, query), e, zero);
    total += e;
    if (dropping) {
      i16 kept = survivors(dropout.key, dropout.threshold, element + (uint32_t)i);
      e = select(kept, e * kept_scale, zero);
    }
    store(scores + i, e);
  }
  for (; i < keys; i += LANES) store(scores + i, zero);
  x->maximum[query] = most;
  x->inverse_sum[query] = 1.0f / sum_of(total);
}

INLINE void forward(const int rows, const int vectors, const ck_attention *x) {
  size_t keys = rounded_up(x->tokens, LANES), columns = rounded_up(x->width, LANES);
  float *transposed = x->scratch, *values = transposed + x->width * keys;
  float *scores = values + x->tokens * columns, *mixed = scores + (size_t)rows * keys;
  strided q = {x->query, x->row, 1}, k = {x->key, 1, x->row}, v = {x->value, x->row, 1};
  pack(vectors, x->width, x->tokens, k, transposed);
  pack(vectors, x->tokens, x->width, v, values);
  for (size_t i = 0, count; i < x->tokens; i += count) {
    count = tile_rows(rows, x->tokens - i);
    size_t near = least(rounded_up(i + count, LANES * (size_t)vectors), keys);
    tiles(
        rows, vectors, count, near, x->width, part(q, i, 0), (packed){transposed, x->width, 0},
        from_zero, scores, keys);
    for (size_t r = 0; r < count; r++) {
      if (x->dropout.threshold) exponentiate(1, x, i + r, near, scores + r * keys);
      else exponentiate(0, x, i + r, near, scores + r * keys);
    }
    tiles(
        rows, vectors, count, x->width, i + count, (strided){scores, keys, 1},
        (packed){values, x->tokens, 0}, from_zero, mixed, columns);
    for (size_t r = 0; r < count; r++) {
      float *out = x->mixed + (i + r) * x->mixed_row;
      for (size_t d = 0; d < x->width; d++) out[d] = mixed[r * columns + d] * x->inverse_sum[i + r];
    }
  }
}

/* dmixed . mixed of a query: the mean of the gradient of its weights. */
INLINE float mean_gradient(const ck_attention *x, size_t query) {
  const float *y = x->mixed + query * x->mixed_row, *dy = x->dmixed + query * x->mixed_row;
  v16 sum = splat(0);
  size_t d = 0;
  for (; d + LANES <= x->width; d += LANES) sum += load(y + d) * load(dy + d);
  if (d < x->width) sum += load_some(y + d, x->width - d, 0) * load_some(dy + d, x->width - d, 0);
  return sum_of(sum);
}

/* From the scores of a query and the gradient of its weights, over the keys from `first` on: the
   weights as they mixed the values, and the gradient of q . k, in the places of both. */
INLINE void undo_softmax(
    const int dropping, const ck_attention *x, size_t query, size_t first, size_t keys,
    float *scores, float *gradient) {
  const ck_dropout dropout = x->dropout;
  v16 scale = splat(x->scale), least_power = splat(-x->maximum[query]);
  v16 inverse = splat(x->inverse_sum[query]), scaled = splat(x->inverse_sum[query] * x->scale);
  v16 delta = splat(mean_gradient(x, query)), zero = splat(0), kept_scale = splat(dropout.scale);
  uint32_t element = x->first_element + (uint32_t)(query * x->tokens + first);
  size_t seen_keys = query + 1 > first ? least(query + 1 - first, keys) : 0;
  size_t full = seen_keys / LANES * LANES, end = rounded_up(seen_keys, LANES), i = 0;
  for (; i < end; i += LANES) {
    v16 e = vexp(fused(load(scores + i), scale, least_power)), d = load(gradient + i);
    if (i >= full) e = select(seen(first + i, query), e, zero);
    v16 weight = e * inverse;
    if (dropping) {
      i16 kept = survivors(dropout.key, dropout.threshold, element + (uint32_t)i);
      weight = select(kept, weight * kept_scale, zero);
      d = select(kept, d * kept_scale, zero);
    }
    store(scores + i, weight);
    store(gradient + i, e * scaled * (d - delta));
  }
  for (; i < keys; i += LANES) {
    store(scores + i, zero);
    store(gradient + i, zero);
  }
}

INLINE void backward(const int rows, const int vectors, const ck_attention *x) {
  size_t tokens = x->tokens, width = x->width;
  size_t all_keys = rounded_up(tokens, LANES), columns = rounded_up(width, LANES);
  size_t rows_of_columns = tokens * columns;
  float *keys_t = x->scratch, *values_t = keys_t + width * all_keys;
  float *keys = values_t + width * all_keys, *queries = keys + rows_of_columns;
  float *dmixed = queries + rows_of_columns, *dkeys = dmixed + rows_of_columns;
  float *dvalues = dkeys + rows_of_columns, *dqueries = dvalues + rows_of_columns;
  float *scores = dqueries + QUERIES * columns, *dscores = scores + QUERIES * KEYS;
  strided q = {x->query, x->row, 1}, k = {x->key, x->row, 1};
  strided k_t = {x->key, 1, x->row}, v_t = {x->value, 1, x->row};
  strided d = {x->dmixed, x->mixed_row, 1};
  pack(vectors, width, tokens, k_t, keys_t);
  pack(vectors, width, tokens, v_t, values_t);
  pack(vectors, tokens, width, k, keys);
  pack(vectors, tokens, width, q, queries);
  pack(vectors, tokens, width, d, dmixed);
  memset(dkeys, 0, 2 * rows_of_columns * sizeof(float));
  for (size_t i = 0; i < tokens; i += QUERIES) {
    size_t end = least(i + QUERIES, tokens);
    memset(dqueries, 0, QUERIES * columns * sizeof(float));
    for (size_t j = 0; j < end; j += KEYS) {
      for (size_t r = i, count; r < end; r += count) {
        count = tile_rows(rows, tokens - r);
        if (r + count <= j) continue;
        size_t near = least(rounded_up(r + count - j, LANES * (size_t)vectors), all_keys - j);
        near = least(near, KEYS);
        float *s = scores + (r - i) * KEYS, *ds = dscores + (r - i) * KEYS;
        float *dq = dqueries + (r - i) * columns;
        tiles(
            rows, vectors, count, near, width, part(q, r, 0),
            (packed){keys_t + j * width, width, 0}, from_zero, s, KEYS);
        // undoes: mixed = dropped weights . values
        tiles(
            rows, vectors, count, near, width, part(d, r, 0),
            (packed){values_t + j * width, width, 0}, from_zero, ds, KEYS);
        // undoes: weights = softmax(scale q . k)
        for (size_t row = 0; row < count; row++) {
          if (x->dropout.threshold)
            undo_softmax(1, x, r + row, j, near, s + row * KEYS, ds + row * KEYS);
          else undo_softmax(0, x, r + row, j, near, s + row * KEYS, ds + row * KEYS);
        }
        tiles(
            rows, vectors, count, width, least(near, tokens - j), (strided){ds, KEYS, 1},
            (packed){keys, tokens, j}, (beginning){dq, columns, 0}, dq, columns);
      }
      for (size_t key = j, count; key < least(j + KEYS, end); key += count) {
        count = tile_rows(rows, tokens - key);
        size_t first = key > i ? key : i, offset = (first - i) * KEYS + key - j;
        float *dv = dvalues + key * columns, *dk = dkeys + key * columns;
        tiles(
            rows, vectors, count, width, end - first, (strided){scores + offset, 1, KEYS},
            (packed){dmixed, tokens, first}, (beginning){dv, columns, 0}, dv, columns);
        tiles(
            rows, vectors, count, width, end - first, (strided){dscores + offset, 1, KEYS},
            (packed){queries, tokens, first}, (beginning){dk, columns, 0}, dk, columns);
      }
    }
    copy_rows(end - i, width, dqueries, columns, x->dquery + i * x->row, x->row);
  }
  copy_rows(tokens, width, dkeys, columns, x->dkey, x->row);
  copy_rows(tokens, width, dvalues, columns, x->dvalue, x->row);
}

FOR_EACH_LEVEL(attend, forward, const ck_attention *, ROWS, VECTORS)
FOR_EACH_LEVEL(undo_attend, backward, const ck_attention *, ROWS, VECTORS)

void ck_attention_forward(const ck_attention *x) { attend(x); }
void ck_attention_backward(const ck_attention *x) { undo_attend(x); }

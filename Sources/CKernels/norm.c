// Layer normalisation, forward and beneath it backward.
#include "vector.h"

#include "include/transformer.h"

static const float epsilon = 1e-5f;

/* Sum of f over a row where f is given by the statement `TERM` on vectors x (and index i). */
#define SUM_OVER_ROW(total, i, columns, TERM, TERM_SOME)         \
  do {                                                           \
    v16 acc = splat(0);                                          \
    size_t i = 0;                                                \
    for (; i + LANES <= (columns); i += LANES) acc += (TERM);    \
    if (i < (columns)) {                                         \
      size_t rest = (columns) - i;                               \
      acc += (TERM_SOME);                                        \
    }                                                            \
    total = sum_of(acc);                                         \
  } while (0)

CLONES void ck_norm_forward(
    size_t rows, size_t columns, const float *x, const float *gain, const float *bias, float *y,
    float *mean, float *inverse_deviation) {
  for (size_t row = 0; row < rows; row++, x += columns, y += columns) {
    float sum, square;
    SUM_OVER_ROW(sum, i, columns, load(x + i), load_some(x + i, rest, 0));
    float mu = sum / (float)columns;
    v16 m = splat(mu);
    SUM_OVER_ROW(
        square, i, columns, (load(x + i) - m) * (load(x + i) - m),
        (load_some(x + i, rest, mu) - m) * (load_some(x + i, rest, mu) - m));
    float inverse = 1.0f / sqrtf(square / (float)columns + epsilon);
    v16 r = splat(inverse);
    size_t i = 0;
    for (; i + LANES <= columns; i += LANES)
      store(y + i, (load(x + i) - m) * r * load(gain + i) + load(bias + i));
    for (; i < columns; i++) y[i] = (x[i] - mu) * inverse * gain[i] + bias[i];
    mean[row] = mu;
    inverse_deviation[row] = inverse;
  }
}

CLONES void ck_norm_backward(
    size_t rows, size_t columns, const float *x, const float *gain, const float *mean,
    const float *inverse_deviation, const float *dy, float *dx, float *dgain, float *dbias,
    int accumulating) {
  for (size_t row = 0; row < rows; row++, x += columns, dy += columns, dx += columns) {
    float mu = mean[row], inverse = inverse_deviation[row];
    v16 m = splat(mu), r = splat(inverse), a = splat(0), b = splat(0);
    size_t i = 0;
    for (; i + LANES <= columns; i += LANES) {
      v16 d = load(dy + i), hat = (load(x + i) - m) * r, g = d * load(gain + i);
      a += g;
      b += g * hat;
      store(dgain + i, load(dgain + i) + d * hat);
      store(dbias + i, load(dbias + i) + d);
    }
    if (i < columns) {
      size_t rest = columns - i;
      v16 d = load_some(dy + i, rest, 0), hat = (load_some(x + i, rest, mu) - m) * r;
      v16 g = d * load_some(gain + i, rest, 0);
      a += g;
      b += g * hat;
      store_some(dgain + i, load_some(dgain + i, rest, 0) + d * hat, rest);
      store_some(dbias + i, load_some(dbias + i, rest, 0) + d, rest);
    }
    float mean_g = sum_of(a) / (float)columns, mean_gh = sum_of(b) / (float)columns;
    v16 mg = splat(mean_g), mgh = splat(mean_gh);
    for (i = 0; i + LANES <= columns; i += LANES) {
      v16 hat = (load(x + i) - m) * r;
      v16 d = (load(dy + i) * load(gain + i) - mg - hat * mgh) * r;
      store(dx + i, accumulating ? load(dx + i) + d : d);
    }
    for (; i < columns; i++) {
      float hat = (x[i] - mu) * inverse;
      float d = (dy[i] * gain[i] - mean_g - hat * mean_gh) * inverse;
      dx[i] = accumulating ? dx[i] + d : d;
    }
  }
}

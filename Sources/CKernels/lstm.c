// The gates of a layer of long short-term memory (Hochreiter & Schmidhuber 1997; Gers et al. 2000), forward
// and beneath it backward. A row of gates is i, f, g, o, `width` floats each, as in PyTorch:
//
//   i, f, o = sigmoid(a)   g = tanh(a)   c' = f c + i g   h = o tanh(c')
#include "vector.h"

#include "include/recurrent.h"

#define sigmoid(X) reciprocal(splat(1.0f) + vexp(smaller(-(X), splat(80.0f))))
/* Off by some 1e-7 of the greatest value, 1: near zero that is not relative to the value. */
#define hyperbolic_tangent(X) fused(sigmoid(splat(2.0f) * (X)), splat(2.0f), splat(-1.0f))

#define FORWARD(I, F, G, O, C)                              \
  v16 i = sigmoid(I), f = sigmoid(F);                       \
  v16 g = hyperbolic_tangent(G), o = sigmoid(O);            \
  v16 next = fused(f, (C), i * g);                          \
  v16 tangent = hyperbolic_tangent(next);                   \
  v16 hidden = o * tangent

CLONES void ck_lstm_forward(
    size_t rows, size_t width, float *gates, const float *cell, float *next_cell, float *squashed,
    float *output) {
  for (size_t row = 0; row < rows; row++) {
    float *pi = gates + 4 * width * row, *pf = pi + width, *pg = pf + width, *po = pg + width;
    size_t at = width * row, j = 0;
    for (; j + LANES <= width; j += LANES) {
      FORWARD(load(pi + j), load(pf + j), load(pg + j), load(po + j), load(cell + at + j));
      store(pi + j, i);
      store(pf + j, f);
      store(pg + j, g);
      store(po + j, o);
      store(next_cell + at + j, next);
      store(squashed + at + j, tangent);
      store(output + at + j, hidden);
    }
    if (j < width) {
      size_t n = width - j;
      FORWARD(
          load_some(pi + j, n, 0), load_some(pf + j, n, 0), load_some(pg + j, n, 0),
          load_some(po + j, n, 0), load_some(cell + at + j, n, 0));
      store_some(pi + j, i, n);
      store_some(pf + j, f, n);
      store_some(pg + j, g, n);
      store_some(po + j, o, n);
      store_some(next_cell + at + j, next, n);
      store_some(squashed + at + j, tangent, n);
      store_some(output + at + j, hidden, n);
    }
  }
}

#define BACKWARD(I, F, G, O, C, T, DH, DC)                                      \
  v16 i = (I), f = (F), g = (G), o = (O), tangent = (T), dh = (DH);             \
  v16 one = splat(1.0f);                                                        \
  v16 dnext = fused(dh * o, fused(-tangent, tangent, one), (DC));               \
  v16 di = dnext * g * (i * (one - i));                                         \
  v16 df = dnext * (C) * (f * (one - f));                                       \
  v16 dg = dnext * i * fused(-g, g, one);                                       \
  v16 dout = dh * tangent * (o * (one - o));                                    \
  v16 dbefore = dnext * f

CLONES void ck_lstm_backward(
    size_t rows, size_t width, float *gates, const float *cell, const float *squashed,
    const float *doutput, float *dcell) {
  for (size_t row = 0; row < rows; row++) {
    float *pi = gates + 4 * width * row, *pf = pi + width, *pg = pf + width, *po = pg + width;
    size_t at = width * row, j = 0;
    for (; j + LANES <= width; j += LANES) {
      BACKWARD(
          load(pi + j), load(pf + j), load(pg + j), load(po + j), load(cell + at + j),
          load(squashed + at + j), load(doutput + at + j), load(dcell + at + j));
      store(pi + j, di);
      store(pf + j, df);
      store(pg + j, dg);
      store(po + j, dout);
      store(dcell + at + j, dbefore);
    }
    if (j < width) {
      size_t n = width - j;
      BACKWARD(
          load_some(pi + j, n, 0), load_some(pf + j, n, 0), load_some(pg + j, n, 0),
          load_some(po + j, n, 0), load_some(cell + at + j, n, 0),
          load_some(squashed + at + j, n, 0), load_some(doutput + at + j, n, 0),
          load_some(dcell + at + j, n, 0));
      store_some(pi + j, di, n);
      store_some(pf + j, df, n);
      store_some(pg + j, dg, n);
      store_some(po + j, dout, n);
      store_some(dcell + at + j, dbefore, n);
    }
  }
}

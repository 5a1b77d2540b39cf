// The Gaussian error linear unit in its tanh form (Hendrycks & Gimpel 2016), written as
// x * sigmoid(2u), u = sqrt(2/pi) (x + 0.044715 x^3).
#include "vector.h"

#include "include/transformer.h"

static const float twice_root = 1.5957691216057308f; /* 2 sqrt(2 / pi) */
static const float cubic = 0.044715f;

#define gate(X)                                                              \
  ({                                                                         \
    v16 g_ = (X);                                                            \
    v16 u_ = splat(twice_root) * (g_ + splat(cubic) * g_ * g_ * g_);         \
    splat(1.0f) / (splat(1.0f) + vexp(-u_));                                 \
  })
#define slope(X)                                                             \
  ({                                                                         \
    v16 v_ = (X), s_ = gate(v_);                                             \
    v16 du_ = splat(twice_root) * (splat(1.0f) + splat(3 * cubic) * v_ * v_); \
    s_ + v_ * s_ * (splat(1.0f) - s_) * du_;                                 \
  })

CLONES void ck_gelu_forward(size_t count, const float *x, float *y) {
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    v16 v = load(x + i);
    store(y + i, v * gate(v));
  }
  if (i < count) {
    v16 v = load_some(x + i, count - i, 0);
    store_some(y + i, v * gate(v), count - i);
  }
}

CLONES void ck_gelu_backward(size_t count, const float *x, float *dy) {
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) store(dy + i, load(dy + i) * slope(load(x + i)));
  if (i < count) {
    size_t rest = count - i;
    v16 d = load_some(dy + i, rest, 0) * slope(load_some(x + i, rest, 0));
    store_some(dy + i, d, rest);
  }
}

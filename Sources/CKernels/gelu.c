// The Gaussian error linear unit in its tanh form (Hendrycks & Gimpel 2016), written as
// x * sigmoid(2u), u = sqrt(2/pi) (x + 0.044715 x^3), and its derivative
// sigmoid(2u) + x * sigmoid(2u) * (1 - sigmoid(2u)) * 2u'.
#include "vector.h"

#include "include/transformer.h"

static const float twice_root = 1.5957691216057308f; /* 2 sqrt(2 / pi) */
static const float cubic = 0.044715f;

#define GELU(X, Y, SLOPE)                                                       \
  v16 x_ = (X), square = x_ * x_;                                               \
  v16 bend = fused(square, splat(twice_root * cubic), splat(twice_root));       \
  v16 power = smaller(-(x_ * bend), splat(80.0f));                              \
  v16 gate = reciprocal(splat(1.0f) + vexp(power));                             \
  v16 Y = x_ * gate;                                                            \
  v16 twice_du = fused(square, splat(3 * twice_root * cubic), splat(twice_root)); \
  v16 SLOPE = fused(Y * twice_du, splat(1.0f) - gate, gate)

CLONES void ck_gelu(size_t count, float *x, float *slope) {
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    GELU(load(x + i), y, s);
    store(x + i, y);
    if (slope) store(slope + i, s);
  }
  if (i < count) {
    GELU(load_some(x + i, count - i, 0), y, s);
    store_some(x + i, y, count - i);
    if (slope) store_some(slope + i, s, count - i);
  }
}

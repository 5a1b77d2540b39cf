// The optimiser's loops.
#include "vector.h"

#include "include/transformer.h"

CLONES double ck_sum_of_squares(size_t count, const float *x) {
  double parts[LANES] = {0};
  size_t i = 0;
  for (; i + LANES <= count; i += LANES)
    for (int lane = 0; lane < LANES; lane++) parts[lane] += (double)x[i + lane] * (double)x[i + lane];
  for (; i < count; i++) parts[0] += (double)x[i] * (double)x[i];
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int lane = 0; lane < width; lane++) parts[lane] += parts[lane + width];
  return parts[0];
}

CLONES void ck_adam(
    size_t count, ck_adam_step s, const float *gradient, float *restrict m, float *restrict v,
    float *restrict x) {
  for (size_t i = 0; i < count; i++) {
    float g = gradient[i] * s.gradient_scale;
    m[i] = s.beta1 * m[i] + (1 - s.beta1) * g;
    v[i] = s.beta2 * v[i] + (1 - s.beta2) * g * g;
    float step = m[i] * s.correction1 / (sqrtf(v[i] * s.correction2) + s.epsilon);
    x[i] -= s.rate * (step + s.decay * x[i]);
  }
}

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

/* X, or zero where it is below the floor. Subnormal numbers cost some processors a hundred times the
   time of others, and moments that decay end there; with floors far below Adam's epsilon, what is
   cleared could move no parameter. */
#define cleared(X, FLOOR)                                              \
  ({                                                                   \
    v16 small_ = (X);                                                  \
    select(larger(small_, -small_) >= splat(FLOOR), small_, splat(0)); \
  })

/* Where all first moments are zero, as of units that no state excites any more, the root and the
   division that take most of the time are spared. */
#define STEP(G, M, V, X)                                                                       \
  ({                                                                                           \
    v16 g_ = cleared((G) * s.gradient_scale, 1e-15f), direction_ = splat(0);                   \
    (M) = cleared(fused(splat(s.beta1), (M), (1 - s.beta1) * g_), 1e-25f);                     \
    (V) = cleared(fused(splat(s.beta2), (V), (1 - s.beta2) * (g_ * g_)), 1e-30f);              \
    if (__builtin_reduce_or((i16)(M)))                                                         \
      direction_ = (M) * s.correction1 /                                                       \
                   (__builtin_elementwise_sqrt((V) * s.correction2) + s.epsilon);              \
    (X) = fused(splat(-s.rate), fused(splat(s.decay), (X), direction_), (X));                  \
  })

CLONES void ck_adam(
    size_t count, ck_adam_step s, const float *gradient, float *restrict m, float *restrict v,
    float *restrict x, float *restrict copy) {
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    v16 first = load(m + i), second = load(v + i), moved = load(x + i);
    STEP(load(gradient + i), first, second, moved);
    store(m + i, first);
    store(v + i, second);
    store(x + i, moved);
    if (copy) store(copy + i, moved);
  }
  if (i < count) {
    size_t rest = count - i;
    v16 first = load_some(m + i, rest, 0), second = load_some(v + i, rest, 0);
    v16 moved = load_some(x + i, rest, 0);
    STEP(load_some(gradient + i, rest, 0), first, second, moved);
    store_some(m + i, first, rest);
    store_some(v + i, second, rest);
    store_some(x + i, moved, rest);
    if (copy) store_some(copy + i, moved, rest);
  }
}

// See network.h for what each kernel computes. Vectors of 16 floats are the unit of every sum, so
// that the order of additions does not depend on the processor; clones are chosen when loaded.
#include "network.h"
#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_CLONES 1  // the resolver of a clone would run before the sanitizer is up
#endif
#endif
#if defined(__x86_64__) && defined(__ELF__) && defined(__GLIBC__) && !defined(NO_CLONES)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))
#pragma STDC FP_CONTRACT OFF

typedef float v16 __attribute__((vector_size(64), aligned(4)));
#define AT(pointer) (*(v16 *)(pointer))
#define READ(pointer) (*(const v16 *)(pointer))
#define RECTIFY(y) ((y) > 0 ? (y) : 0)

INLINE void rectify(float *y, size_t columns) {
  for (size_t j = 0; j < columns; j++) y[j] = RECTIFY(y[j]);
}

CLONES void network_lookup(
  size_t active, const int32_t *rows, size_t columns, const float *table, size_t stride,
  const float *bias, float *restrict y) {
  memcpy(y, bias, columns * sizeof(float));
  for (size_t k = 0; k < active; k++) {
    const float *row = table + (size_t)rows[k] * stride;
    for (size_t j = 0; j < columns; j++) y[j] += row[j];
  }
  rectify(y, columns);
}

CLONES void network_dense_rectified(
  size_t inputs, size_t columns, const float *x, const float *w, size_t stride, const float *bias,
  float *restrict y) {
  int32_t live[4096];
  size_t count = 0;
  for (size_t i = 0; i < inputs; i++) {
    live[count] = (int32_t)i;
    count += x[i] > 0;
  }
  size_t j = 0;
  for (; j + 64 <= columns; j += 64) {
    v16 a0 = READ(bias + j), a1 = READ(bias + j + 16);
    v16 a2 = READ(bias + j + 32), a3 = READ(bias + j + 48);
    for (size_t k = 0; k < count; k++) {
      const float *row = w + (size_t)live[k] * stride + j;
      float scale = x[live[k]];
      a0 += scale * READ(row);
      a1 += scale * READ(row + 16);
      a2 += scale * READ(row + 32);
      a3 += scale * READ(row + 48);
    }
    AT(y + j) = a0;
    AT(y + j + 16) = a1;
    AT(y + j + 32) = a2;
    AT(y + j + 48) = a3;
  }
  for (; j < columns; j++) {
    float sum = bias[j];
    for (size_t k = 0; k < count; k++) sum += x[live[k]] * w[(size_t)live[k] * stride + j];
    y[j] = sum;
  }
  rectify(y, columns);
}

// The lanes' sum, by halves; a pointer, because a vector argument would depend on the processor.
INLINE float sum_of(const v16 *lanes) {
  float a[16];
  memcpy(a, lanes, sizeof a);
  for (size_t width = 8; width >= 1; width /= 2) {
    for (size_t i = 0; i < width; i++) a[i] += a[i + width];
  }
  return a[0];
}

INLINE float dot(size_t n, const float *x, const float *y) {
  v16 a0 = {0}, a1 = {0};
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    a0 += READ(x + i) * READ(y + i);
    a1 += READ(x + i + 16) * READ(y + i + 16);
  }
  a0 += a1;
  float sum = sum_of(&a0);
  for (; i < n; i++) sum += x[i] * y[i];
  return sum;
}

CLONES void network_output(
  size_t inputs, size_t outputs, const float *x, const float *w, size_t stride, const float *bias,
  float *restrict y) {
  for (size_t j = 0; j < outputs; j++) y[j] = bias[j] + dot(inputs, x, w + j * stride);
}

CLONES void network_rectifier_backward(
  size_t rows, size_t columns, const float *restrict y, size_t stride, float *restrict dy,
  size_t dstride, float *restrict db) {
  memset(db, 0, columns * sizeof(float));
  for (size_t r = 0; r < rows; r++) {
    const float *out = y + r * stride;
    float *gradient = dy + r * dstride;
    for (size_t j = 0; j < columns; j++) {
      gradient[j] = out[j] > 0 ? gradient[j] : 0;
      db[j] += gradient[j];
    }
  }
}

// e^x for x <= 0, by the powers of two nearest below and a polynomial on the rest (Cephes).
INLINE float exponential(float x) {
  x = x < -87.3f ? -87.3f : x;
  float r = (x * 1.44269504088896341f + 12582912.0f) - 12582912.0f;
  float f = (x - r * 0.693359375f) - r * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * f + 1.3981999507e-3f;
  p = p * f + 8.3334519073e-3f;
  p = p * f + 4.1665795894e-2f;
  p = p * f + 1.6666665459e-1f;
  p = p * f + 5.0000001201e-1f;
  p = p * f * f + f + 1.0f;
  union {
    int32_t bits;
    float value;
  } power = {((int32_t)r + 127) << 23};
  return p * power.value;
}

void network_softmax(size_t columns, const float *x, float *restrict p) {
  float highest = x[0], sum = 0;
  for (size_t j = 1; j < columns; j++) highest = x[j] > highest ? x[j] : highest;
  for (size_t j = 0; j < columns; j++) {
    p[j] = exponential(x[j] - highest);
    sum += p[j];
  }
  for (size_t j = 0; j < columns; j++) p[j] /= sum;
}

CLONES void network_adam(
  size_t n, float *restrict p, const float *restrict g, float *restrict m, float *restrict v,
  float *restrict copy, float b1, float b2, float rate, float correction, float epsilon) {
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    v16 gradient = READ(g + i);
    v16 first = b1 * READ(m + i) + (1 - b1) * gradient;
    v16 second = b2 * READ(v + i) + (1 - b2) * (gradient * gradient);
    v16 moved = READ(p + i)
      - rate * first / (__builtin_elementwise_sqrt(correction * second) + epsilon);
    AT(m + i) = first;
    AT(v + i) = second;
    AT(p + i) = moved;
    AT(copy + i) = moved;
  }
  for (; i < n; i++) {
    float gradient = g[i];
    m[i] = b1 * m[i] + (1 - b1) * gradient;
    v[i] = b2 * v[i] + (1 - b2) * (gradient * gradient);
    p[i] -= rate * m[i] / (__builtin_elementwise_sqrt(correction * v[i]) + epsilon);
    copy[i] = p[i];
  }
}

// See network.h for what each kernel computes. Vectors of 16 floats are the unit of every sum, so
// that the order of additions does not depend on the processor; clones are chosen when loaded.
#include "vector.h"

#include "include/network.h"

#define RECTIFY(y) ((y) > 0 ? (y) : 0)

INLINE void rectify(float *y, size_t columns) {
  for (size_t j = 0; j < columns; j++) y[j] = RECTIFY(y[j]);
}

CLONES void ck_network_lookup(
  size_t active, const int32_t *rows, size_t columns, const float *table, size_t stride,
  const float *bias, float *restrict y) {
  memcpy(y, bias, columns * sizeof(float));
  for (size_t k = 0; k < active; k++) {
    const float *row = table + (size_t)rows[k] * stride;
    for (size_t j = 0; j < columns; j++) y[j] += row[j];
  }
  rectify(y, columns);
}

CLONES void ck_network_dense_rectified(
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
    v16 a0 = load(bias + j), a1 = load(bias + j + 16);
    v16 a2 = load(bias + j + 32), a3 = load(bias + j + 48);
    for (size_t k = 0; k < count; k++) {
      const float *row = w + (size_t)live[k] * stride + j;
      float scale = x[live[k]];
      a0 += scale * load(row);
      a1 += scale * load(row + 16);
      a2 += scale * load(row + 32);
      a3 += scale * load(row + 48);
    }
    store(y + j, a0);
    store(y + j + 16, a1);
    store(y + j + 32, a2);
    store(y + j + 48, a3);
  }
  for (; j < columns; j++) {
    float sum = bias[j];
    for (size_t k = 0; k < count; k++) sum += x[live[k]] * w[(size_t)live[k] * stride + j];
    y[j] = sum;
  }
  rectify(y, columns);
}

INLINE float dot(size_t n, const float *x, const float *y) {
  v16 a0 = {0}, a1 = {0};
  size_t i = 0;
  for (; i + 32 <= n; i += 32) {
    a0 += load(x + i) * load(y + i);
    a1 += load(x + i + 16) * load(y + i + 16);
  }
  a0 += a1;
  float sum = sum_of(a0);
  for (; i < n; i++) sum += x[i] * y[i];
  return sum;
}

CLONES void ck_network_output(
  size_t inputs, size_t outputs, const float *x, const float *w, size_t stride, const float *bias,
  float *restrict y) {
  for (size_t j = 0; j < outputs; j++) y[j] = bias[j] + dot(inputs, x, w + j * stride);
}

CLONES void ck_network_rectifier_backward(
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

void ck_network_softmax(size_t columns, const float *x, float *restrict p) {
  float highest = x[0], sum = 0;
  for (size_t j = 1; j < columns; j++) highest = x[j] > highest ? x[j] : highest;
  for (size_t j = 0; j < columns; j++) {
    p[j] = exponential(x[j] - highest);
    sum += p[j];
  }
  for (size_t j = 0; j < columns; j++) p[j] /= sum;
}

// Patches of pictures, pooling, rectification.
#include "vector.h"

#include "include/convolution.h"

/* One axis: how many places, and how far the first reaches over the edge. */
typedef struct {
  size_t places, before;
} axis;

static axis axis_of(size_t length, size_t kernel, size_t stride) {
  size_t places = (length + stride - 1) / stride, reach = (places - 1) * stride + kernel;
  return (axis){places, reach > length ? (reach - length) / 2 : 0};
}

/* The part of a patch's row or column that lies within the picture: [first, last), and where in the
   picture it begins. */
typedef struct {
  size_t first, last, from;
} inner;

static inner inside(axis a, size_t place, size_t length, size_t kernel, size_t stride) {
  size_t begin = place * stride;
  size_t first = begin < a.before ? a.before - begin : 0, from = begin + first - a.before;
  size_t last = kernel;
  if (begin + kernel > a.before + length) last = a.before + length - begin;
  return (inner){first, last, from};
}

void ck_patches(ck_window w, size_t pictures, const float *x, float *out) {
  axis down = axis_of(w.rows, w.kernel, w.stride), along = axis_of(w.columns, w.kernel, w.stride);
  size_t row = w.columns * w.channels, patch_row = w.kernel * w.channels;
  for (size_t n = 0; n < pictures; n++, x += w.rows * row)
    for (size_t i = 0; i < down.places; i++) {
      inner v = inside(down, i, w.rows, w.kernel, w.stride);
      for (size_t j = 0; j < along.places; j++, out += w.kernel * patch_row) {
        inner h = inside(along, j, w.columns, w.kernel, w.stride);
        size_t left = h.first * w.channels, length = (h.last - h.first) * w.channels;
        if (v.last - v.first < w.kernel || length < patch_row)
          memset(out, 0, w.kernel * patch_row * sizeof(float));
        const float *from = x + v.from * row + h.from * w.channels;
        for (size_t k = v.first; k < v.last; k++, from += row)
          memcpy(out + k * patch_row + left, from, length * sizeof(float));
      }
    }
}

CLONES void ck_patches_backward(ck_window w, size_t pictures, const float *dout, float *dx) {
  axis down = axis_of(w.rows, w.kernel, w.stride), along = axis_of(w.columns, w.kernel, w.stride);
  size_t row = w.columns * w.channels, patch_row = w.kernel * w.channels;
  for (size_t n = 0; n < pictures; n++, dx += w.rows * row)
    for (size_t i = 0; i < down.places; i++) {
      inner v = inside(down, i, w.rows, w.kernel, w.stride);
      for (size_t j = 0; j < along.places; j++, dout += w.kernel * patch_row) {
        inner h = inside(along, j, w.columns, w.kernel, w.stride);
        size_t left = h.first * w.channels, length = (h.last - h.first) * w.channels;
        float *to = dx + v.from * row + h.from * w.channels;
        for (size_t k = v.first; k < v.last; k++, to += row) {
          const float *from = dout + k * patch_row + left;
          for (size_t c = 0; c < length; c++) to[c] += from[c];
        }
      }
    }
}

CLONES void ck_max_pool(ck_window w, size_t pictures, const float *x, float *y) {
  axis down = axis_of(w.rows, w.kernel, w.stride), along = axis_of(w.columns, w.kernel, w.stride);
  size_t row = w.columns * w.channels;
  for (size_t n = 0; n < pictures; n++, x += w.rows * row)
    for (size_t i = 0; i < down.places; i++) {
      inner v = inside(down, i, w.rows, w.kernel, w.stride);
      for (size_t j = 0; j < along.places; j++, y += w.channels) {
        inner h = inside(along, j, w.columns, w.kernel, w.stride);
        for (size_t c = 0; c < w.channels; c++) y[c] = -INFINITY;
        for (size_t k = v.first; k < v.last; k++)
          for (size_t l = h.first; l < h.last; l++) {
            const float *p = x + (v.from + k - v.first) * row + (h.from + l - h.first) * w.channels;
            for (size_t c = 0; c < w.channels; c++) y[c] = p[c] > y[c] ? p[c] : y[c];
          }
      }
    }
}

void ck_max_pool_backward(
    ck_window w, size_t pictures, const float *x, const float *y, const float *dy, float *dx) {
  axis down = axis_of(w.rows, w.kernel, w.stride), along = axis_of(w.columns, w.kernel, w.stride);
  size_t row = w.columns * w.channels;
  for (size_t n = 0; n < pictures; n++, x += w.rows * row, dx += w.rows * row)
    for (size_t i = 0; i < down.places; i++) {
      inner v = inside(down, i, w.rows, w.kernel, w.stride);
      for (size_t j = 0; j < along.places; j++, y += w.channels, dy += w.channels) {
        inner h = inside(along, j, w.columns, w.kernel, w.stride);
        for (size_t c = 0; c < w.channels; c++) {
          size_t place = 0;
          int found = 0;
          for (size_t k = v.first; k < v.last && !found; k++)
            for (size_t l = h.first; l < h.last && !found; l++) {
              place = (v.from + k - v.first) * row + (h.from + l - h.first) * w.channels + c;
              found = x[place] == y[c];
            }
          dx[place] += dy[c];
        }
      }
    }
}

CLONES void ck_rectify(size_t count, float *x) {
  for (size_t i = 0; i < count; i++) x[i] = x[i] > 0 ? x[i] : 0;
}

CLONES void ck_rectify_backward(size_t count, const float *y, float *dy) {
  for (size_t i = 0; i < count; i++) dy[i] = y[i] > 0 ? dy[i] : 0;
}

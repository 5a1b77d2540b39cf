// What convolutions and pooling are made of besides products (convolution.c). Pictures lie row after row,
// pixel after pixel, channel after channel; a patch likewise. Outputs are as many as strides fit into the
// picture, rounded up, and patches reach over its edges by equal parts, the smaller one first.
#pragma once
#include <stddef.h>

/// How a square window slides over a picture.
typedef struct {
  size_t rows, columns, channels;
  size_t kernel, stride;
} ck_window;

/// Overwrites out with the patch under each place of the window, zero beyond the edges:
/// pictures . places x kernel . kernel . channels.
void ck_patches(ck_window window, size_t pictures, const float *x, float *out);

/// Undoes ck_patches: adds the gradient of every patch to that of the pictures.
void ck_patches_backward(ck_window window, size_t pictures, const float *dout, float *dx);

/// y = the greatest of each channel under each place of the window.
void ck_max_pool(ck_window window, size_t pictures, const float *x, float *y);

/// Undoes ck_max_pool: adds dy to the gradient of the first of the greatest.
void ck_max_pool_backward(
  ck_window window, size_t pictures, const float *x, const float *y, const float *dy, float *dx);

/// x = max(0, x).
void ck_rectify(size_t count, float *x);

/// Undoes y = max(0, x): dy = 0 where y = 0.
void ck_rectify_backward(size_t count, const float *y, float *dy);

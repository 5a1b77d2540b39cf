// The gates of long short-term memory (lstm.c). Matrices are contiguous: rows x 4 width gates, rows x width
// all others. Outputs share no memory with inputs unless said otherwise.
#pragma once
#include <stddef.h>

/// From the gates' inputs, which become the gates, and the cells to the next cells, their tanh and the outputs.
void ck_lstm_forward(
    size_t rows, size_t width, float *gates, const float *cell, float *next_cell, float *squashed,
    float *output);

/// Undoes ck_lstm_forward: gates become the gradients of their inputs; `dcell`, the gradient of the next cells,
/// becomes that of the cells.
void ck_lstm_backward(
    size_t rows, size_t width, float *gates, const float *cell, const float *squashed,
    const float *doutput, float *dcell);

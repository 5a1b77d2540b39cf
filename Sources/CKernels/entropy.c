// Softmax cross-entropy with label smoothing over a few classes, loss and gradient at once. Each row has a
// softmax for each of several factors, one after the other.
#include "vector.h"

#include "include/transformer.h"

CLONES double ck_cross_entropy(
    size_t rows, size_t factors, const size_t *classes, float *logits, const int32_t *targets,
    const float *weights, float smoothing, double *correct) {
  double total = 0;
  for (size_t row = 0; row < rows; row++) {
    float weight = weights[row];
    int is_right = 1;
    for (size_t factor = 0; factor < factors; factor++, targets++) {
      size_t columns = classes[factor], target = (size_t)*targets;
      float rest = smoothing / (float)columns, most = logits[0];
      size_t likeliest = 0;
      for (size_t i = 1; i < columns; i++)
        if (logits[i] > most) most = logits[i], likeliest = i;
      double sum = 0, mean = 0;
      for (size_t i = 0; i < columns; i++) {
        sum += exp((double)(logits[i] - most));
        mean += (double)(logits[i] - most);
      }
      double log_sum = log(sum);
      double loss = (1 - smoothing) * (log_sum - (double)(logits[target] - most)) +
                    smoothing * (log_sum - mean / (double)columns);
      total += (double)weight * loss;
      if (likeliest != target) is_right = 0;
      for (size_t i = 0; i < columns; i++) {
        float p = (float)exp((double)(logits[i] - most) - log_sum);
        float aim = rest + (i == target ? 1 - smoothing : 0);
        logits[i] = weight * (p - aim);
      }
      logits += columns;
    }
    if (is_right) *correct += (double)weight;
  }
  return total;
}

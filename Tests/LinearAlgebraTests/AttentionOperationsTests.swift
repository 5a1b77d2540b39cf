// The pieces of attention against plain loops in double precision.

import LinearAlgebra
import TestSupport
import Testing

import func Foundation.exp

@Suite struct `Pieces of attention` {
  /// Each row's softmax over the keys it sees.
  private func softmax(_ scores: ReferenceMatrix, first: Int) -> ReferenceMatrix {
    var weights = ReferenceMatrix(rows: scores.rows, columns: scores.columns)
    for row in 0..<scores.rows {
      let seen = 0...first + row
      let most = seen.map { scores[row, $0] }.max() ?? 0
      let sum = seen.reduce(0) { $0 + exp(scores[row, $1] - most) }
      for key in seen { weights[row, key] = exp(scores[row, key] - most) / sum }
    }
    return weights
  }

  @Test(arguments: [1, 4, 16, 19], [1, 2, 15, 16, 17, 50])
  func `one query over a cache mixes the cached values by its softmax`(width: Int, count: Int) {
    let (query, values) = (
      ReferenceMatrix(rows: 1, columns: width, key: 1),
      ReferenceMatrix(rows: 60, columns: width, key: 3)
    )
    let keys = Arena(capacity: width * 64).paddedMatrix(rows: width, columns: 60)
    keys.copy(from: Matrix(rows: width, columns: 60, key: 2, scale: 2))
    let mixed = Matrix(rows: 1, columns: width)
    CachedAttention.attend(
      Matrix(query), keys: keys, values: Matrix(values), count: count, scale: 0.5,
      weights: Matrix(rows: 1, columns: 64), into: mixed)
    var products = ReferenceMatrix(rows: 1, columns: count)
    for key in 0..<count {
      for inner in 0..<width {
        products[0, key] += 0.5 * query[0, inner] * keys.reference[inner, key]
      }
    }
    let weights = softmax(products, first: count - 1)
    let seen = ReferenceMatrix(
      rows: count, columns: width, values: Array(values.values[..<(count * width)]))
    #expect(relativeError(mixed.reference, expected: weights.times(seen)) <= Tolerance.attention)
  }
}

// The pieces of attention against plain loops in double precision.

import LinearAlgebra
import TestSupport
import Testing

import func Foundation.exp

@Suite struct `Pieces of attention` {
  /// Blocks of queries: how many, the position of the first, and the keys.
  static let blocks = [(1, 0, 1), (1, 16, 17), (5, 3, 8), (16, 16, 40), (7, 0, 33)]

  /// Scores in padded rows.
  private func scores(_ block: (Int, Int, Int), key: UInt32) -> Matrix {
    let matrix = Arena(capacity: block.0 * Arena.footprint(of: block.2))
      .paddedMatrix(rows: block.0, columns: block.2)
    matrix.copy(from: Matrix(rows: block.0, columns: block.2, key: key, scale: 8))
    return matrix
  }

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

  @Test(arguments: blocks) func `a query weighs the keys up to its own and no later ones`(
    block: (Int, Int, Int)
  ) {
    let found = scores(block, key: 1)
    let expected = softmax(found.reference, first: block.1)
    CausalSoftmax.forwardInPlace(
      found, first: block.1, keeping: Matrix(rows: 2, columns: block.0))
    #expect(relativeError(found.reference, expected: expected) <= Tolerance.attention)
    for row in 0..<block.0 {
      for key in 0..<block.2 where key > block.1 + row { #expect(found[row, key] == 0) }
    }
  }

  @Test(arguments: blocks) func `weights made again have the same bits`(block: (Int, Int, Int)) {
    let (first, again) = (scores(block, key: 1), scores(block, key: 1))
    let kept = Matrix(rows: 2, columns: block.0)
    CausalSoftmax.forwardInPlace(first, first: block.1, keeping: kept)
    CausalSoftmax.repeatInPlace(again, first: block.1, keeping: kept)
    #expect(first.values == again.values)
  }

  @Test(arguments: blocks) func `the gradient of the scores is that of a softmax`(
    block: (Int, Int, Int)
  ) {
    let (weights, found) = (scores(block, key: 1), scores(block, key: 2))
    CausalSoftmax.forwardInPlace(
      weights, first: block.1, keeping: Matrix(rows: 2, columns: block.0))
    let (w, d) = (weights.reference, found.reference)
    var expected = ReferenceMatrix(rows: block.0, columns: block.2)
    for row in 0..<block.0 {
      let mean = (0..<block.2).reduce(0) { $0 + w[row, $1] * d[row, $1] }
      for key in 0..<block.2 { expected[row, key] = w[row, key] * (d[row, key] - mean) }
    }
    CausalSoftmax.backwardInPlace(of: weights, first: block.1, found)
    #expect(relativeError(found.reference, expected: expected) <= Tolerance.attention)
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

// Causal attention of several heads over windows of tokens, forward and explicit backward, in plain
// loops. It takes queries, keys and values already projected; the projections are linear layers.

// B windows · K tokens a window · C channels · H heads · D = C / H

/// Each token's mean of the values of itself and earlier tokens, weighted by softmax(q·k/√D).
public struct ReferenceAttention: Sendable {
  /// B, the number of windows.
  public let windows: Int
  /// H, the number of heads.
  public let heads: Int
  /// What is dropped from the weights; element (h·K + query)·K + key of a window.
  public let dropout: ReferenceDropout

  /// Attention over that many windows.
  public init(windows: Int, heads: Int, dropout: ReferenceDropout) {
    self.windows = windows
    self.heads = heads
    self.dropout = dropout
  }

  /// One head in one window: where its rows and columns begin in the matrices.
  private struct Head {
    let window: Int, head: Int, firstRow: Int, tokens: Int, firstColumn: Int, size: Int, width: Int
  }

  private func everyHead(in qkv: ReferenceMatrix) -> [Head] {
    let width = qkv.columns / 3
    let tokens = qkv.rows / windows
    let size = width / heads
    return (0..<windows).flatMap { window in
      (0..<heads).map { head in
        Head(
          window: window, head: head, firstRow: window * tokens, tokens: tokens,
          firstColumn: head * size, size: size, width: width)
      }
    }
  }

  /// The weights of one query over keys 0...query, before dropout.
  private func weights(_ qkv: ReferenceMatrix, _ h: Head, query: Int) -> [Double] {
    let scores = (0...query).map { key in
      (0..<h.size).reduce(0.0) { sum, d in
        sum + qkv[h.firstRow + query, h.firstColumn + d]
          * qkv[h.firstRow + key, h.width + h.firstColumn + d]
      } / Double(h.size).squareRoot()
    }
    let largest = scores.max() ?? 0
    let powers = scores.map { exponential($0 - largest) }
    let total = powers.reduce(0, +)
    return powers.map { $0 / total }
  }

  private func factor(_ h: Head, query: Int, key: Int) -> Double {
    dropout.factor(window: h.window, element: (h.head * h.tokens + query) * h.tokens + key)
  }

  /// Mixed values, (B·K) × C, of queries, keys and values, (B·K) × 3C.
  public func forward(_ qkv: ReferenceMatrix) -> ReferenceMatrix {
    var mixed = ReferenceMatrix(rows: qkv.rows, columns: qkv.columns / 3)
    for h in everyHead(in: qkv) {
      for query in 0..<h.tokens {
        for (key, weight) in weights(qkv, h, query: query).enumerated() {
          let kept = weight * factor(h, query: query, key: key)
          for d in h.firstColumn..<h.firstColumn + h.size {
            mixed[h.firstRow + query, d] += kept * qkv[h.firstRow + key, 2 * h.width + d]
          }
        }
      }
    }
    return mixed
  }

  /// The gradient of queries, keys and values from that of the mixed values.
  public func backward(of dMixed: ReferenceMatrix, qkv: ReferenceMatrix) -> ReferenceMatrix {
    var dQKV = ReferenceMatrix(rows: qkv.rows, columns: qkv.columns)
    for h in everyHead(in: qkv) {
      for query in 0..<h.tokens { addGradient(of: dMixed, qkv, h, query: query, to: &dQKV) }
    }
    return dQKV
  }

  private func addGradient(
    of dMixed: ReferenceMatrix, _ qkv: ReferenceMatrix, _ h: Head, query: Int,
    to dQKV: inout ReferenceMatrix
  ) {
    let weights = weights(qkv, h, query: query)
    let row = h.firstRow + query
    let channels = h.firstColumn..<h.firstColumn + h.size
    var dWeights = weights
    for (key, weight) in weights.enumerated() {
      let factor = factor(h, query: query, key: key)
      let keyRow = h.firstRow + key
      dWeights[key] = 0
      for d in channels {
        dWeights[key] += factor * dMixed[row, d] * qkv[keyRow, 2 * h.width + d]
        dQKV[keyRow, 2 * h.width + d] += factor * weight * dMixed[row, d]
      }
    }
    let mean = zip(weights, dWeights).reduce(0) { $0 + $1.0 * $1.1 }
    for (key, weight) in weights.enumerated() {
      let dScore = weight * (dWeights[key] - mean) / Double(h.size).squareRoot()
      let keyRow = h.firstRow + key
      for d in channels {
        dQKV[row, d] += dScore * qkv[keyRow, h.width + d]
        dQKV[keyRow, h.width + d] += dScore * qkv[row, d]
      }
    }
  }
}

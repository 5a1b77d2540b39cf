// Causal self-attention (Vaswani et al. 2017), forward and beneath it backward, in blocks of queries:
// the scores of a block see only the keys up to its last query, and are computed again in the
// backward pass, so memory grows with the context and not with its square.
//
// K tokens per window · H heads · D channels per head; a row of `queryKeyValue` holds the queries of
// all heads, then the keys, then the values.

package import LinearAlgebra

/// What attention needs besides its input: scratch for a block of scores, and the shape.
package struct Attention {
  let heads: Int
  let headWidth: Int
  let tokens: Int
  let dropoutRate: Double
  /// Queries per block.
  private let block: Int
  private let scores: Matrix
  private let dscores: Matrix
  private let dropped: Matrix

  /// Scratch and shape for the windows of a model.
  package init(_ configuration: TransformerConfiguration) {
    heads = configuration.model.heads
    headWidth = configuration.headWidth
    tokens = configuration.tokenCount
    dropoutRate = configuration.model.attentionDropout
    let blocks = (tokens + 63) / 64
    block = min(tokens, ((tokens + blocks - 1) / blocks + 7) / 8 * 8)
    let arena = Arena(capacity: 3 * Arena.footprint(of: block * Arena.footprint(of: tokens)))
    scores = arena.paddedMatrix(rows: block, columns: tokens)
    dscores = arena.paddedMatrix(rows: block, columns: tokens)
    dropped = arena.paddedMatrix(rows: block, columns: tokens)
  }

  /// Rows of the matrix in which `forward` keeps the softmax's maxima and sums, for one window.
  package var keptRows: Int { 2 * heads }

  /// mixed = softmax(q · kᵀ / √D, causal) · v, for each head of one window.
  /// - Parameters:
  ///   - queryKeyValue: K × 3·H·D.
  ///   - mixed: K × H·D; overwritten.
  ///   - kept: `keptRows` × K, for `backward`.
  ///   - key: Names the dropout of this window and layer, or nil for none.
  package func forward(
    _ queryKeyValue: Matrix, into mixed: Matrix, keeping kept: Matrix, key: UInt32?
  ) {
    for head in 0..<heads {
      let (q, k, v) = split(queryKeyValue, head: head)
      let out = mixed[columns: columns(of: head)]
      for start in stride(from: 0, to: tokens, by: block) {
        let rows = start..<min(start + block, tokens)
        let seen = 0..<rows.upperBound
        let weights = scores[rows: 0..<rows.count][columns: seen]
        multiply(q[rows: rows], k[rows: seen].transposed, into: weights, scale: scale)
        CausalSoftmax.forwardInPlace(
          weights, first: start, keeping: keptBlock(kept, head: head, rows: rows))
        drop(weights, head: head, start: start, key: key)
        multiply(weights, v[rows: seen], into: out[rows: rows])
      }
    }
  }

  /// Undoes `forward`: overwrites the gradient of queries, keys and values.
  ///
  /// From the last block to the first, since the last overwrites the keys and values of all that the
  /// others add to.
  package func backward(
    of queryKeyValue: Matrix, keeping kept: Matrix, _ dmixed: Matrix, into d: Matrix, key: UInt32?
  ) {
    for head in 0..<heads {
      let (q, k, v) = split(queryKeyValue, head: head)
      let (dq, dk, dv) = split(d, head: head)
      let dout = dmixed[columns: columns(of: head)]
      for start in stride(from: 0, to: tokens, by: block).reversed() {
        let rows = start..<min(start + block, tokens)
        let seen = 0..<rows.upperBound
        let isFirst = rows.upperBound == tokens
        let weights = scores[rows: 0..<rows.count][columns: seen]
        let dweights = dscores[rows: 0..<rows.count][columns: seen]
        multiply(q[rows: rows], k[rows: seen].transposed, into: weights, scale: scale)
        CausalSoftmax.repeatInPlace(
          weights, first: start, keeping: keptBlock(kept, head: head, rows: rows))
        // undoes: mixed = dropped weights · v
        multiply(dout[rows: rows], v[rows: seen].transposed, into: dweights)
        let survivors = key == nil ? weights : dropped[rows: 0..<rows.count][columns: seen]
        if key != nil {
          survivors.copy(from: weights)
          drop(survivors, head: head, start: start, key: key)
          drop(dweights, head: head, start: start, key: key)
        }
        multiply(
          survivors.transposed, dout[rows: rows], into: dv[rows: seen], accumulating: !isFirst)
        // undoes: weights = softmax(scale · q · kᵀ)
        CausalSoftmax.backwardInPlace(of: weights, first: start, dweights)
        multiply(dweights, k[rows: seen], into: dq[rows: rows], scale: scale)
        multiply(
          dweights.transposed, q[rows: rows], into: dk[rows: seen], scale: scale,
          accumulating: !isFirst)
      }
    }
  }

  private var scale: Float { 1 / Float(headWidth).squareRoot() }

  private func columns(of head: Int) -> Range<Int> { head * headWidth..<(head + 1) * headWidth }

  private func split(_ x: Matrix, head: Int) -> (Matrix, Matrix, Matrix) {
    let width = heads * headWidth
    let own = columns(of: head)
    return (
      x[columns: own], x[columns: own.lowerBound + width..<own.upperBound + width],
      x[columns: own.lowerBound + 2 * width..<own.upperBound + 2 * width]
    )
  }

  private func keptBlock(_ kept: Matrix, head: Int, rows: Range<Int>) -> Matrix {
    kept[rows: 2 * head..<2 * head + 2][columns: rows]
  }

  private func drop(_ weights: Matrix, head: Int, start: Int, key: UInt32?) {
    guard let key else { return }
    CausalSoftmax.dropInPlace(
      weights, first: start, context: tokens, start: head * tokens * tokens,
      Dropout(rate: dropoutRate, key: key))
  }
}

// Causal self-attention (Vaswani et al. 2017), forward and beneath it backward: each head of a window
// by itself.
//
// K tokens per window · H heads · D channels per head; a row of `queryKeyValue` holds the queries of
// all heads, then the keys, then the values.

package import LinearAlgebra

/// Attention over the windows of a model, with the memory it works in.
package struct Attention {
  let heads: Int
  let headWidth: Int
  let tokens: Int
  let dropoutRate: Double
  private let causal: CausalAttention

  /// Memory and shape for the windows of a model.
  package init(_ configuration: ModelConfiguration) {
    heads = configuration.model.heads
    headWidth = configuration.headWidth
    tokens = configuration.tokenCount
    dropoutRate = configuration.model.attentionDropout
    causal = CausalAttention(tokens: tokens, width: headWidth)
  }

  /// Rows of the matrix in which `forward` keeps the softmax's maxima and sums, for one window.
  package var keptRows: Int { 2 * heads }

  /// mixed = softmax(q · kᵀ / √D, causal) · v, for each head of one window.
  /// - Parameters:
  ///   - queryKeyValue: K × 3·H·D, or the first rows of a window.
  ///   - mixed: K × H·D; overwritten.
  ///   - kept: `keptRows` × K, for `backward`.
  ///   - key: Names the dropout of this window and layer, or nil for none.
  package func forward(
    _ queryKeyValue: Matrix, into mixed: Matrix, keeping kept: Matrix, key: UInt32?
  ) {
    for head in 0..<heads {
      causal.forward(
        part(head, of: queryKeyValue), into: mixed[columns: columns(of: head)],
        keeping: kept[rows: 2 * head..<2 * head + 2], dropout: dropout(key),
        first: head * tokens * tokens)
    }
  }

  /// Undoes `forward`: overwrites the gradient of queries, keys and values.
  package func backward(
    of queryKeyValue: Matrix, mixed: Matrix, keeping kept: Matrix, _ dmixed: Matrix,
    into d: Matrix, key: UInt32?
  ) {
    for head in 0..<heads {
      causal.backward(
        of: part(head, of: queryKeyValue), mixed: mixed[columns: columns(of: head)],
        keeping: kept[rows: 2 * head..<2 * head + 2], dmixed[columns: columns(of: head)],
        into: part(head, of: d), dropout: dropout(key), first: head * tokens * tokens)
    }
  }

  /// `forward` for each of several windows, which lie one after the other.
  /// - Parameter kept: `keptRows` × K for each window.
  func forwardWindows(
    _ queryKeyValue: Matrix, into mixed: Matrix, keeping kept: Matrix, _ site: DropoutSite
  ) {
    for window in 0..<mixed.rows / tokens {
      let rows = window * tokens..<(window + 1) * tokens
      forward(
        queryKeyValue[rows: rows], into: mixed[rows: rows], keeping: self.kept(kept, window),
        key: site.attentionKey(window: window))
    }
  }

  /// Undoes `forwardWindows`.
  func backwardWindows(
    of queryKeyValue: Matrix, mixed: Matrix, keeping kept: Matrix, _ dmixed: Matrix,
    into d: Matrix, _ site: DropoutSite
  ) {
    for window in 0..<mixed.rows / tokens {
      let rows = window * tokens..<(window + 1) * tokens
      backward(
        of: queryKeyValue[rows: rows], mixed: mixed[rows: rows], keeping: self.kept(kept, window),
        dmixed[rows: rows], into: d[rows: rows], key: site.attentionKey(window: window))
    }
  }

  private func kept(_ all: Matrix, _ window: Int) -> Matrix {
    all[rows: window * keptRows..<(window + 1) * keptRows]
  }

  private func columns(of head: Int) -> Range<Int> { head * headWidth..<(head + 1) * headWidth }

  private func part(_ head: Int, of x: Matrix) -> CausalAttention.Head {
    let width = heads * headWidth
    let own = columns(of: head)
    return CausalAttention.Head(
      query: x[columns: own], key: x[columns: own.lowerBound + width..<own.upperBound + width],
      value: x[columns: own.lowerBound + 2 * width..<own.upperBound + 2 * width])
  }

  private func dropout(_ key: UInt32?) -> Dropout? {
    key.map { Dropout(rate: dropoutRate, key: $0) }
  }
}

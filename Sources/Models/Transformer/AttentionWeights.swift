// The attention of a pass as numbers to look at. Nothing is trained or acted on with it: the pass itself never has the
// weights in memory.

public import LinearAlgebra

extension TransformerPass {
  /// softmax(q · kᵀ / √D, causal) as it is without dropout.
  /// - Parameters:
  ///   - layer: From 0.
  ///   - window: Among those of the last `forward`, from 0.
  /// - Returns: For each head, tokens that attend × tokens attended to; zero after the token that attends.
  public func attention(layer: Int, window: Int) -> [Matrix] {
    let projected = queryKeyValue(layer: layer, window: window)
    let (tokens, size) = (projected.rows, configuration.headWidth)
    let scores = Matrix(rows: 1, columns: tokens)
    return (0..<configuration.model.heads).map { head in
      let weights = Matrix(rows: tokens, columns: tokens)
      let queries = projected[columns: head * size..<(head + 1) * size]
      let first = configuration.model.width + head * size
      let keys = projected[columns: first..<first + size]
      for token in 0..<tokens {
        let query = queries.row(token)
        var score = scores.mutableRow(0)
        for earlier in 0...token {
          let key = keys.row(earlier)
          var product: Float = 0
          for channel in key.indices { product += query[channel] * key[channel] }
          score[earlier] = product / Float(size).squareRoot()
        }
        Network.softmax(
          scores[columns: 0..<token + 1],
          into: weights[rows: token..<token + 1][columns: 0..<token + 1])
      }
      return weights
    }
  }
}

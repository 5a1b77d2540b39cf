// Cached attention against attention over the whole window.

import LinearAlgebra
import TestSupport
import Testing

@Suite struct `Attention over a cache` {
  @Test(
    arguments: [(1, 1), (1, 4), (3, 5), (4, 16), (2, 19), (8, 32), (70, 2)], [1, 2, 15, 16, 17, 50])
  func `has the bits of attention over the whole window`(
    shape: (heads: Int, width: Int), tokens: Int
  ) {
    let width = shape.heads * shape.width
    let rows = Matrix(rows: tokens, columns: 3 * width, key: 1, scale: 2)
    let cache = AttentionCache(
      streams: 3, tokens: 60, heads: shape.heads, width: shape.width)
    let causal = CausalAttention(tokens: tokens, width: shape.width)
    let (whole, cached) = (
      Matrix(rows: tokens, columns: width), Matrix(rows: tokens, columns: width)
    )
    let kept = Matrix(rows: 2, columns: tokens)
    for head in 0..<shape.heads {
      let own = head * shape.width..<(head + 1) * shape.width
      let parts = (0..<3).map { part in
        rows[columns: own.lowerBound + part * width..<own.upperBound + part * width]
      }
      causal.forward(
        .init(query: parts[0], key: parts[1], value: parts[2]), into: whole[columns: own],
        keeping: kept, dropout: nil, first: 0)
    }
    let others = Matrix(rows: 60, columns: 3 * width, key: 2)
    cache.store(others, stream: 0, at: 0)
    cache.store(others, stream: 2, at: 0)
    for token in 0..<tokens {
      cache.store(rows[rows: token..<token + 1], stream: 1, at: token)
      cache.attend(
        rows[rows: token..<token + 1], stream: 1, at: token,
        into: cached[rows: token..<token + 1])
    }
    #expect(cached.values == whole.values)
  }
}

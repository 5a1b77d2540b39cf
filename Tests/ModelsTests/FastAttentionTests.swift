// Fast attention against the slow reference, over windows of one and of several blocks of queries.

import LinearAlgebra
import Models
import TestSupport
import Testing

@Suite struct `Fast attention` {
  /// A window of attention, both ways.
  private struct Example {
    let fast: Attention
    let slow: ReferenceAttention
    let qkv: ReferenceMatrix
    let dMixed: ReferenceMatrix
    let key: UInt32?

    init(tokens: Int, heads: Int, rate: Double) {
      var settings = ReferenceSettings()
      settings.steps = tokens
      settings.heads = heads
      settings.width = 6
      settings.attentionDropout = rate
      fast = Attention(settings.configuration)
      slow = ReferenceAttention(
        windows: 1, heads: heads, dropout: ReferenceDropout(rate: rate, noiseSeed: 5, site: 7))
      qkv = ReferenceMatrix(rows: tokens, columns: 18, key: 1, scale: 2)
      dMixed = ReferenceMatrix(rows: tokens, columns: 6, key: 2)
      key = rate > 0 ? Dropout.key(seed: 5, site: 7, window: 0) : nil
    }
  }

  /// Around the heights of tiles, the blocks of queries and the blocks of keys.
  static let lengths = [1, 2, 7, 12, 16, 17, 47, 48, 49, 150, 192, 193, 250]

  @Test(arguments: lengths, [(1, 0.0), (3, 0), (2, 0.25)])
  func `its output agrees with the reference`(tokens: Int, option: (heads: Int, rate: Double)) {
    let example = Example(tokens: tokens, heads: option.heads, rate: option.rate)
    let mixed = Matrix(rows: tokens, columns: 6)
    example.fast.forward(
      Matrix(example.qkv), into: mixed,
      keeping: Matrix(rows: example.fast.keptRows, columns: tokens), key: example.key)
    let expected = example.slow.forward(example.qkv)
    #expect(relativeError(mixed.reference, expected: expected) <= Tolerance.attention)
  }

  @Test(arguments: lengths, [(1, 0.0), (3, 0), (2, 0.25)])
  func `its gradient agrees with the reference`(tokens: Int, option: (heads: Int, rate: Double)) {
    let example = Example(tokens: tokens, heads: option.heads, rate: option.rate)
    let kept = Matrix(rows: example.fast.keptRows, columns: tokens)
    let mixed = Matrix(rows: tokens, columns: 6)
    example.fast.forward(Matrix(example.qkv), into: mixed, keeping: kept, key: example.key)
    let d = Matrix(rows: tokens, columns: 18)
    d.fill(with: 7)
    example.fast.backward(
      of: Matrix(example.qkv), mixed: mixed, keeping: kept, Matrix(example.dMixed), into: d,
      key: example.key)
    let expected = example.slow.backward(of: example.dMixed, qkv: example.qkv)
    #expect(relativeError(d.reference, expected: expected) <= Tolerance.attentionGradient)
  }
}

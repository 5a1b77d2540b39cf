// The first corner of the triangle: each layer of the slow reference against finite differences of
// its own forward pass.

import TestSupport
import Testing

@Suite struct `Layers of the reference` {
  private let x = ReferenceMatrix(rows: 6, columns: 4, key: 1, scale: 2)

  /// Whether a gradient is that of y · direction by finite differences.
  private func expect(
    _ gradient: ReferenceMatrix, at point: ReferenceMatrix, of function: (ReferenceMatrix) -> Double
  ) {
    let differences = centralDifferences(at: point, of: function)
    #expect(relativeError(gradient, expected: differences) <= Tolerance.finiteDifferences)
  }

  @Test func `the gradient of a linear map is that of finite differences`() {
    let weight = ReferenceMatrix(rows: 3, columns: 4, key: 2)
    let bias = ReferenceMatrix(rows: 1, columns: 3, key: 3)
    let direction = ReferenceMatrix(rows: 6, columns: 3, key: 4)
    let d = ReferenceLinear.backward(of: direction, x: x, weight: weight)
    expect(d.x, at: x) {
      ReferenceLinear.forward($0, weight: weight, bias: bias).dot(direction)
    }
    expect(d.weight, at: weight) {
      ReferenceLinear.forward(x, weight: $0, bias: bias).dot(direction)
    }
    expect(d.bias, at: bias) {
      ReferenceLinear.forward(x, weight: weight, bias: $0).dot(direction)
    }
  }

  @Test func `the gradient of layer normalisation is that of finite differences`() {
    let gain = ReferenceMatrix(rows: 1, columns: 4, key: 2)
    let bias = ReferenceMatrix(rows: 1, columns: 4, key: 3)
    let direction = ReferenceMatrix(rows: 6, columns: 4, key: 4)
    let d = ReferenceLayerNorm.backward(of: direction, x: x, gain: gain)
    expect(d.x, at: x) {
      ReferenceLayerNorm.forward($0, gain: gain, bias: bias).dot(direction)
    }
    expect(d.gain, at: gain) {
      ReferenceLayerNorm.forward(x, gain: $0, bias: bias).dot(direction)
    }
    expect(d.bias, at: bias) {
      ReferenceLayerNorm.forward(x, gain: gain, bias: $0).dot(direction)
    }
  }

  @Test func `the gradient of the error linear unit is that of finite differences`() {
    let direction = ReferenceMatrix(rows: 6, columns: 4, key: 4)
    expect(ReferenceGELU.backward(of: direction, x: x), at: x) {
      ReferenceGELU.forward($0).dot(direction)
    }
  }

  @Test(arguments: [(1, 0.0), (2, 0.0), (2, 0.3)])
  func `the gradient of attention is that of finite differences`(heads: Int, rate: Double) {
    let qkv = ReferenceMatrix(rows: 10, columns: 12, key: 5, scale: 1.5)
    let direction = ReferenceMatrix(rows: 10, columns: 4, key: 6)
    let attention = ReferenceAttention(
      windows: 2, heads: heads, dropout: ReferenceDropout(rate: rate, noiseSeed: 7, site: 1))
    expect(attention.backward(of: direction, qkv: qkv), at: qkv) {
      attention.forward($0).dot(direction)
    }
  }

  @Test(arguments: [[4], [3, 1], [1, 1, 2]], [0, 0.2])
  func `the gradient of cross-entropy is that of finite differences`(
    factors: [Int], smoothing: Double
  ) {
    var settings = ReferenceSettings()
    settings.actionFactors = factors
    let crossEntropy = ReferenceCrossEntropy(
      choices: [0, 3, 1, 1, 2, 0].map { settings.choiceRows(of: $0 % settings.actions) },
      factors: factors, weights: [1, 0, 0.5, 2, 1, 0.25], smoothing: smoothing)
    expect(crossEntropy.backward(logits: x), at: x) { crossEntropy.forward($0) }
  }

  @Test(arguments: [false, true])
  func `the gradient of a block is that of finite differences`(isPostNorm: Bool) {
    var settings = ReferenceSettings()
    settings.isPostNorm = isPostNorm
    settings.dropout = 0.2
    settings.attentionDropout = 0.2
    let parameters = settings.parameters(key: 8)
    let block = ReferenceBlock(1, of: settings, parameters, windows: 2, noiseSeed: 9)
    let direction = ReferenceMatrix(rows: 6, columns: 4, key: 10)
    var gradients = parameters.zeros
    expect(block.backward(of: direction, x: x, to: &gradients), at: x) {
      block.forward($0).dot(direction)
    }
  }

  @Test func `dropout keeps the share of elements that its rate says`() {
    let ones = ReferenceMatrix(
      rows: 100, columns: 100, values: Array(repeating: 1, count: 10_000))
    let dropped = ReferenceDropout(rate: 0.3, noiseSeed: 1, site: 2).applied(to: ones, windows: 4)
    let kept = Double(dropped.values.count { $0 != 0 }) / 10_000
    #expect(abs(kept - 0.7) < Tolerance.shareOfTenThousand)
    #expect(dropped.values.allSatisfy { $0 == 0 || $0 == 1 / 0.7 })
  }
}

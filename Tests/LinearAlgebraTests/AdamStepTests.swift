// The transformer's optimiser against its equation in double precision.

import LinearAlgebra
import TestSupport
import Testing

@Suite struct `Adam over an arena` {
  /// Ten steps of the equation, and of the kernel.
  private func error(count: Int, decay: Double, gradientScale: Double) -> Double {
    let x = Matrix(rows: 1, columns: count, key: 1)
    let (m, v) = (Matrix(rows: 1, columns: count), Matrix(rows: 1, columns: count))
    var expected = x.reference.values
    var (first, second) = (Array(repeating: 0.0, count: count), Array(repeating: 0.0, count: count))
    for step in 1...10 {
      let gradient = Matrix(rows: 1, columns: count, key: UInt32(step + 10))
      AdamStep(
        step: step, rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: decay,
        gradientScale: gradientScale
      ).apply(gradient: gradient, firstMoment: m, secondMoment: v, to: x)
      let corrections = (1 - power(0.9, step), 1 - power(0.99, step))
      for (index, slope) in gradient.reference.values.enumerated() {
        let scaled = slope * gradientScale
        first[index] = 0.9 * first[index] + 0.1 * scaled
        second[index] = 0.99 * second[index] + 0.01 * scaled * scaled
        let unit =
          first[index] / corrections.0 / ((second[index] / corrections.1).squareRoot() + 1e-8)
        expected[index] -= 0.01 * (unit + decay * expected[index])
      }
    }
    return relativeError(x.reference.values, expected: expected)
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  @Test(arguments: [1, 15, 16, 37], [0, 0.1])
  func `takes the steps of its equation`(count: Int, decay: Double) {
    #expect(error(count: count, decay: decay, gradientScale: 0.25) <= Tolerance.adamStep)
  }

  @Test func `without gradient only decays`() {
    let x = Matrix(rows: 1, columns: 3)
    x.assign([1, -2, 4])
    let (zero, m, v) = (
      Matrix(rows: 1, columns: 3), Matrix(rows: 1, columns: 3), Matrix(rows: 1, columns: 3)
    )
    AdamStep(
      step: 1, rate: 0.5, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.5,
      gradientScale: 1
    ).apply(gradient: zero, firstMoment: m, secondMoment: v, to: x)
    #expect(x.values == [0.75, -1.5, 3])
  }
}

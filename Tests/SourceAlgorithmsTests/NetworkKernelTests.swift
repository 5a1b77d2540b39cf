import Learning
import LinearAlgebra
import Randomness
import TestSupport
import Testing

import func Foundation.exp

@Suite struct `Kernels of small networks` {
  @Test(arguments: [1, 16, 37])
  func `Adam takes the steps of its equation in double precision`(count: Int) {
    var random = Seed(3).random(for: "adam", count)
    let parameters = Matrix(rows: 1, columns: count)
    parameters.assign((0..<count).map { _ in random.normal() })
    var expected = parameters.values.map(Double.init)
    var first = [Double](repeating: 0, count: count)
    var second = first
    let gradient = Matrix(rows: 1, columns: count)
    let copy = Matrix(rows: 1, columns: count)
    var adam = Adam().begin(count: count)
    for step in 1...10 {
      gradient.assign((0..<count).map { _ in random.normal() })
      adam.step(
        parameters, gradient: gradient, learningRate: 0.01, gradientScale: 1, copyingTo: copy)
      let corrections = (1 - power(0.9, step), 1 - power(0.999, step))
      for (index, slope) in gradient.values.map(Double.init).enumerated() {
        first[index] = 0.9 * first[index] + 0.1 * slope
        second[index] = 0.999 * second[index] + 0.001 * slope * slope
        let scale = (second[index] / corrections.1).squareRoot() + 1e-6
        expected[index] -= 0.01 * first[index] / corrections.0 / scale
      }
    }
    for (found, expected) in zip(parameters.values, expected) {
      #expect(abs(Double(found) - expected) < Tolerance.adamStep)
    }
    #expect(copy.values == parameters.values)
  }

  /// Subnormal moments made a step eight times as slow on one processor.
  @Test(arguments: [1, 16, 37])
  func `Adam takes a gradient too small to matter for none`(count: Int) {
    let parameters = Matrix(rows: 1, columns: count)
    let gradient = Matrix(rows: 1, columns: count)
    gradient.fill(with: -1e-20)
    var adam = Adam().begin(count: count)
    adam.step(
      parameters, gradient: gradient, learningRate: 0.01, gradientScale: 1, copyingTo: gradient)
    #expect(parameters.values == [Float](repeating: 0, count: count))
  }

  @Test func `softmax is proportional to e to the power of the logits`() {
    let logits = Matrix(rows: 1, columns: 6)
    logits.assign([0, 1.5, -3, 80, 79, -200])
    let probabilities = Matrix(rows: 1, columns: 6)
    Network.softmax(logits, into: probabilities)
    let powers = logits.values.map { exp(Double($0) - 80) }
    for (found, power) in zip(probabilities.values, powers) {
      #expect(abs(Double(found) - power / powers.reduce(0, +)) < Tolerance.probability)
    }
  }

  @Test(arguments: [(3, 5), (128, 128), (130, 67), (1, 1)])
  func `a rectified layer of one state is the product of its row`(inputs: Int, columns: Int) {
    var random = Seed(5).random(for: "layer", inputs)
    let input = Matrix(rows: 1, columns: inputs)
    input.assign((0..<inputs).map { _ in max(0, random.normal()) })
    let weights = Matrix(rows: inputs, columns: columns)
    weights.assign((0..<inputs * columns).map { _ in random.normal() })
    let bias = Matrix(rows: 1, columns: columns)
    bias.assign((0..<columns).map { _ in random.normal() })
    let found = Matrix(rows: 1, columns: columns)
    Network.rectified(input, weights, bias: bias, into: found)
    let product = Matrix(rows: 1, columns: columns)
    multiply(input, weights, into: product)
    for column in 0..<columns {
      let expected = max(0, product[0, column] + bias[0, column])
      #expect(abs(Double(found[0, column] - expected)) < Tolerance.networkLayer)
    }
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}

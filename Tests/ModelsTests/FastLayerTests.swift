// The second corner of the triangle: each fast layer against the slow reference, forward and
// backward, at sizes below, at and above the width of a vector.

import Layers
import LinearAlgebra
import Models
import TestSupport
import Testing

@Suite struct `Fast layers` {
  @Test(arguments: [1, 3, 16, 20, 37, 64])
  func `layer normalisation agrees with the reference`(columns: Int) {
    let x = ReferenceMatrix(rows: 5, columns: columns, key: 1, scale: 2)
    let gain = ReferenceMatrix(rows: 1, columns: columns, key: 2)
    let bias = ReferenceMatrix(rows: 1, columns: columns, key: 3)
    let y = Matrix(rows: 5, columns: columns)
    LayerNorm.forward(
      Matrix(x), gain: Matrix(gain), bias: Matrix(bias), into: y,
      keeping: Matrix(rows: 2, columns: 5))
    let expected = ReferenceLayerNorm.forward(x, gain: gain, bias: bias)
    #expect(relativeError(y.reference, expected: expected) <= Tolerance.layerNorm)
  }

  @Test(arguments: [1, 3, 16, 20, 37, 64], [false, true])
  func `the gradient of layer normalisation agrees with the reference`(
    columns: Int, isAccumulating: Bool
  ) {
    let x = ReferenceMatrix(rows: 5, columns: columns, key: 1, scale: 2)
    let gain = ReferenceMatrix(rows: 1, columns: columns, key: 2)
    let dy = ReferenceMatrix(rows: 5, columns: columns, key: 3)
    let before = ReferenceMatrix(rows: 5, columns: columns, key: 4)
    let moments = Matrix(rows: 2, columns: 5)
    LayerNorm.forward(
      Matrix(x), gain: Matrix(gain), bias: Matrix(rows: 1, columns: columns),
      into: Matrix(rows: 5, columns: columns), keeping: moments)
    let (dx, dgain, dbias) = (
      Matrix(before), Matrix(rows: 1, columns: columns), Matrix(rows: 1, columns: columns)
    )
    LayerNorm.backward(
      of: Matrix(x), gain: Matrix(gain), keeping: moments, Matrix(dy), into: dx, dgain: dgain,
      dbias: dbias, accumulating: isAccumulating)
    let d = ReferenceLayerNorm.backward(of: dy, x: x, gain: gain)
    let expected = isAccumulating ? before + d.x : d.x
    #expect(relativeError(dx.reference, expected: expected) <= Tolerance.layerNorm)
    #expect(relativeError(dgain.reference, expected: d.gain) <= Tolerance.layerNorm)
    #expect(relativeError(dbias.reference, expected: d.bias) <= Tolerance.layerNorm)
  }

  @Test(arguments: [1, 15, 16, 33])
  func `the error linear unit agrees with the reference`(columns: Int) {
    let x = ReferenceMatrix(rows: 4, columns: columns, key: 1, scale: 6)
    let y = Matrix(x)
    GELU.forwardInPlace(y)
    #expect(
      relativeError(y.reference, expected: ReferenceGELU.forward(x)) <= Tolerance.elementary)
  }

  @Test(arguments: [1, 15, 16, 33])
  func `the gradient of the error linear unit agrees with the reference`(columns: Int) {
    let x = ReferenceMatrix(rows: 4, columns: columns, key: 1, scale: 6)
    let dy = ReferenceMatrix(rows: 4, columns: columns, key: 2)
    let (y, slope, d) = (Matrix(x), Matrix(rows: 4, columns: columns), Matrix(dy))
    GELU.forwardInPlace(y, slope: slope)
    d.multiplyElements(by: slope)
    let expected = ReferenceGELU.backward(of: dy, x: x)
    #expect(relativeError(d.reference, expected: expected) <= Tolerance.elementary)
  }

  @Test(arguments: [(1, 1), (5, 3), (16, 64), (70, 21)])
  func `a linear map agrees with the reference`(inputs: Int, outputs: Int) {
    let x = ReferenceMatrix(rows: 7, columns: inputs, key: 1)
    let weight = ReferenceMatrix(rows: outputs, columns: inputs, key: 2)
    let bias = ReferenceMatrix(rows: 1, columns: outputs, key: 3)
    let residual = ReferenceMatrix(rows: 7, columns: outputs, key: 4)
    let map = LinearParameters(weight: Matrix(weight), bias: Matrix(bias))
    let (y, z) = (Matrix(rows: 7, columns: outputs), Matrix(rows: 7, columns: outputs))
    Linear.forward(Matrix(x), map, into: y)
    Linear.forward(Matrix(x), map, addedTo: Matrix(residual), into: z)
    let expected = ReferenceLinear.forward(x, weight: weight, bias: bias)
    #expect(relativeError(y.reference, expected: expected) <= Tolerance.linear)
    #expect(relativeError(z.reference, expected: residual + expected) <= Tolerance.linear)
  }

  @Test(arguments: [(1, 1), (5, 3), (16, 64), (70, 21)])
  func `the gradient of a linear map agrees with the reference`(inputs: Int, outputs: Int) {
    let x = ReferenceMatrix(rows: 7, columns: inputs, key: 1)
    let weight = ReferenceMatrix(rows: outputs, columns: inputs, key: 2)
    let dy = ReferenceMatrix(rows: 7, columns: outputs, key: 3)
    let before = ReferenceMatrix(rows: outputs, columns: inputs, key: 4)
    let (dx, dweight) = (Matrix(rows: 7, columns: inputs), Matrix(before))
    let dbias = Matrix(rows: 1, columns: outputs)
    Linear.backward(
      of: Matrix(x), LinearParameters(weight: Matrix(weight), bias: dbias), Matrix(dy), into: dx,
      LinearParameters(weight: dweight, bias: dbias))
    let d = ReferenceLinear.backward(of: dy, x: x, weight: weight)
    #expect(relativeError(dx.reference, expected: d.x) <= Tolerance.linear)
    #expect(relativeError(dweight.reference, expected: before + d.weight) <= Tolerance.linear)
    #expect(relativeError(dbias.reference, expected: d.bias) <= Tolerance.linear)
  }

  @Test(arguments: [[5], [3, 2], [1, 2, 2]], [0, 0.2])
  func `cross-entropy agrees with the reference`(factors: [Int], smoothing: Double) {
    let logits = ReferenceMatrix(rows: 6, columns: 5, key: 1, scale: 8)
    let weights = [1, 0, 0.5, 2, 1, 0.25]
    let targets = [0, 3, 1, 1, 4, 0].map { row in factors.map { row % $0 } }
    let first = factors.indices.map { factors[..<$0].reduce(0, +) }
    let reference = ReferenceCrossEntropy(
      choices: targets.map { zip(first, $0).map(+) }, factors: factors, weights: weights,
      smoothing: smoothing)
    let d = Matrix(logits)
    let flat = targets.flatMap { $0.map { Int32($0) } }
    let shares = weights.map { Float($0 / weights.reduce(0, +)) }
    let found = CrossEntropy.lossInPlace(
      d, classes: factors, targets: flat.span, weights: shares.span, smoothing: smoothing)
    let expected = reference.backward(logits: logits)
    #expect(
      relativeError([found.loss], expected: [reference.forward(logits)]) <= Tolerance.elementary)
    #expect(relativeError(d.reference, expected: expected) <= Tolerance.elementary)
  }

  @Test func `the correct share is the weight of rows whose target is the likeliest`() {
    let logits = Matrix(rows: 3, columns: 2)
    logits.assign([1, 2, 3, 1, -1, 0])
    let targets: [Int32] = [1, 1, 1]
    let weights: [Float] = [0.5, 0.25, 0.125]
    let found = CrossEntropy.lossInPlace(
      logits, classes: [2], targets: targets.span, weights: weights.span, smoothing: 0)
    #expect(found.correct == 0.625)
  }

  @Test func `a row is correct if the target of every factor is the likeliest`() {
    let logits = Matrix(rows: 3, columns: 5)
    logits.assign([1, 2, 0, 5, 1] + [1, 2, 3, 0, 1] + [2, 1, 3, 0, 1])
    let targets: [Int32] = [1, 1, 1, 0, 1, 0]
    let weights: [Float] = [0.5, 0.25, 0.125]
    let found = CrossEntropy.lossInPlace(
      logits, classes: [2, 3], targets: targets.span, weights: weights.span, smoothing: 0)
    #expect(found.correct == 0.75)
  }

  @Test(arguments: [1, 16, 45], [0.1, 0.25])
  func `dropout drops the elements that the reference drops`(columns: Int, rate: Double) {
    let reference = ReferenceDropout(rate: rate, noiseSeed: 11, site: 4)
    let x = Matrix(rows: 6, columns: columns)
    x.fill(with: 1)
    x.dropInPlace(Dropout(rate: rate, key: Dropout.key(seed: 11, site: 4, window: 3)))
    let expected = (0..<x.count).map { Float(reference.factor(window: 3, element: $0)) }
    #expect(x.values == expected)
  }
}

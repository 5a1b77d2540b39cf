// Long short-term memory against PyTorch, and against its equations in double precision where rows forget.

import Layers
import LinearAlgebra
import TestSupport
import Testing

/// A fast layer with the numbers of a test's choice, and their gradients.
private struct FastLSTM {
  let input: LinearParameters
  let recurrent: RecurrentWeight
  let dinput: LinearParameters
  let drecurrent: Matrix
  let layer: LSTM
  let steps: Int
  let rows: Int

  init(
    inputWeight: ReferenceMatrix, bias: ReferenceMatrix, recurrentWeight: ReferenceMatrix,
    output: ReferenceMatrix, cell: ReferenceMatrix, steps: Int, room: Int = 0, isPacked: Bool = true
  ) {
    input = LinearParameters(
      weight: Matrix(inputWeight), bias: Matrix(bias), isPacked: isPacked)
    recurrent = RecurrentWeight(Matrix(recurrentWeight), isPacked: isPacked)
    dinput = LinearParameters(
      weight: Matrix(rows: inputWeight.rows, columns: inputWeight.columns),
      bias: Matrix(rows: 1, columns: bias.columns))
    drecurrent = Matrix(rows: recurrentWeight.rows, columns: recurrentWeight.columns)
    (self.steps, rows) = (steps, output.rows)
    layer = LSTM(width: output.columns, steps: steps + room, rows: output.rows + room)
    layer.entering(0, rows: rows).copy(from: Matrix(output))
    layer.cells(0, rows: rows).copy(from: Matrix(cell))
  }

  func forward(_ x: Matrix, forgets: (Int, Int) -> Bool = { _, _ in false }) -> Matrix {
    let all = 0..<steps * rows
    Linear.forward(x, input, into: layer.gates[rows: all])
    for step in 0..<steps {
      for row in 0..<rows where forgets(row, step) {
        layer.clear(row: row, before: step, rows: rows)
      }
      layer.forward(step, rows: rows, recurrent)
    }
    return layer.outputs[rows: all]
  }

  /// The gradient of the inputs; the others stay where they are.
  func backward(
    _ x: Matrix, _ doutputs: Matrix, forgets: (Int, Int) -> Bool = { _, _ in false }
  ) -> Matrix {
    layer.backward(
      steps: steps, rows: rows, recurrent, doutputs, into: drecurrent, forgets: forgets)
    let dx = Matrix(rows: x.rows, columns: x.columns)
    Linear.backward(of: x, input, layer.gates[rows: 0..<steps * rows], into: dx, dinput)
    return dx
  }
}

@Suite struct `Long short-term memory` {
  @Test(arguments: ["one-layer", "two-layers"], [true, false])
  func `has the outputs and gradients of PyTorch from a memory that is not empty`(
    variant: String, isPacked: Bool
  ) throws {
    let file = try GoldenFile(named: "lstm-\(variant)")
    let steps = try file.integer("steps")
    let layers = try (0..<(try file.integer("layers"))).map { layer in
      FastLSTM(
        inputWeight: try file.tensor("\(layer).input.weight"),
        bias: try file.tensor("\(layer).bias"),
        recurrentWeight: try file.tensor("\(layer).recurrent.weight"),
        output: try file.tensor("\(layer).h"), cell: try file.tensor("\(layer).c"), steps: steps,
        isPacked: isPacked)
    }
    var inputs = [Matrix(try file.tensor("x"))]
    for layer in layers { inputs.append(layer.forward(inputs[inputs.count - 1])) }
    let outputs = try #require(inputs.last)
    var error = relativeError(outputs.reference, expected: try file.tensor("outputs"))
    #expect(error <= Tolerance.modelLogits)
    var dy = Matrix(try file.tensor("weights"))
    for (index, layer) in layers.enumerated().reversed() {
      dy = layer.backward(inputs[index], dy)
      for (name, found) in [
        ("input.weight", layer.dinput.weight), ("bias", layer.dinput.bias),
        ("recurrent.weight", layer.drecurrent),
      ] {
        error = relativeError(
          found.reference, expected: try file.tensor("gradient/\(index).\(name)"))
        #expect(error <= Tolerance.modelGradient, "\(index).\(name)")
      }
    }
    error = relativeError(dy.reference, expected: try file.tensor("gradient/x"))
    #expect(error <= Tolerance.modelGradient)
  }

  /// Widths below, at and above that of a vector; rows that forget at the first, at an inner and at
  /// successive steps.
  static let shapes = [
    (width: 1, rows: 1, forgets: [[0, 2]]),
    (width: 5, rows: 3, forgets: [[1, 0], [2, 3], [2, 4]]),
    (width: 16, rows: 2, forgets: [[0, 1], [1, 1]]), (width: 19, rows: 2, forgets: []),
  ]

  @Test(arguments: shapes)
  func `that forgets has the outputs and gradients of its equations`(
    shape: (width: Int, rows: Int, forgets: [[Int]])
  ) {
    let steps = 5
    var reference = ReferenceLSTM(inputs: 3, width: shape.width, rows: shape.rows, key: 1)
    reference.forgets = Set(shape.forgets)
    let x = ReferenceMatrix(rows: steps * shape.rows, columns: 3, key: 20)
    let weights = ReferenceMatrix(rows: x.rows, columns: shape.width, key: 21)
    let fast = FastLSTM(
      inputWeight: reference.inputWeight, bias: reference.bias,
      recurrentWeight: reference.recurrentWeight, output: reference.output, cell: reference.cell,
      steps: steps, room: 2)
    let outputs = fast.forward(Matrix(x), forgets: reference.forgets).reference
    #expect(relativeError(outputs, expected: reference.outputs(of: x)) <= Tolerance.modelLogits)
    let dx = fast.backward(Matrix(x), Matrix(weights), forgets: reference.forgets).reference
    func loss(_ change: (inout ReferenceLSTM) -> Void) -> Double {
      var changed = reference
      change(&changed)
      return changed.outputs(of: x).dot(weights)
    }
    let expected: [(String, ReferenceMatrix, ReferenceMatrix)] = [
      ("x", dx, centralDifferences(at: x) { reference.outputs(of: $0).dot(weights) }),
      (
        "input", fast.dinput.weight.reference,
        centralDifferences(at: reference.inputWeight) { new in loss { $0.inputWeight = new } }
      ),
      (
        "bias", fast.dinput.bias.reference,
        centralDifferences(at: reference.bias) { new in loss { $0.bias = new } }
      ),
      (
        "recurrent", fast.drecurrent.reference,
        centralDifferences(at: reference.recurrentWeight) { new in
          loss { $0.recurrentWeight = new }
        }
      ),
    ]
    for (name, found, differences) in expected {
      #expect(relativeError(found, expected: differences) <= Tolerance.networkGradient, "\(name)")
    }
  }

  @Test func `stays finite where the sums of gates are large`() {
    let layer = LSTM(width: 17, steps: 2, rows: 1)
    let weight = RecurrentWeight(Matrix(rows: 68, columns: 17))
    for (sum, output) in [(Float(1e4), Float(0.7615942)), (-1e4, 0)] {
      layer.clear(rows: 1)
      layer.gates.fill(with: sum)
      layer.forward(0, rows: 1, weight)
      for found in layer.outputs[rows: 0..<1].values {
        #expect(abs(Double(found - output)) <= Tolerance.probability)
      }
      let gradient = Matrix(rows: 68, columns: 17)
      layer.backward(
        steps: 1, rows: 1, weight, Matrix(ReferenceMatrix(rows: 2, columns: 17, key: 1)),
        into: gradient)
      let isFinite = layer.gates.values.allSatisfy(\.isFinite)
      #expect(isFinite)
    }
  }
}

import LinearAlgebra
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport
import Testing

@Suite struct `A network on one-hot observations` {
  static let shapes = [
    MultilayerPerceptron(observationSizes: [3, 4], hiddenLayers: 3, width: 7, outputs: 5),
    MultilayerPerceptron(observationSizes: [2, 3, 2, 2], hiddenLayers: 1, width: 1, outputs: 1),
    MultilayerPerceptron(observationSizes: [9, 9, 1], hiddenLayers: 2, width: 5, outputs: 3),
    MultilayerPerceptron(observationSizes: [5], hiddenLayers: 2, width: 67, outputs: 2),
  ]

  @Test(arguments: shapes.indices)
  func `computes what the double-precision reference computes`(index: Int) {
    let (shape, parameters) = drawn(index)
    let reference = ReferenceNetwork(shape, parameters)
    let activations = shape.activations(states: 2)
    for (row, observation) in [Observation(1, 2), Observation(0, 1)].enumerated() {
      shape.forward(observation, parameters, into: activations, row: row)
      let found = activations.output.values[row * shape.outputs..<(row + 1) * shape.outputs]
      for (found, expected) in zip(found, reference.output(observation)) {
        #expect(abs(Double(found) - expected) < Tolerance.networkOutput)
      }
    }
  }

  @Test(arguments: shapes.indices)
  func `has the gradient that finite differences of the reference have`(index: Int) {
    let (shape, parameters) = drawn(index)
    let observations = [Observation(1, 2), Observation(0, 1), Observation(1, 1)]
    let activations = shape.activations(states: 4)
    var random = Seed(1).random(for: "output-gradient")
    for (row, observation) in observations.enumerated() {
      shape.forward(observation, parameters, into: activations, row: row)
      for output in 0..<shape.outputs {
        activations.outputGradient[row, output] = random.normal()
      }
    }
    let gradientVector = Matrix(rows: 1, columns: shape.parameterCount)
    gradientVector.fill(with: 9)
    let gradient = shape.parameters(in: gradientVector)
    shape.backward(observations, activations, parameters, into: gradient)
    let weights = activations.outputGradient.values.map(Double.init)
    let expected = finiteDifferences(at: ReferenceNetwork(shape, parameters)) { network in
      observations.enumerated().reduce(0) { loss, state in
        let output = network.output(state.element)
        return output.indices.reduce(loss) {
          $0 + output[$1] * weights[state.offset * shape.outputs + $1]
        }
      }
    }
    let error = relativeError(of: ReferenceNetwork.flattened(gradient), from: expected)
    #expect(error < Tolerance.networkGradient)
  }

  @Test(arguments: [1, 3])
  func `of vectors computes and has the gradient of the double-precision reference`(layers: Int) {
    let interface = TaskInterface(
      sight: .floats(count: 6), actionCount: 2, episodeLength: 1, rewards: nil)
    let shape = MultilayerPerceptron(interface, hiddenLayers: layers, width: 9, outputs: 4)
    let vector = Matrix(rows: 1, columns: shape.parameterCount)
    let parameters = shape.parameters(in: vector)
    var random = Seed(3).random(for: "weights")
    shape.initialize(parameters, outputScale: 1, using: &random)
    parameters.outputBias.fill(with: 0.5)
    let observations = (0..<3).map { _ in
      Observation(floats: (0..<6).map { _ in random.normal() })
    }
    let activations = shape.activations(states: 3)
    let reference = ReferenceNetwork(shape, parameters)
    for (row, observation) in observations.enumerated() {
      shape.forward(observation, parameters, into: activations, row: row)
      for (output, expected) in reference.output(observation).enumerated() {
        #expect(abs(Double(activations.output[row, output]) - expected) < Tolerance.networkOutput)
        activations.outputGradient[row, output] = Float(output - row)
      }
    }
    let gradient = shape.parameters(in: Matrix(rows: 1, columns: shape.parameterCount))
    shape.backward(observations, activations, parameters, into: gradient)
    let expected = finiteDifferences(at: reference) { network in
      observations.enumerated().reduce(0) { loss, state in
        let output = network.output(state.element)
        return output.indices.reduce(loss) { $0 + output[$1] * Double($1 - state.offset) }
      }
    }
    let error = relativeError(of: ReferenceNetwork.flattened(gradient), from: expected)
    #expect(error < Tolerance.networkGradient)
  }

  @Test func `looks up what a product with the one-hot rows gives`() {
    let shape = Self.shapes[0]
    let (_, parameters) = drawn(0)
    let hot = ReferenceNetwork(shape, parameters).oneHot(Observation(2, 1))
    let input = Matrix(rows: 1, columns: hot.count)
    input.assign(hot.map(Float.init))
    let product = Matrix(rows: 1, columns: shape.width)
    multiply(input, parameters.table, into: product)
    let expected = zip(product.values, parameters.biases[0].values).map { max(0, $0 + $1) }
    let found = Matrix(rows: 1, columns: shape.width)
    Network.lookUp(
      SIMD4(2, 4, 0, 0), count: 2, in: parameters.table, bias: parameters.biases[0], into: found)
    for (found, expected) in zip(found.values, expected) {
      #expect(abs(Double(found - expected)) < Tolerance.networkOutput)
    }
  }

  @Test func `starts with outputs as small as asked, whatever it sees`() {
    let shape = MultilayerPerceptron(
      observationSizes: [9, 9], hiddenLayers: 3, width: 128, outputs: 5)
    let parameters = shape.parameters(in: Matrix(rows: 1, columns: shape.parameterCount))
    var random = Seed(4).random(for: "weights")
    shape.initialize(parameters, outputScale: 0.01, using: &random)
    let activations = shape.activations(states: 81)
    for row in 0..<81 {
      let cell = Observation(UInt8(row % 9), UInt8(row / 9))
      shape.forward(cell, parameters, into: activations, row: row)
    }
    let greatest = activations.output.values.reduce(0) { max($0, abs($1)) }
    #expect(greatest > 0.005)  // 0.03 with these weights
    #expect(greatest < 0.1)
  }

  /// A shape with parameters that are all in use, biases included.
  private func drawn(
    _ index: Int
  ) -> (MultilayerPerceptron, MultilayerPerceptron.Parameters) {
    let shape = Self.shapes[index]
    let vector = Matrix(rows: 1, columns: shape.parameterCount)
    let parameters = shape.parameters(in: vector)
    var random = Seed(UInt64(index)).random(for: "weights")
    shape.initialize(parameters, outputScale: 1, using: &random)
    for bias in parameters.biases + [parameters.outputBias] {
      bias.assign((0..<bias.count).map { _ in abs(random.normal()) / 2 })
    }
    return (shape, parameters)
  }
}

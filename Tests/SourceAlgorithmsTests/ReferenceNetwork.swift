import LinearAlgebra
import SourceAlgorithms
import Tasks

/// A rectified network in plain double-precision loops, with no derivative of its own.
struct ReferenceNetwork {
  /// Table, further weights, biases, output weights, output bias; each row after row.
  var tensors: [[Double]]
  let sizes: [Int]
  let layers: Int
  let width: Int
  let outputs: Int

  init(_ shape: MultilayerPerceptron, _ parameters: MultilayerPerceptron.Parameters) {
    tensors = Self.flattened(parameters)
    sizes = shape.observationSizes
    layers = shape.hiddenLayers
    width = shape.width
    outputs = shape.outputs
  }

  /// Parameters or a gradient, in the order of `tensors`.
  static func flattened(_ parameters: MultilayerPerceptron.Parameters) -> [[Double]] {
    ([parameters.table] + parameters.weights + parameters.biases
      + [parameters.outputWeights, parameters.outputBias]).map { $0.values.map(Double.init) }
  }

  func output(_ observation: Observation) -> [Double] {
    let input = sizes.isEmpty ? observation.floats.map(Double.init) : oneHot(observation)
    var hidden = rectified(input, weights: tensors[0], bias: tensors[layers])
    for layer in 1..<layers {
      hidden = rectified(hidden, weights: tensors[layer], bias: tensors[layers + layer])
    }
    let weights = tensors[2 * layers]
    return (0..<outputs).map { output in
      var sum = tensors[2 * layers + 1][output]
      for unit in 0..<width { sum += hidden[unit] * weights[output * width + unit] }
      return sum
    }
  }

  func oneHot(_ observation: Observation) -> [Double] {
    sizes.indices.flatMap { component in
      (0..<sizes[component]).map { $0 == Int(observation.components[component]) ? 1.0 : 0 }
    }
  }

  private func rectified(_ input: [Double], weights: [Double], bias: [Double]) -> [Double] {
    (0..<width).map { unit in
      var sum = bias[unit]
      for index in input.indices { sum += input[index] * weights[index * width + unit] }
      return max(0, sum)
    }
  }
}

/// The derivative of a loss by every tensor of a network, by central differences.
func finiteDifferences(
  at network: ReferenceNetwork, of loss: (ReferenceNetwork) -> Double
) -> [[Double]] {
  let step = 1e-6
  return network.tensors.indices.map { tensor in
    network.tensors[tensor].indices.map { index in
      var moved = network
      moved.tensors[tensor][index] += step
      let above = loss(moved)
      moved.tensors[tensor][index] -= 2 * step
      return (above - loss(moved)) / (2 * step)
    }
  }
}

/// The greatest difference between two lists of tensors, relative to the greatest entry.
func relativeError(of found: [[Double]], from expected: [[Double]]) -> Double {
  let scale = expected.joined().reduce(0) { max($0, abs($1)) }
  let error = zip(found.joined(), expected.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
  return error / scale
}

// The fast network with numbers of a test's choice, and what it computes as numbers that can be compared.

import Layers
import LinearAlgebra
import Tasks
import TestSupport

/// A network with its parameters and their gradient.
final class FastSight {
  let network: SightNetwork
  let parameters: SightNetwork.Parameters
  let gradients: SightNetwork.Parameters
  private let gradientMatrices: [Matrix]

  /// A network whose tensors hold the values of a function.
  init(
    _ settings: SightSettings, sight: Sight, outputs: Int,
    values: (NetworkTensor) throws -> ReferenceMatrix
  ) rethrows {
    network = SightNetwork(
      settings, shape: SightShape(FastSight.interface(sight)), outputs: outputs,
      outputDeviation: 1)
    parameters = network.parameters(
      in: try network.tensors.map { Matrix(try values($0)) }, isPacked: true)
    gradientMatrices = network.tensors.map { Matrix(rows: $0.rows, columns: $0.columns) }
    gradients = network.parameters(in: gradientMatrices)
  }

  /// An interface of tasks that show something.
  static func interface(_ sight: Sight) -> TaskInterface {
    TaskInterface(
      observationSizes: sight.isCarried ? [] : [256], sight: sight, actionCount: 2,
      episodeLength: 1, rewards: [0])
  }

  /// Numbers that keep the size of what they multiply; no bias is zero, gains are about one.
  static func value(of tensor: NetworkTensor) -> ReferenceMatrix {
    let key = tensor.name.utf8.reduce(UInt32(7)) { $0 &* 31 &+ UInt32($1) }
    let scale = tensor.isWeight ? (6 / Double(tensor.columns)).squareRoot() : 0.25
    var matrix = ReferenceMatrix(
      rows: tensor.rows, columns: tensor.columns, key: key, scale: scale)
    matrix.values = matrix.values.map { Double(Float($0 + tensor.mean)) }
    return matrix
  }

  /// The outputs of inputs, some at a time.
  func outputs(
    of inputs: ReferenceMatrix, atOnce: Int? = nil, noise: UInt32? = nil
  ) -> ReferenceMatrix {
    pass(inputs, atOnce: atOnce ?? inputs.rows, noise: noise) { _, _, _ in }
  }

  /// The gradients, by name, of the sum of outputs times weights.
  func gradients(
    of inputs: ReferenceMatrix, weights: ReferenceMatrix, atOnce: Int? = nil,
    noise: UInt32? = nil
  ) -> [(tensor: NetworkTensor, gradient: ReferenceMatrix)] {
    for matrix in gradientMatrices { matrix.fill(with: 0) }
    let doutputs = Matrix(weights)
    _ = pass(inputs, atOnce: atOnce ?? inputs.rows, noise: noise) { pass, rows, first in
      pass.backward(
        doutputs[rows: rows], self.parameters, into: self.gradients, noise: noise, first: first)
    }
    return zip(network.tensors, gradientMatrices).map { ($0, $1.reference) }
  }

  private func pass(
    _ inputs: ReferenceMatrix, atOnce: Int, noise: UInt32?,
    afterwards: (SightPass, Range<Int>, Int) -> Void
  ) -> ReferenceMatrix {
    let pass = SightPass(network, capacity: atOnce)
    let all = Matrix(inputs)
    let outputs = Matrix(rows: inputs.rows, columns: network.outputs)
    for first in stride(from: 0, to: inputs.rows, by: atOnce) {
      let rows = first..<min(first + atOnce, inputs.rows)
      pass.input[rows: 0..<rows.count].copy(from: all[rows: rows])
      outputs[rows: rows].copy(
        from: pass.forward(rows.count, parameters, noise: noise, first: first))
      afterwards(pass, rows, first)
    }
    return outputs.reference
  }
}

// Ordinal observations: a model with them is one without them whose embeddings are running sums.

import Contexts
import LinearAlgebra
import Models
import Randomness
import TestSupport
import Testing

@Suite struct `Ordinal observations` {
  /// The same model twice: with ordinal observations, and with what they sum up to in their place.
  private struct Twins {
    let ordinal: Parameters
    let separate: Parameters

    init(_ architecture: Architecture) {
      let given = settings.configuration
      func parameters(isOrdinal: Bool) -> Parameters {
        var model = given.model
        model.architecture = architecture
        model.ordinalObservations = isOrdinal
        return Parameters(
          ModelConfiguration(
            model: model, interface: given.interface, contextSteps: given.contextSteps))
      }
      (ordinal, separate) = (parameters(isOrdinal: true), parameters(isOrdinal: false))
      for (index, (tensor, matrix)) in ordinal.tensors.enumerated() {
        let values = ReferenceMatrix(
          rows: matrix.rows, columns: matrix.columns, key: UInt32(index)
        ).floats
        matrix.assign(values)
        let other = separate.tensors[index].matrix
        other.assign(values)
        guard case .observation = tensor else { continue }
        for row in 1..<other.rows {
          for column in 0..<other.columns { other[row, column] += other[row - 1, column] }
        }
      }
    }
  }

  private static var settings: ReferenceSettings {
    var settings = ReferenceSettings()
    settings.width = 18
    return settings
  }

  @Test(arguments: [Architecture.transformer, .lstm])
  func `predict as the running sums of their embeddings do, and have the sums of their gradients`(
    architecture: Architecture
  ) throws {
    let twins = Twins(architecture)
    let batch = ReferenceBatch(windows: 4, of: Self.settings, key: 3)
      .contextBatch(of: Self.settings)
    func result(of parameters: Parameters) -> (loss: Double, gradients: Parameters) {
      let gradients = Parameters(parameters.configuration)
      let result = parameters.configuration.makePass(windowCount: 4).accumulateGradients(
        batch, windows: 0..<4, parameters, into: gradients, totalWeight: batch.totalWeight,
        labelSmoothing: 0, noise: nil)
      return (result.loss, gradients)
    }
    let (found, expected) = (result(of: twins.ordinal), result(of: twins.separate))
    #expect(relativeError([found.loss], expected: [expected.loss]) <= Tolerance.modelLoss)
    for (index, (tensor, gradient)) in found.gradients.tensors.enumerated() {
      let sums = expected.gradients.tensors[index].matrix
      if case .observation = tensor {
        for row in (0..<sums.rows - 1).reversed() {
          for column in 0..<sums.columns { sums[row, column] += sums[row + 1, column] }
        }
      }
      let error = relativeError(gradient.reference, expected: sums.reference)
      #expect(error <= Tolerance.modelGradient, "\(tensor.name)")
    }
  }

  @Test func `begin smaller, so that the sum of all is as large as one alone would be`()
    throws
  {
    let twins = Twins(.lstm)
    let fresh = Parameters(twins.ordinal.configuration, seed: Seed(1))
    let alone = Parameters(twins.separate.configuration, seed: Seed(1))
    for (index, (tensor, matrix)) in fresh.tensors.enumerated() {
      guard case .observation = tensor else { continue }
      let ratio = Double(matrix.rows).squareRoot()
      let expected = alone.tensors[index].matrix.values.map { Double($0) / ratio }
      #expect(relativeError(matrix.values.map(Double.init), expected: expected) <= 1e-6)
    }
  }
}

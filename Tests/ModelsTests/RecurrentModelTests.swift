// A model of long short-term memory: against PyTorch, and acting as it does in a full pass.

import Contexts
import Foundation
import LinearAlgebra
import Models
import Randomness
import Tasks
import TestSupport
import Testing

/// A golden file of a recurrent model.
private struct GoldenRecurrence {
  let file: GoldenFile
  let parameters: Parameters
  let batch: ContextBatch

  init(_ variant: String) throws {
    file = try GoldenFile(named: "recurrent-\(variant)")
    var settings = ReferenceSettings()
    settings.steps = try file.integer("steps")
    settings.observationSizes = try file.integers("observationSizes")
    settings.actions = try file.integer("actions")
    (settings.width, settings.heads) = (try file.integer("width"), 1)
    settings.layers = try file.integer("layers")
    parameters = Parameters(RecurrentModels.configuration(settings))
    for (tensor, matrix) in parameters.tensors {
      matrix.assign(try file.tensor(tensor.name).floats)
    }
    batch = ReferenceBatch(
      windows: try file.integer("windows"),
      observations: try file.tensor("batch/observations").values.map { Int($0) },
      actions: try file.tensor("batch/actions").values.map { Int($0) },
      rewards: try file.tensor("batch/rewards").values,
      lossWeights: try file.tensor("batch/lossWeights").values,
      masked: try file.tensor("batch/masked").values.map { $0 == 1 }
    ).contextBatch(of: settings)
  }
}

/// Recurrent models for tests.
private enum RecurrentModels {
  static func configuration(_ settings: ReferenceSettings) -> ModelConfiguration {
    let given = settings.configuration
    var model = given.model
    model.architecture = .lstm
    return ModelConfiguration(
      model: model, interface: given.interface, contextSteps: given.contextSteps)
  }

  /// Of two layers, whose numbers do not follow from the length of the context.
  static func model(steps: Int) -> (parameters: Parameters, settings: ReferenceSettings) {
    var settings = ReferenceSettings()
    (settings.steps, settings.width) = (steps, 18)
    let parameters = Parameters(configuration(settings))
    for (index, (_, matrix)) in parameters.tensors.enumerated() {
      matrix.assign(
        ReferenceMatrix(rows: matrix.rows, columns: matrix.columns, key: UInt32(index)).floats)
    }
    return (parameters, settings)
  }

  static func life(_ count: Int, of settings: ReferenceSettings, key: UInt32) -> [ContextStep] {
    var long = settings
    long.steps = count
    let batch = ReferenceBatch(windows: 1, of: long, key: key).contextBatch(of: long)
    return (0..<count).map { step in
      ContextStep(
        observation: batch.observations[step], action: Int(batch.actions[step]),
        reward: batch.rewards[step], startsEpisode: step % 3 == 0)
    }
  }
}

@Suite struct `A recurrent model` {
  static let variants = ["one-layer", "two-layers", "all-options"]

  @Test(arguments: variants)
  func `has the logits of PyTorch`(variant: String) throws {
    let golden = try GoldenRecurrence(variant)
    let pass = RecurrentPass(
      golden.parameters.configuration, windowCount: golden.batch.windowCount + 1)
    let logits = pass.forward(
      golden.batch, windows: 0..<golden.batch.windowCount, golden.parameters)
    let error = relativeError(logits.reference, expected: try golden.file.tensor("logits"))
    #expect(error <= Tolerance.modelLogits)
  }

  @Test(arguments: variants, [1, 2, 4])
  func `has the loss and every gradient of PyTorch however many windows a pass holds`(
    variant: String, windowsAtOnce: Int
  ) throws {
    let golden = try GoldenRecurrence(variant)
    let pass = golden.parameters.configuration.makePass(windowCount: windowsAtOnce)
    let gradients = Parameters(golden.parameters.configuration)
    var result = PassResult()
    for first in stride(from: 0, to: golden.batch.windowCount, by: windowsAtOnce) {
      result.add(
        pass.accumulateGradients(
          golden.batch, windows: first..<min(first + windowsAtOnce, golden.batch.windowCount),
          golden.parameters, into: gradients, totalWeight: golden.batch.totalWeight,
          labelSmoothing: try golden.file.number("labelSmoothing"), noise: nil))
    }
    let loss = try golden.file.tensor("loss").values
    #expect(relativeError([result.loss], expected: loss) <= Tolerance.modelLoss)
    for (tensor, gradient) in gradients.tensors {
      let expected = try golden.file.tensor("gradient/\(tensor.name)")
      #expect(
        relativeError(gradient.reference, expected: expected) <= Tolerance.modelGradient,
        "\(tensor.name)")
    }
  }

  @Test func `begins with open forget gates and no other bias`() throws {
    let (parameters, _) = RecurrentModels.model(steps: 3)
    let fresh = Parameters(parameters.configuration, seed: .init(1))
    let width = parameters.configuration.model.width
    for layer in 0..<2 {
      let bias = try #require(
        fresh.tensors.first { $0.tensor == .recurrent(layer, .bias) }?.matrix.values)
      #expect(bias == (0..<4 * width).map { (width..<2 * width).contains($0) ? 1 : 0 })
    }
  }

  @Test
  func `with chrono initialisation remembers for up to its context, and what a reward came with`()
    throws
  {
    let (parameters, _) = RecurrentModels.model(steps: 50)
    var model = parameters.configuration.model
    (model.width, model.chronoInitialisation) = (1000, true)
    let configuration = ModelConfiguration(
      model: model, interface: parameters.configuration.interface, contextSteps: 50)
    let fresh = Parameters(configuration, seed: .init(1))
    func values(_ tensor: ParameterTensor) throws -> ArraySlice<Float> {
      try #require(fresh.tensors.first { $0.tensor == tensor }?.matrix.values[...])
    }
    for layer in 0..<2 {
      let bias = try values(.recurrent(layer, .bias))
      let forget = bias[1000..<2000]
      #expect(forget.allSatisfy { (0...Float(log(50.0))).contains($0) })
      let mean = forget.reduce(0, +) / 1000
      #expect(abs(mean - Float(log(50.0)) / 2) < 0.1)
      #expect(zip(bias[..<1000], forget).allSatisfy { $0 == -$1 })
      #expect(bias[2000...].allSatisfy { $0 == 0 })
    }
    // A reward of 1 undoes the bias of the input gates, but for what embeddings begin as elsewhere.
    let input = try zip(values(.recurrent(0, .bias)), values(.rewardWeight)).prefix(1000).map(+)
    #expect(abs(input.reduce(0, +) / 1000) < 0.05)
    let square = input.reduce(0) { $0 + $1 * $1 } / 1000
    #expect(abs(square.squareRoot() - 0.3) < 0.05)
  }

  @Test func `packed gives the same bits`() {
    let (parameters, settings) = RecurrentModels.model(steps: 9)
    let packed = Parameters(packing: parameters)
    let batch = ReferenceBatch(windows: 2, of: settings, key: 3).contextBatch(of: settings)
    let pass = RecurrentPass(parameters.configuration, windowCount: 2)
    for change in [Float(0), 0.25] {
      for (_, matrix) in parameters.tensors { matrix[0, 0] += change }
      for weight in 0..<packed.weightCount { packed.pack(weight) }
      let found = pass.forward(batch, windows: 0..<2, packed).values
      #expect(pass.forward(batch, windows: 0..<2, parameters).values == found)
    }
  }

  /// What a full pass as long as a life predicts in its last step.
  private static func predicted(_ steps: [ContextStep], now: Observation) -> [Float] {
    let (parameters, settings) = RecurrentModels.model(steps: steps.count + 1)
    var batch = ContextBatch(windowCount: 1, stepCount: settings.steps)
    for (index, step) in steps.enumerated() {
      batch.set(
        window: 0, step: index, observation: step.observation, action: step.action,
        reward: step.reward, lossWeight: 1)
    }
    batch.set(
      window: 0, step: steps.count, observation: now, action: 0, reward: 0, lossWeight: 1)
    let logits = RecurrentPass(parameters.configuration, windowCount: 1)
      .forward(batch, windows: 0..<1, parameters)
    return logits[rows: steps.count..<steps.count + 1].values
  }

  @Test func `acting predicts to the bit what a full pass does, also beyond its context`() {
    let (parameters, settings) = RecurrentModels.model(steps: 9)
    let lives = (0..<3).map { RecurrentModels.life(25, of: settings, key: 40 + $0) }
    let context = parameters.makeContext(streamCount: 3)
    for step in 0..<25 {
      context.predict(lives.map { $0[step].observation })
      for (stream, life) in lives.enumerated() {
        let expected = Self.predicted(Array(life[..<step]), now: life[step].observation)
        #expect(
          context.logits[rows: stream..<stream + 1].values == expected,
          "stream \(stream), step \(step)")
        context.append(life[step], to: stream)
      }
    }
  }

  @Test func `a demonstration counts as if it had been lived, and for its own stream alone`() {
    let (parameters, settings) = RecurrentModels.model(steps: 9)
    let life = RecurrentModels.life(12, of: settings, key: 40)
    let shown = RecurrentModels.life(14, of: settings, key: 50)
    let context = parameters.makeContext(streamCount: 3)
    context.prefill(1, with: shown)
    for step in 0..<12 {
      context.predict([life[step].observation, life[step].observation, life[step].observation])
      for stream in 0..<3 {
        let before = (stream == 1 ? shown : []) + life[..<step]
        #expect(
          context.logits[rows: stream..<stream + 1].values
            == Self.predicted(before, now: life[step].observation), "stream \(stream), step \(step)"
        )
        context.append(life[step], to: stream)
      }
    }
  }
}

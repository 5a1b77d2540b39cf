// proof: what the peers must agree to before they are timed. Weights, a batch, logits, every gradient
// and the parameters after three updates, dropout off, in one safetensors file.

internal import ArgumentParser
internal import Contexts
internal import Foundation
internal import LinearAlgebra
internal import Models
internal import Randomness
internal import Tasks
internal import TensorFiles
internal import Training

struct Proof: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes weights, a batch, logits, gradients and three updates for a peer to check.")

  @Option(help: "Of the model and its context: fast, paper, wide or long.")
  var size: ModelSize
  @Option(help: "The safetensors file.")
  var output: String

  /// Windows of the batch: two for each worker's lane at most, as logits of more say no more.
  private static let windows = 8

  func run() throws {
    let tensors = try withTemporaryFolder { folder in
      try self.tensors(
        sampler: try RandomHistories().sampler(
          for: size, in: folder.appendingPathComponent("histories")))
    }
    try TensorFile.write(
      tensors, metadata: ["size": size.rawValue], to: URL(fileURLWithPath: output), replacing: true)
  }

  private func tensors(sampler: WindowSampler) throws -> [NewTensor] {
    let configuration = size.configuration(dropout: false)
    var settings = size.training
    settings.windowsPerUpdate = Self.windows
    settings.learningRate = 1e-3
    // Large, so that a gradient that is zero but for rounding (that of the key bias) moves nothing.
    settings.epsilon = 1e-4
    let trainer = Trainer(configuration, settings, seed: Seed(0), workers: 2)
    var batch = trainer.makeBatch()
    sampler.fill(&batch, update: 0, seed: Seed(0))
    var tensors = self.tensors(of: batch) + named("parameters", trainer.parameters)

    let pass = TransformerPass(configuration, windowCount: 1)
    let gradients = Parameters(configuration)
    var logits: [Float] = []
    for window in 0..<Self.windows {
      logits += pass.forward(batch, windows: window..<window + 1, trainer.parameters).values
      _ = pass.accumulateGradients(
        batch, windows: window..<window + 1, trainer.parameters, into: gradients,
        totalWeight: batch.totalWeight, labelSmoothing: 0, noise: nil)
    }
    tensors.append(
      NewTensor(
        "logits",
        shape: [Self.windows, batch.stepCount, configuration.interface.actionCount], logits))
    tensors += named("gradients", gradients)
    for _ in 0..<3 { _ = trainer.update(on: batch) }
    return tensors + named("updated", trainer.parameters)
  }

  private func tensors(of batch: ContextBatch) -> [NewTensor] {
    let shape = [batch.windowCount, batch.stepCount]
    return [
      NewTensor("batch/x", shape: shape, batch.observations.map { $0.components.x }),
      NewTensor("batch/y", shape: shape, batch.observations.map { $0.components.y }),
      NewTensor("batch/actions", shape: shape, batch.actions),
      NewTensor("batch/rewards", shape: shape, batch.rewards),
      NewTensor("batch/weights", shape: shape, batch.lossWeights),
    ]
  }

  private func named(_ group: String, _ parameters: Parameters) -> [NewTensor] {
    parameters.tensors.map { tensor, matrix in
      NewTensor(
        "\(group)/\(tensor.name)", shape: [matrix.rows, matrix.columns], matrix.values)
    }
  }
}

// What is said of a safetensors file: a shard, a model, or tensors of something else.

internal import Foundation
internal import LearningHistories
internal import LinearAlgebra
internal import Tasks
internal import TensorFiles
internal import Transformer

extension InspectStage {
  /// A shard or a model, by the schema that its header names.
  func inspectTensors() throws {
    let file = try TensorFile(reading: URL(fileURLWithPath: path))
    switch file.metadata["schema"] {
    case ShardSchema.name: try inspectShard()
    case Checkpoint.schema: try inspectModel(file)
    case let schema:
      console.say("\(path): tensors of \(schema.map { "the schema '\($0)'" } ?? "no schema")")
      sayTensors(of: file)
    }
  }

  /// A model: its configuration and its tensors.
  private func inspectModel(_ file: TensorFile) throws {
    let (_, configuration) = try Checkpoint.open(file.url)
    let parameters = try Checkpoint.read(file.url)
    let model = configuration.model
    let count = parameters.tensors.reduce(0) { $0 + $1.matrix.rows * $1.matrix.columns }
    console.say(
      """
      \(path): a whole model of \(grouped(count)) parameters
        shape      width \(model.width), \(model.layers) layers, \(model.heads) heads, \
      feed-forward \(model.feedForward), \(model.normPlacement.rawValue)-norm, \
      \(model.tokensPerStep) tokens a step
        context    \(configuration.contextSteps) steps
        task       observations \(configuration.interface.observationSizes), \
      \(configuration.interface.actionCount) actions, episodes of \
      \(configuration.interface.episodeLength) steps
      """)
    sayTensors(of: file)
  }

  private func sayTensors(of file: TensorFile) {
    for tensor in file.tensors {
      console.say("  \(tensor.type.rawValue) \(tensor.shape) \(tensor.name)")
    }
  }
}

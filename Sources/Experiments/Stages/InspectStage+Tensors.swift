// What is said of a safetensors file: a shard, a model, or tensors of something else.

internal import Foundation
internal import LearningHistories
internal import LinearAlgebra
internal import Models
internal import Tables
internal import Tasks
internal import TensorFiles

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
    let opened = try Checkpoint.open(file.url)
    let configuration = opened.configuration
    let parameters = try Checkpoint.read(opened)
    let model = configuration.model
    console.say(
      """
      \(path): a whole model of \(grouped(parameters.count)) parameters
        method     \(file.metadata["method"] ?? "not said"), training seed \
      \(file.metadata["train_seed"] ?? "not said")\(try trainedSoFar())\(try changes(of: file))
        shape      width \(model.width), \(model.layers) layers, \(model.heads) heads, \
      feed-forward \(model.feedForward), \(model.normPlacement.rawValue)-norm, \
      \(model.tokensPerStep) tokens a step
        context    \(configuration.contextSteps) steps
        task       observations \(configuration.interface.observationSizes), \
      \(configuration.interface.actionCount) actions, episodes of \
      \(configuration.interface.episodeLength) steps
      """)
    sayTensors(of: file)
    let run = (0..<4).reduce(file.url) { url, _ in url.deletingLastPathComponent() }
    console.next("evaluate", "--run", run.relativePath)
  }

  /// What the settings were changed to on the way; nothing if they were not.
  private func changes(of file: TensorFile) throws -> String {
    try ChangedSettings.all(in: file.metadata, of: path).map { "\n  went on    \($0.words)" }
      .joined()
  }

  /// How the training went, from the log beside the model; nothing if there is none.
  private func trainedSoFar() throws -> String {
    let folder = ModelFolder(
      path: URL(fileURLWithPath: path).deletingLastPathComponent().relativePath)
    guard FileManager.default.fileExists(atPath: folder.log) else { return "" }
    let text = try readText(folder.log, ifMissing: "")
    guard let log = try? CSVTable(text), let column = log.header.firstIndex(of: "loss") else {
      return ""
    }
    let losses = log.rows.compactMap { Double($0[column]) }
    guard let first = losses.first, let last = losses.last else { return "" }
    let digits = { (loss: Double) in String(format: "%.3f", loss) }
    return ", \(grouped(losses.count)) updates, loss \(digits(first)) to \(digits(last))"
  }

  private func sayTensors(of file: TensorFile) {
    for tensor in file.tensors {
      console.say("  \(tensor.type.rawValue) \(tensor.shape) \(tensor.name)")
    }
  }
}

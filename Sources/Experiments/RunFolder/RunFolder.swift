// The paths of a run folder: the one type that knows where each file of a run lies. What is in the
// files is for those who write them.

internal import Foundation

/// The folder that one experiment lives in.
public struct RunFolder: Sendable, Equatable {
  /// The folder, as it was given.
  public let path: String

  /// The folder at a path, which need not exist yet.
  public init(_ path: String) {
    let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    self.path = trimmed
  }

  /// The resolved configuration.
  public var configuration: String { "\(path)/config.yaml" }
  /// The folder of learning histories.
  public var histories: String { "\(path)/histories" }
  /// Task family, split, learner settings and shards with checksums.
  public var manifest: String { "\(histories)/manifest.json" }
  /// The folder of all models.
  public var models: String { "\(path)/models" }
  /// The folder of a method's models.
  public func models(of method: any Method) -> String { "\(models)/\(method.name)" }
  /// The files of one model.
  public func model(_ method: any Method, trainSeed: Int) -> ModelFolder {
    ModelFolder(path: "\(models(of: method))/seed-\(trainSeed)")
  }
  /// The folder of evaluations.
  public var evaluation: String { "\(path)/evaluation" }
  /// The source's own histories on the tasks of a split, from scratch.
  func sourceHistories(on split: EvaluatedSplit) -> String {
    "\(evaluation)/source-\(split.rawValue)"
  }
  /// The folder of what each evaluation left, from which the tables below are joined.
  var evaluationParts: String { "\(evaluation)/parts" }
  /// The returns of a method's models of one training seed, or of the source, on the tasks of a split.
  func returnsPart(_ method: String, on split: String, trainSeed: Int?) -> String {
    evaluationPart(method, on: split, trainSeed: trainSeed) + ".csv"
  }
  /// The ways of the agents that were watched in that evaluation, where there is a map to see them on.
  func pathsPart(_ method: String, on split: String, trainSeed: Int?) -> String {
    evaluationPart(method, on: split, trainSeed: trainSeed) + ".paths.csv"
  }
  private func evaluationPart(_ method: String, on split: String, trainSeed: Int?) -> String {
    let name = trainSeed.map { "seed-\($0)" } ?? "returns"
    return "\(evaluationParts)/\(method)/\(split)/\(name)"
  }
  /// A row for each episode of each evaluation, joined from its parts.
  public var returns: String { "\(evaluation)/returns.csv" }
  /// The ways that watched agents took, where there is a map to see them on.
  var paths: String { "\(evaluation)/paths.csv" }
  /// The checksums of the files that contexts began with.
  var promptFiles: String { "\(evaluation)/prompt-files.json" }
  /// What the returns come to.
  public var summary: String { "\(evaluation)/summary.json" }
  /// Seconds, rates and machines.
  public var timings: String { "\(path)/timings.json" }
  /// The same of one share of the run, until they are joined.
  func timings(of share: Share) -> String {
    "\(path)/timings-\(share.index)-of-\(share.count).json"
  }
  /// The main figure by itself.
  public var figure: String { "\(path)/figure.svg" }
  /// The page.
  public var report: String { "\(path)/report.html" }

  /// The last file of everything that a whole run leaves, in the order it is made, and whether it is there.
  func landmarks(of configuration: ExperimentConfiguration) -> [(path: String, isThere: Bool)] {
    let methods = Registry.methods.filter { $0.isStandard || !begunSeeds(of: $0).isEmpty }
    let models = methods.flatMap { method in
      configuration.trainSeeds.map { model(method, trainSeed: $0).model }
    }
    return ([manifest] + models + [returns, summary, report]).map {
      ($0, FileManager.default.fileExists(atPath: $0))
    }
  }

  /// The training seeds that a method has complete models of, ascending.
  public func trainedSeeds(of method: any Method) -> [Int] {
    folders(in: models(of: method)).filter { model(method, trainSeed: $0).isComplete }
  }

  /// The methods that there are complete models of; those of a whole run if there are none.
  public var trainedMethods: [any Method] {
    let trained = Registry.methods.filter { !trainedSeeds(of: $0).isEmpty }
    return trained.isEmpty ? Registry.standardMethods : trained
  }

  /// The training seeds that a method has anything of, ascending.
  func begunSeeds(of method: any Method) -> [Int] { folders(in: models(of: method)) }

  private func folders(in path: String) -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.compactMap { $0.hasPrefix("seed-") ? Int($0.dropFirst("seed-".count)) : nil }
      .sorted()
  }
}

/// The files of one trained model.
public struct ModelFolder: Sendable, Equatable {
  public let path: String
  /// The trained parameters.
  public var model: String { "\(path)/model.safetensors" }
  /// The model's configuration.
  public var configuration: String { "\(path)/config.json" }
  /// Loss and learning rate by update.
  public var log: String { "\(path)/training.csv" }
  /// What an interrupted training continues from.
  public var checkpoint: String { "\(path)/checkpoint.safetensors" }

  /// Whether the training has come to its end.
  public var isComplete: Bool { FileManager.default.fileExists(atPath: model) }
}

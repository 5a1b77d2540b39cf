// The paths of a run folder: the one type that knows where each file of a run lies. What is in the
// files is for those who write them.

internal import Foundation
internal import Training

/// How a model comes about.
package enum Method: String, CaseIterable, Sendable, Codable {
  /// Algorithm distillation: whole histories.
  case ad
  /// Expert distillation: their converged ends.
  case ed
  /// Algorithm distillation with a recurrent model in the transformer's place.
  case adLSTM = "ad-lstm"
  /// RL², which is distilled from nothing: it learns online on the training tasks.
  case rl2

  /// Those of a whole run that names none.
  package static let standard: [Method] = [.ad, .ed]
}

/// The folder that one experiment lives in.
package struct RunFolder: Sendable, Equatable {
  /// The folder, as it was given.
  package let path: String

  /// The folder at a path, which need not exist yet.
  package init(_ path: String) {
    let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    self.path = trimmed
  }

  /// The resolved configuration.
  package var configuration: String { "\(path)/config.yaml" }
  /// The folder of learning histories.
  package var histories: String { "\(path)/histories" }
  /// Task family, split, learner settings and shards with checksums.
  package var manifest: String { "\(histories)/manifest.json" }
  /// The folder of all models.
  package var models: String { "\(path)/models" }
  /// The folder of a method's models.
  package func models(of method: Method) -> String { "\(models)/\(method.rawValue)" }
  /// The files of one model.
  package func model(_ method: Method, trainSeed: Int) -> ModelFolder {
    ModelFolder(path: "\(models(of: method))/seed-\(trainSeed)")
  }
  /// The folder of evaluations.
  package var evaluation: String { "\(path)/evaluation" }
  /// The source's own histories on the tasks of a split, from scratch.
  func sourceHistories(on split: EvaluatedSplit) -> String {
    "\(evaluation)/source-\(split.rawValue)"
  }
  /// A row for each episode of each evaluation.
  package var returns: String { "\(evaluation)/returns.csv" }
  /// The ways that watched agents took, where there is a map to see them on.
  var paths: String { "\(evaluation)/paths.csv" }
  /// The checksums of the files that contexts began with.
  var promptFiles: String { "\(evaluation)/prompt-files.json" }
  /// What the returns come to.
  package var summary: String { "\(evaluation)/summary.json" }
  /// Seconds, rates and machines.
  package var timings: String { "\(path)/timings.json" }
  /// The main figure by itself.
  package var figure: String { "\(path)/figure.svg" }
  /// The page.
  package var report: String { "\(path)/report.html" }

  /// Everything that a whole run leaves, in the order it is made.
  package func parts(
    of configuration: ExperimentConfiguration
  ) -> [(path: String, isThere: Bool)] {
    let methods = Method.allCases.filter {
      Method.standard.contains($0) || !begunSeeds(of: $0).isEmpty
    }
    let models = methods.flatMap { method in
      configuration.trainSeeds.map { model(method, trainSeed: $0).model }
    }
    return ([manifest] + models + [returns, summary, report]).map {
      ($0, FileManager.default.fileExists(atPath: $0))
    }
  }

  /// The training seeds that a method has complete models of, ascending.
  package func trainedSeeds(of method: Method) -> [Int] {
    folders(in: models(of: method)).filter { model(method, trainSeed: $0).isComplete }
  }

  /// The methods that there are complete models of; those of a whole run if there are none.
  package var trainedMethods: [Method] {
    let trained = Method.allCases.filter { !trainedSeeds(of: $0).isEmpty }
    return trained.isEmpty ? Method.standard : trained
  }

  /// The training seeds that a method has anything of, ascending.
  func begunSeeds(of method: Method) -> [Int] { folders(in: models(of: method)) }

  private func folders(in path: String) -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.compactMap { $0.hasPrefix("seed-") ? Int($0.dropFirst("seed-".count)) : nil }
      .sorted()
  }
}

/// The files of one trained model.
package struct ModelFolder: Sendable, Equatable {
  /// The folder.
  package let path: String
  /// The trained parameters.
  package var model: String { "\(path)/model.safetensors" }
  /// The model's configuration.
  package var configuration: String { "\(path)/config.json" }
  /// Loss and learning rate by update.
  package var log: String { "\(path)/training.csv" }
  /// What an interrupted training continues from.
  package var checkpoint: String { "\(path)/checkpoint.safetensors" }

  /// Whether the training has come to its end.
  package var isComplete: Bool { FileManager.default.fileExists(atPath: model) }
}

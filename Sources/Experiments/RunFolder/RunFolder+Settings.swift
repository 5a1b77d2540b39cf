// Which settings bind which files. `config.yaml` describes everything in its folder: a setting may
// change only while nothing exists that was made with it, or if what it made is to be made again.

internal import Foundation
internal import Training

/// A part of a run folder that is made as a whole.
enum RunPart: CaseIterable {
  case histories
  case models(Method)
  case evaluation

  static let allCases =
    [RunPart.histories] + Method.allCases.map { .models($0) } + [.evaluation]

  /// What people call it.
  var name: String {
    switch self {
    case .histories: "histories"
    case .models(let method): "models/\(method.rawValue)"
    case .evaluation: "evaluation"
    }
  }

  /// What the names of its stages in `timings.json` begin with.
  var stagePrefix: String {
    switch self {
    case .histories: "collect"
    case .models(let method): "train/\(method.rawValue)/"
    case .evaluation: "evaluate/"
    }
  }

  /// The top-level keys that it was made with, besides those of the parts that it follows from.
  private var ownSections: Set<String> {
    switch self {
    case .histories: ["seed", "task", "split", "source", "collect"]
    case .models(.ad): ["context", "model", "train"]
    case .models(.ed): ["context", "model", "train", "ed"]
    case .models(.adLSTM): ["context", "model", "train", "lstm"]
    case .models(.rl2): ["model", "rl2"]
    case .evaluation: ["evaluate"]
    }
  }

  /// The top-level keys that it was made with, in a folder that has some parts: an evaluation follows from the
  /// models that are there.
  func sections(among parts: [RunPart]) -> Set<String> {
    switch self {
    case .histories: ownSections
    case .models(.rl2): ownSections.union(["seed", "task", "split"])
    case .models: Self.histories.ownSections.union(ownSections)
    case .evaluation:
      parts.reduce(Self.histories.ownSections.union(ownSections)) { $0.union($1.ownSections) }
    }
  }
}

/// Why a folder cannot take a configuration.
package enum RunFolderError: CommandError, Equatable {
  /// What is there was made with other settings.
  case otherSettings(path: String, differences: [SettingDifference], parts: [String])
  /// There are files, but no configuration.
  case notARun(path: String)
  /// There is something that is no folder.
  case notAFolder(path: String)
  /// There is no such folder.
  case missing(path: String)

  /// The folder, what differs and what to do.
  package var description: String {
    switch self {
    case .otherSettings(let path, let differences, let parts):
      """
      \(path) was made with other settings:
      \(differences.map { "  \($0.path): \($0.first) there, \($0.second) here" }.joined(separator: "\n"))
      Choose another folder, or pass --overwrite to make again what they touch: \
      \(parts.joined(separator: ", ")).
      """
    case .notARun(let path):
      "\(path) is not empty and has no config.yaml, so it is no run folder. Choose another folder."
    case .notAFolder(let path): "\(path) is a file, not a folder. Choose another folder."
    case .missing(let path):
      "\(path) does not exist. Make it with 'distill collect --preset dark-room --out \(path)'."
    }
  }

  /// By cause.
  package var exitStatus: ExitStatus {
    switch self {
    case .missing: .missingInput
    case .otherSettings, .notARun, .notAFolder: .cannotCreate
    }
  }
}

extension RunFolder {
  /// The configuration that the folder was made with.
  package func readConfiguration() throws -> ExperimentConfiguration {
    let manager = FileManager.default
    guard manager.fileExists(atPath: path) else { throw RunFolderError.missing(path: path) }
    guard manager.fileExists(atPath: configuration) else {
      throw RunFolderError.notARun(path: path)
    }
    let text = try readText(configuration, ifMissing: "")
    return try ExperimentConfiguration(from: ConfigurationFile(name: configuration, text: text))
  }

  /// Makes the folder one of these settings, before any work starts.
  ///
  /// Training seeds bind nothing: each has a model of its own, so seeds are added to those there.
  /// - Parameters:
  ///   - wanted: The settings.
  ///   - overwriting: Whether parts that were made with other settings are removed.
  ///   - console: Told what is written and removed.
  /// - Returns: The settings with the training seeds of all models that are there.
  /// - Throws: `RunFolderError` if something there was made with other settings.
  package func adopt(
    _ wanted: ExperimentConfiguration, overwriting: Bool = false,
    telling console: Console = Console(isQuiet: true)
  ) throws -> ExperimentConfiguration {
    guard try isBegun() else {
      try makeFolder(path)
      try write(wanted, telling: console)
      return wanted
    }
    let present = try readConfiguration()
    var merged = wanted
    merged.train.seeds = present.train.seeds
    let differences = present.differences(from: merged)
    let there = RunPart.allCases.filter(exists)
    let touched = there.filter { part in
      differences.contains { part.sections(among: there).contains($0.section) }
    }
    let conflicts = differences.filter { difference in
      touched.contains { $0.sections(among: there).contains(difference.section) }
    }
    guard conflicts.isEmpty || overwriting else {
      throw RunFolderError.otherSettings(
        path: path, differences: conflicts, parts: touched.map(\.name))
    }
    for part in touched {
      try removeIfPresent("\(path)/\(part.name)")
      console.removed("\(path)/\(part.name)")
      try forgetTimings(ofStagesBeginningWith: part.stagePrefix)
    }
    merged.train.seeds = seeds(adding: wanted.train.seeds)
    if merged != present { try write(merged, telling: console) }
    return merged
  }

  /// The wanted training seeds in their order, then those that only the folder has.
  private func seeds(adding wanted: [Int]) -> [Int] {
    let begun = Set(Method.allCases.flatMap(begunSeeds)).subtracting(wanted)
    return wanted + begun.sorted()
  }

  private func exists(_ part: RunPart) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/\(part.name)")
  }

  /// Whether the folder has a configuration already.
  private func isBegun() throws(RunFolderError) -> Bool {
    guard FileManager.default.fileExists(atPath: path) else { return false }
    guard FileManager.default.fileExists(atPath: "\(path)/.") else { throw .notAFolder(path: path) }
    if FileManager.default.fileExists(atPath: configuration) { return true }
    let content = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard content.allSatisfy({ $0.hasSuffix(".tmp") }) else { throw .notARun(path: path) }
    return false
  }

  private func write(
    _ configuration: ExperimentConfiguration, telling console: Console
  ) throws {
    try writeFile(try configuration.yaml, to: self.configuration)
    console.wrote(self.configuration)
  }
}

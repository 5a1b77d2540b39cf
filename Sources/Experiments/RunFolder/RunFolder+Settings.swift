// Which settings bind which files. `config.yaml` describes everything in its folder: a setting may
// change only while nothing exists that was made with it, or if what it made is to be made again.

internal import Foundation
public import Ranks
internal import TensorFiles
internal import Training

/// Why a folder cannot take a configuration.
public enum RunFolderError: CommandError, Equatable {
  /// What is there was made with other settings.
  case otherSettings(path: String, differences: [SettingDifference], parts: [String])
  /// There are files, but no configuration.
  case notARun(path: String)
  /// There is something that is no folder.
  case notAFolder(path: String)
  /// There is no such folder.
  case missing(path: String)
  /// The configuration is no longer there.
  case gone(path: String)

  /// The folder, what differs and what to do.
  public var description: String {
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
    case .gone(let path):
      "\(path) was removed or moved away while the run was at work. Put the folder there again, or begin anew with the same command."
    case .missing(let path):
      "\(path) does not exist. Make it with '\(commandText("collect", "--preset", "dark-room", "--out", path))'."
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .missing, .gone: .missingInput
    case .otherSettings, .notARun, .notAFolder: .cannotCreate
    }
  }
}

extension RunFolder {
  /// The configuration that the folder was made with.
  public func readConfiguration() throws -> ExperimentConfiguration {
    let manager = FileManager.default
    guard manager.fileExists(atPath: path) else { throw RunFolderError.missing(path: path) }
    guard manager.fileExists(atPath: configuration) else {
      throw RunFolderError.notARun(path: path)
    }
    return try ExperimentConfiguration(from: try configurationFile())
  }

  private func configurationFile() throws -> ConfigurationFile {
    ConfigurationFile(name: configuration, text: try readText(configuration, ifMissing: ""))
  }

  /// Says it if what is there was made with other kernels than those of this program.
  func noteKernels(telling console: Console) throws {
    guard !holdings.isEmpty, let kernels = try configurationFile().kernels, kernels != kernelVersion
    else { return }
    console.say(
      "note   \(path) was begun with kernels \(kernels), this program has kernels \(kernelVersion): "
        + "what it makes now can differ in bits from what the program that began it would make")
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
  public func adopt(
    _ wanted: ExperimentConfiguration, overwriting: Bool = false,
    telling console: Console = Console(isQuiet: true)
  ) throws -> ExperimentConfiguration {
    if !FileManager.default.fileExists(atPath: path) { try makeFolder(path) }
    guard FileManager.default.fileExists(atPath: "\(path)/.") else {
      throw RunFolderError.notAFolder(path: path)
    }
    // Another process may adopt other seeds at the same time.
    let lock = try FolderLock(of: URL(fileURLWithPath: path))
    defer { withExtendedLifetime(lock) {} }
    if try !isBegun() {
      let file = URL(fileURLWithPath: configuration)
      if try AtomicFile.writeOnce(Array(try wanted.yaml.utf8), to: file) {
        console.wrote(configuration)
        return wanted
      }
      // Where there are no locks, another share of the run has come first: the folder is what it made of it.
    }
    let present = try readConfiguration()
    var merged = wanted
    merged.train.seeds = present.train.seeds
    let differences = present.differences(from: merged)
    let there = holdings
    let touched = there.filter { holding in
      differences.contains { holding.sections.contains($0.section) }
    }
    let conflicts = differences.filter { difference in
      touched.contains { $0.sections.contains(difference.section) }
    }
    guard conflicts.isEmpty || overwriting else {
      throw RunFolderError.otherSettings(
        path: path, differences: conflicts, parts: names(of: touched, among: there))
    }
    let kernels = try configurationFile().kernels
    try remove(touched, telling: console)
    try noteKernels(telling: console)
    merged.train.seeds = seeds(adding: wanted.train.seeds)
    if merged != present {
      let text = try merged.yaml(kernels: holdings.isEmpty ? kernelVersion : kernels)
      try writeFile(text, to: configuration)
      console.wrote(configuration)
    }
    return merged
  }

  /// Makes the folder one of these settings, by the first of some ranks; the others take the settings from it.
  public func adopt(
    _ wanted: ExperimentConfiguration, overwriting: Bool, telling console: Console,
    among ranks: any Ranks
  ) throws -> ExperimentConfiguration {
    guard ranks.count > 1 else {
      return try adopt(wanted, overwriting: overwriting, telling: console)
    }
    let text = try ranks.said(
      Array(try adopt(wanted, overwriting: overwriting, telling: console).yaml.utf8))
    return try ExperimentConfiguration(
      from: ConfigurationFile(name: configuration, text: String(decoding: text, as: UTF8.self)))
  }

  /// The wanted training seeds in their order, then those that only the folder has.
  private func seeds(adding wanted: [Int]) -> [Int] {
    let begun = Set(Registry.methods.flatMap(begunSeeds)).subtracting(wanted)
    return wanted + begun.sorted()
  }

  /// What holdings are called; all evaluations together are called one.
  private func names(of touched: [Holding], among all: [Holding]) -> [String] {
    let isEvaluation = { (holding: Holding) in holding.name.hasPrefix("evaluation") }
    let evaluations = touched.filter(isEvaluation).map(\.name)
    let others = touched.filter { !isEvaluation($0) }.map(\.name)
    let areAll = !evaluations.isEmpty && evaluations.count == all.count(where: isEvaluation)
    return others + (areAll ? ["evaluation"] : evaluations)
  }

  /// Whether the folder has a configuration already.
  private func isBegun() throws(RunFolderError) -> Bool {
    if FileManager.default.fileExists(atPath: configuration) { return true }
    let content = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard content.allSatisfy({ $0.hasSuffix(".tmp") }) else { throw .notARun(path: path) }
    return false
  }
}

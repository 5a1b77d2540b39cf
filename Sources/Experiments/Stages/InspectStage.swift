// inspect: what a file or folder is, whether it is whole, and how it learned.

internal import Foundation

/// Says what lies at a path.
package struct InspectStage {
  private let path: String
  private let overrides: [SettingOverride]
  private let console: Console

  /// The stage at a path.
  /// - Parameters:
  ///   - path: A shard, a folder of histories, a checkpoint, a configuration or a run folder.
  ///   - overrides: Laid over the configuration, if it is one.
  package init(_ path: String, overrides: [SettingOverride], console: Console) {
    self.path = path
    self.overrides = overrides
    self.console = console
  }

  /// Reads and tells.
  package func perform() throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw FileError.missing(path: path, advice: "Give the path of something that distill wrote.")
    }
    if FileManager.default.fileExists(atPath: RunFolder(path).configuration) {
      try inspectRun(RunFolder(path))
    } else if path.hasSuffix(".yaml") || path.hasSuffix(".yml") {
      try inspectConfiguration()
    } else if !overrides.isEmpty {
      throw StageError.noConfiguration(path: path)
    } else if FileManager.default.fileExists(atPath: "\(path)/manifest.json") {
      try inspectHistories()
    } else if path.hasSuffix(".safetensors") {
      try inspectTensors()
    } else {
      throw StageError.nothingToInspect(path: path)
    }
  }

  /// A configuration: every setting, resolved.
  private func inspectConfiguration() throws {
    let file = ConfigurationFile(name: path, text: try readText(path, ifMissing: ""))
    console.say(try ExperimentConfiguration(from: file, overrides: overrides).yaml)
  }

  /// A run folder: what is there, and what comes next.
  private func inspectRun(_ folder: RunFolder) throws {
    let configuration = try folder.readConfiguration().with(overrides)
    console.say("\(path): a run folder of seed \(configuration.seed)")
    for part in folder.parts(of: configuration) {
      console.say("  \(part.isThere ? "there  " : "missing")  \(part.path)")
    }
  }

  /// A set of histories: size, wholeness, learning curve.
  private func inspectHistories() throws {
    throw StageError.unfinished("inspect")
  }

  /// A shard or a checkpoint.
  private func inspectTensors() throws {
    throw StageError.unfinished("inspect")
  }
}

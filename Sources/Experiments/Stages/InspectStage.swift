// inspect: what a file or folder is, whether it is whole, and how it learned. Here: telling them
// apart, configurations and run folders; histories and models have files of their own.

internal import Foundation

/// Says what lies at a path.
public struct InspectStage {
  let path: String
  let overrides: [SettingOverride]
  let console: Console

  /// The stage at a path.
  /// - Parameters:
  ///   - path: A shard, a folder of histories, a checkpoint, a configuration or a run folder.
  ///   - overrides: Laid over the configuration, if it is one.
  public init(_ path: String, overrides: [SettingOverride], console: Console) {
    self.path = RunFolder(path).path
    self.overrides = overrides
    self.console = console
  }

  /// Reads and tells.
  public func perform() throws {
    let isThere = FileManager.default.fileExists(atPath:)
    try requirePath()
    let isFolder = isThere("\(path)/.")
    if isThere(RunFolder(path).configuration) {
      try inspectRun(RunFolder(path))
    } else if path.hasSuffix(".yaml") || path.hasSuffix(".yml") {
      try inspectConfiguration()
    } else if !overrides.isEmpty {
      throw StageError.noConfiguration(path: path)
    } else if path.hasSuffix(".safetensors") && !isFolder {
      try inspectTensors()
    } else if isFolder && (path.hasSuffix("histories") || isThere("\(path)/manifest.json")) {
      try inspectHistories()
    } else {
      throw StageError.nothingToInspect(path: path)
    }
  }

  /// Refuses a path where nothing lies.
  func requirePath() throws(FileError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw .missing(path: path, advice: "Give the path of something that distill wrote.")
    }
  }

  /// A configuration: every setting, resolved; all that is printed is YAML, to be saved and run.
  private func inspectConfiguration() throws {
    let file = ConfigurationFile(name: path, text: try readText(path, ifMissing: ""))
    console.say(try ExperimentConfiguration(from: file, overrides: overrides).yaml)
    console.say("# next  distill run \(path) --out runs/NAME")
  }

  /// A run folder: what is there, and what comes next.
  private func inspectRun(_ folder: RunFolder) throws {
    let configuration = try folder.readConfiguration().with(overrides)
    console.say("\(path): a run of seed \(configuration.seed)")
    for (path, isThere) in folder.landmarks(of: configuration) {
      console.say("  \(isThere ? "there  " : "missing")  \(path)")
    }
    if configuration.task.canBeActedIn {
      console.next("run", folder.configuration, "--out", path)
    } else {
      console.next("train", "--run", path, "--method", "ad")
    }
  }
}

// Options that several subcommands share.

internal import ArgumentParser
internal import Experiments
internal import Foundation

/// Which settings to change, and how much to say; on every subcommand.
struct CommonOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change a setting, such as train.updates=800; may be given many times.",
      valueName: "key=value"))
  var assignments: [String] = []

  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  var overrides: [SettingOverride] { assignments.map(SettingOverride.init(set:)) }
  var console: Console { Console(isQuiet: quiet) }
}

/// How many threads work.
struct WorkerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Threads to work on, 1 to 64; changes no result. (default: all cores)", valueName: "count"))
  var workers: Int?

  var count: Int { workers ?? min(ProcessInfo.processInfo.activeProcessorCount, 64) }

  func validate() throws {
    if let workers, !(1...64).contains(workers) {
      throw ValidationError("--workers must be 1 to 64, not \(workers).")
    }
  }
}

/// Histories that another run has recorded.
struct SharedHistoriesOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Link the histories of this run, or this folder of histories, instead of recording them again; they must \
      have been recorded with the same settings.
      """,
      valueName: "folder"),
    completion: .directory)
  var histories: String?
}

/// A new run folder, or one to continue.
struct OutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The run folder to make or continue.", valueName: "folder"),
    completion: .directory)
  var out: String

  @Flag(help: "Make again whatever was made with other settings.")
  var overwrite = false

  var folder: RunFolder { RunFolder(out) }
}

/// A run folder that is there.
struct ExistingRunOptions: ParsableArguments {
  @Option(
    name: .customLong("run"), help: ArgumentHelp("The run folder.", valueName: "folder"),
    completion: .directory)
  var path: String

  var folder: RunFolder { RunFolder(path) }

  /// Opens the folder with its settings changed as asked.
  func open(
    _ common: CommonOptions, and others: [SettingOverride] = [], overwriting: Bool = false,
    workers: Int = 1
  ) throws -> Run {
    let wanted = try folder.readConfiguration().with(common.overrides + others)
    common.console.read(folder.configuration)
    return Run(
      folder: folder,
      configuration: try folder.adopt(wanted, overwriting: overwriting, telling: common.console),
      console: common.console, workers: workers)
  }
}

extension OutputOptions {
  /// Makes the folder one of a preset, with settings changed as asked.
  func open(_ preset: String, _ common: CommonOptions, workers: Int) throws -> Run {
    let file = try Presets.standard().file(preset)
    let wanted = try ExperimentConfiguration(from: file, overrides: common.overrides)
    common.console.read(file.name)
    return Run(
      folder: folder,
      configuration: try folder.adopt(wanted, overwriting: overwrite, telling: common.console),
      console: common.console, workers: workers)
  }
}

// Options that several subcommands share.

internal import ArgumentParser
internal import Experiments
internal import Foundation
internal import Ranks

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
  var console: Console { Console(isQuiet: quiet || !Job.speaks) }
}

/// Whether to say what there is to do, rather than do it.
struct DryRunOptions: ParsableArguments {
  @Flag(help: "List the parts, what is there and what the rest takes; write nothing.")
  var dryRun = false
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

/// An environment of Gymnasium in place of the preset's tasks.
struct GymnasiumOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Act in this environment of Gymnasium: the name it is registered by, after the module or the file of Python \
      that registers it and a colon.
      """,
      valueName: "module:name"))
  var gym: String?

  @Option(
    help: ArgumentHelp(
      "The tasks of --gym, a YAML file. (default: a hundred, each with a reset seed of its own)",
      valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var tasks: String?

  var overrides: [SettingOverride] {
    guard let gym else { return [] }
    return [
      SettingOverride("--gym", "gymnasium", for: "task.family"),
      SettingOverride("--gym", quoted(gym), for: "task.environment"),
    ] + (tasks.map { [SettingOverride("--tasks", quoted($0), for: "task.tasks")] } ?? [])
  }

  func validate() throws {
    if tasks != nil && gym == nil {
      throw ValidationError("--tasks belongs to --gym. Name an environment, too.")
    }
  }

  /// YAML that reads as the text, whatever is in it.
  private func quoted(_ text: String) -> String {
    "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
  }
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

  /// The folder as it is, with its settings changed as asked; nothing is written.
  func look(
    _ common: CommonOptions, and others: [SettingOverride] = [],
    planning methods: [any Method] = [],
    workers: Int
  ) throws -> Run {
    let wanted = try folder.readConfiguration()
      .with(common.overrides + others, planning: methods)
    common.console.read(folder.configuration)
    return Run(folder: folder, configuration: wanted, console: common.console, workers: workers)
  }

  /// Opens the folder with its settings changed as asked.
  /// - Parameter ranks: Those that open it together.
  func open(
    _ common: CommonOptions, and others: [SettingOverride] = [],
    planning methods: [any Method] = [],
    overwriting: Bool = false, workers: Int = 1, ranks: any Ranks = OneRank()
  ) throws -> Run {
    let run = try look(common, and: others, planning: methods, workers: workers)
    return Run(
      folder: folder,
      configuration: try folder.adopt(
        run.configuration, overwriting: overwriting, telling: common.console, among: ranks),
      console: common.console, workers: workers, ranks: ranks)
  }
}

extension OutputOptions {
  /// The settings of a preset, changed as asked.
  /// - Parameter methods: Whose models are planned.
  func configuration(
    _ preset: String, _ common: CommonOptions, in worlds: GymnasiumOptions? = nil,
    planning methods: [any Method] = []
  ) throws -> ExperimentConfiguration {
    let file = try Presets.standard().file(preset)
    let wanted = try ExperimentConfiguration(
      from: file, overrides: (worlds?.overrides ?? []) + common.overrides, planning: methods)
    common.console.read(file.name)
    for note in wanted.notes { common.console.say("note   \(note)") }
    return wanted
  }

  /// Makes the folder one of these settings.
  /// - Parameter share: What this process makes of the run; nil for everything.
  func open(
    _ wanted: ExperimentConfiguration, _ common: CommonOptions, workers: Int, share: Share? = nil
  ) throws -> Run {
    Run(
      folder: folder,
      configuration: try folder.adopt(wanted, overwriting: overwrite, telling: common.console),
      console: common.console, workers: workers, share: share)
  }

  /// Lists parts of an experiment, and what is there of them in the folder.
  func list(
    _ parts: (Experiment) throws -> [any Part], of wanted: ExperimentConfiguration,
    _ common: CommonOptions, workers: Int
  ) throws {
    let experiment = Experiment(wanted)
    try PlanStage(
      experiment, in: folder, parts: try parts(experiment), console: common.console,
      workers: workers
    ).perform()
  }
}

/// What made a file, for whoever would make it again.
var thisCommandLine: String { shellText(["distill"] + CommandLine.arguments.dropFirst()) }

// distill import: histories from elsewhere.

public import ArgumentParser
public import Experiments

extension ImportFormat: ExpressibleByArgument {}

/// `distill import`.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a run folder of histories that come from elsewhere.",
    discussion: """
      FORMAT is set (a folder of histories as data/schema.md describes it), npz or safetensors (arrays of \
      steps, described there too), ad-eps, headless-ad, dicp, xland or minari; these need a Python with \
      h5py. All data are checked before anything is written. Then 'distill train' trains on them.

      Examples:
        distill import npz mine.npz --out runs/mine
        distill import npz mine.npz --family dark-room --out runs/mine
        distill import set my/histories --out runs/mine
        distill import minari data/my/set-v0 --task-key goal --out runs/mine
      """)

  @Argument(help: "The format.")
  var format: ImportFormat

  @Argument(help: "A file or folder of the format.", completion: .file())
  var path: String

  @Option(
    help: ArgumentHelp("The run folder to make.", valueName: "folder"), completion: .directory)
  var out: String

  @Option(help: ArgumentHelp("Take other settings from this preset.", valueName: "preset"))
  var preset: String?

  @Option(
    help: ArgumentHelp(
      "The family here that the tasks of arrays are of, so that models can act in them.",
      valueName: "name"))
  var family: String?

  @Option(help: ArgumentHelp("What lived the histories.", valueName: "name"))
  var learner: String?

  @Option(help: ArgumentHelp("The task of all steps.", valueName: "number"))
  var task: Int?

  @Option(help: ArgumentHelp("The steps of every episode.", valueName: "steps"))
  var episodeLength: Int?

  @Option(help: ArgumentHelp("The number of actions, if not all occur.", valueName: "number"))
  var actions: Int?

  @Flag(help: "Observed bytes are categories, not numbers from 0 to 255.")
  var categories = false

  @Option(
    help: ArgumentHelp(
      "The key of an episode's attributes or infos that says its task. (minari)", valueName: "key"))
  var taskKey: String?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    for (name, value) in [("--episode-length", episodeLength), ("--actions", actions)] {
      if let value, value < 1 { throw ValidationError("\(name) must be 1 or more, not \(value).") }
    }
    if let task, !(0..<1_000_000_000).contains(task) {
      throw ValidationError("--task must be 0 to 999999999, not \(task).")
    }
  }

  func run() throws {
    let base = try preset.map {
      try ExperimentConfiguration(from: Presets.standard().file($0))
    }
    var stage = ImportStage(
      format, path, into: RunFolder(out), base: base ?? ExperimentConfiguration(),
      overrides: common.overrides, console: common.console)
    stage.hints.task = task
    stage.hints.episodeLength = episodeLength
    stage.hints.actions = actions
    stage.hints.categories = categories
    stage.family = family
    stage.learner = learner
    stage.converterOptions =
      (episodeLength.map { ["--episode-length", "\($0)"] } ?? [])
      + (taskKey.map { ["--task-key", $0] } ?? []) + (actions.map { ["--actions", "\($0)"] } ?? [])
    try stage.perform()
  }
}

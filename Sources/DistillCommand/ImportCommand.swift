// distill import: histories from elsewhere.

internal import ArgumentParser
internal import Experiments

/// `distill import`.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make a run folder of learning histories that another program wrote.",
    discussion: """
      Checks every step of the set, links it into the run folder and prints how its learner learned. Models of AD, ED \
      and AD-LSTM then train on it. They are evaluated where this program has the worlds of its family; otherwise they \
      act in your own program, with distill serve.

      SET is a folder with a manifest.json and shards. The page YourHistories.md of the documentation shows how to write \
      one with NumPy; data/schema.md describes every field.

      Examples:
        distill import my-histories --out runs/mine
        distill import my-histories --out runs/mine --preset dark-room --set context.steps=100
      """)

  @Argument(
    help: ArgumentHelp("The folder of the set.", valueName: "set"), completion: .directory)
  var set: String

  @OptionGroup var output: OutputOptions

  @Option(
    help: """
      A preset's name, or the path of a YAML file, for the settings of the models; its tasks and its source are not \
      used. (default: each setting's default)
      """)
  var preset: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let stage = try ImportStage(set: set, telling: common.console)
    let base =
      try preset.map { try output.configuration($0, common) }
      ?? ExperimentConfiguration().with(common.overrides, planning: [])
    let run = try output.open(try stage.settings(over: base), common, workers: 1)
    try stage.perform(run)
  }
}

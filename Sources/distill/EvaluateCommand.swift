// distill evaluate: returns in context.

internal import ArgumentParser
internal import Experiments

extension EvaluatedSplit: ExpressibleByArgument {}

/// Methods, separated by commas.
struct MethodList: ExpressibleByArgument {
  let methods: [EvaluatedMethod]

  init?(argument: String) {
    let names = argument.split(separator: ",").map(String.init)
    methods = names.compactMap(EvaluatedMethod.init(rawValue:))
    guard !methods.isEmpty && methods.count == names.count else { return nil }
  }
}

/// `distill evaluate`.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Let models with frozen weights act on an empty context, and write their returns.",
    discussion: """
      Adds to evaluation/returns.csv and summary.json in the run folder. What is there already is kept, \
      unless it was made with other settings and --overwrite is given.

      Examples:
        distill evaluate --run runs/dark-room
        distill evaluate --run runs/dark-room --methods ad --split validation
      """)

  @OptionGroup var existing: ExistingRunOptions

  @Option(
    help: ArgumentHelp(
      """
      Some of these, with commas between: \
      \(EvaluatedMethod.allCases.map(\.rawValue).joined(separator: ", ")). \
      (default: all of the models that are there, and the source)
      """,
      valueName: "list"))
  var methods: MethodList?

  @Option(
    help: ArgumentHelp(
      """
      The tasks to act in: held-out, train, validation, or a test set of the family. (default: its test \
      sets if it has some, such as odd, even and uniform, otherwise held-out)
      """,
      valueName: "tasks"))
  var split: EvaluatedSplit?

  @Option(help: "Episodes in context. (default: evaluate.episodes)")
  var episodes: Int?

  @Option(help: "Streams of each task. (default: evaluate.seeds)")
  var evalSeeds: Int?

  @Flag(help: "Make again what was made with other settings.")
  var overwrite = false

  @OptionGroup var workers: WorkerOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let settings = [
      episodes.map { SettingOverride("--episodes", $0, for: "evaluate.episodes") },
      evalSeeds.map { SettingOverride("--eval-seeds", $0, for: "evaluate.seeds") },
    ]
    let run = try existing.open(
      common, and: settings.compactMap { $0 }, overwriting: overwrite, workers: workers.count)
    let chosen = methods?.methods ?? EvaluatedMethod.all(of: run.folder.trainedMethods)
    try EvaluateStage(run, methods: chosen, splits: split.map { [$0] } ?? run.testedSplits)
      .perform()
    run.console.next("distill report --run \(run.folder.path)")
  }
}

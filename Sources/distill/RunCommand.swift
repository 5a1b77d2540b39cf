// distill run: all stages, one after the other.

internal import ArgumentParser
internal import Experiments

/// Methods of models, separated by commas.
struct ModelMethodList: ExpressibleByArgument {
  let methods: [Method]

  init?(argument: String) {
    let names = argument.split(separator: ",").map(String.init)
    methods = names.compactMap(Method.init(rawValue:))
    guard !methods.isEmpty && methods.count == names.count else { return nil }
  }
}

/// `distill run`.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "All stages, from a preset to a report, resuming what is already there.",
    discussion: """
      Examples:
        distill run tiny --out runs/tiny
        distill run dark-room --out runs/dark-room --set 'train.seeds=[0, 1, 2]'
        distill run dark-room --out runs/dark-room --methods ad,ad-lstm
      """)

  @Argument(help: "A preset's name, or the path of a YAML file.")
  var preset: String

  @Option(
    help: ArgumentHelp(
      """
      The models to train and evaluate, some of these with commas between: \
      \(Method.allCases.map(\.rawValue).joined(separator: ", ")). (default: ad,ed)
      """,
      valueName: "list"))
  var methods: ModelMethodList?

  @OptionGroup var output: OutputOptions
  @OptionGroup var shared: SharedHistoriesOptions
  @OptionGroup var workers: WorkerOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let run = try output.open(preset, common, workers: workers.count)
    let collecting = CollectStage(run)
    if let path = shared.histories { try collecting.useHistories(of: path) }
    try collecting.perform()
    let methods = methods?.methods ?? Method.standard
    for method in methods {
      try TrainStage(run, method: method, seeds: run.configuration.trainSeeds).perform()
    }
    try EvaluateStage(run, methods: EvaluatedMethod.all(of: methods), splits: run.testedSplits)
      .perform()
    try ReportStage(run).perform()
    run.console.next("open \(run.folder.report) in a browser")
  }
}

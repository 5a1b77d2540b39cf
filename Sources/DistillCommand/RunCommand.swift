// distill run: all stages, one after the other.

internal import ArgumentParser
internal import Experiments

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
      \(Registry.methods.map(\.name).joined(separator: ", ")). (default: \(Registry.standardMethods.map(\.name).joined(separator: ",")))
      """,
      valueName: "list"))
  var methods: ModelMethodList?

  @OptionGroup var worlds: GymnasiumOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var shared: SharedHistoriesOptions
  @OptionGroup var dry: DryRunOptions
  @OptionGroup var workers: WorkerOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let methods = methods?.methods ?? Registry.standardMethods
    let wanted = try output.configuration(preset, common, in: worlds, planning: methods)
    if dry.dryRun {
      return try output.list(
        { try Plan($0, methods: methods).parts }, of: wanted, common, workers: workers.count)
    }
    let experiment = Experiment(wanted)
    try experiment.requireMemory(
      for: try Plan(experiment, methods: methods).parts, workers: workers.count)
    if let path = shared.histories { try CollectStage.requireRecorded(path) }
    let run = try output.open(wanted, common, workers: workers.count)
    let collecting = CollectStage(run)
    if let path = shared.histories { try collecting.useHistories(of: path) }
    if methods.contains(where: { $0.needs == .histories }) { try collecting.perform() }
    for method in methods {
      try TrainStage(run, method: method, seeds: run.configuration.trainSeeds).perform()
    }
    try EvaluateStage(
      run, methods: EvaluatedMethod.all(of: methods), splits: run.experiment.testedSplits
    )
    .perform()
    try ReportStage(run).perform()
    run.console.next("open \(run.folder.report) in a browser")
  }
}

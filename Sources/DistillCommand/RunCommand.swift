// distill run: all stages, one after the other.

internal import ArgumentParser
internal import Experiments

/// `distill run`.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "All stages, from a preset to a report, resuming what is already there.",
    discussion: """
      Several processes make a run together, on any machines that share the folder: each is given a share with \
      --part, and may be killed and repeated. At the end the same command without --part joins the tables and \
      writes the report; every byte is that of one process.

      Examples:
        distill run tiny --out runs/tiny
        distill run dark-room --out runs/dark-room --set 'train.seeds=[0, 1, 2]'
        distill run dark-room --out runs/dark-room --methods ad,ad-lstm
        distill run dark-room --out runs/dark-room --part 2/8 --wait 60
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
  @OptionGroup var sharing: ShareOptions
  @OptionGroup var dry: DryRunOptions
  @OptionGroup var workers: WorkerOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if sharing.parts.part != nil && output.overwrite {
      throw ValidationError(
        "--overwrite removes what other shares make. Remove it with a run without --part.")
    }
  }

  func run() throws {
    let share = try sharing.parts.share()
    let methods = methods?.methods ?? Registry.standardMethods
    let wanted = try output.configuration(preset, common, in: worlds, planning: methods)
    if dry.dryRun {
      return try output.list(
        { experiment in
          let parts = try Plan(experiment, methods: methods).parts
          return share?.own(of: parts) ?? parts
        }, of: wanted, common, workers: workers.count)
    }
    if let path = shared.histories { try CollectStage.requireRecorded(path) }
    if share == nil {
      let experiment = Experiment(wanted)
      try experiment.requireMemory(
        for: try Plan(experiment, methods: methods).parts, workers: workers.count)
      try output.folder.joinShares()
    }
    let run = try output.open(wanted, common, workers: workers.count, share: share)
    let collecting = CollectStage(run)
    if let path = shared.histories { try collecting.useHistories(of: path) }
    if share != nil {
      return try ShareStage(
        run, methods: methods, kind: sharing.stage?.kind, minutesToWait: sharing.wait ?? 0
      ).perform()
    }
    if methods.contains(where: { $0.needs == .histories }) { try collecting.perform() }
    for method in methods {
      try TrainStage(run, method: method, seeds: run.configuration.trainSeeds).perform()
    }
    try EvaluateStage(
      run, methods: EvaluatedMethod.all(of: methods), splits: run.experiment.testedSplits
    )
    .perform()
    try ReportStage(run).perform()
    run.console.next(opening: run.folder.report)
  }
}

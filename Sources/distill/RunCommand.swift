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
      """)

  @Argument(help: "A preset's name, or the path of a YAML file.")
  var preset: String

  @OptionGroup var output: OutputOptions
  @OptionGroup var workers: WorkerOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let run = try output.open(preset, common, workers: workers.count)
    try CollectStage(run).perform()
    for method in Method.allCases {
      try TrainStage(run, method: method, seeds: run.configuration.trainSeeds).perform()
    }
    try EvaluateStage(run, methods: EvaluatedMethod.allCases, splits: run.testedSplits).perform()
    try ReportStage(run).perform()
    run.console.next("open \(run.folder.report) in a browser")
  }
}

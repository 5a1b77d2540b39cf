// distill train: models of one method.

internal import ArgumentParser
internal import Experiments

/// `distill train`.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train models of a method, on the recorded histories or online.",
    discussion: """
      Writes models/METHOD/seed-N/ into the run folder. An interrupted training is continued by the \
      same command. Without --train-seed, trains a model for each of train.seeds.

      Examples:
        distill train --run runs/dark-room --method ad
        distill train --run runs/dark-room --method ed --train-seed 1
        distill train --run runs/dark-room --method ad --go-on --set train.learning_rate=1e-3
      """)

  @OptionGroup var existing: ExistingRunOptions

  @Option(help: "One of: \(MethodArgument.summaries).")
  var method: MethodArgument

  @Option(
    help: ArgumentHelp(
      "Train the model of this seed alone. (default: all of train.seeds)", valueName: "number"))
  var trainSeed: Int?

  @Flag(help: "Make again what was made with other settings.")
  var overwrite = false

  @Flag(
    help: """
      Go on from the last checkpoint with the learning rate, its last fraction or the clip norm that --set names, as \
      after a divergence; the model's file and the report say so.
      """)
  var goOn = false

  @OptionGroup var dry: DryRunOptions
  @OptionGroup var workers: WorkerOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard goOn else { return }
    if common.assignments.isEmpty {
      throw ValidationError("--go-on goes on with another setting. Name one with --set.")
    }
    if overwrite || dry.dryRun {
      throw ValidationError("--go-on keeps what is there. Leave out --overwrite and --dry-run.")
    }
  }

  func run() throws {
    let changes = goOn ? common.overrides : nil
    var common = common
    // They are this training's from here on, not the run's.
    if goOn { common.assignments = [] }
    let seeds = trainSeed.map { [SettingOverride("--train-seed", "[\($0)]", for: "train.seeds")] }
    if dry.dryRun {
      let run = try existing.look(
        common, and: seeds ?? [], planning: [method.method], workers: workers.count)
      let parts = run.configuration.trainSeeds.map {
        Plan.model(of: method.method, trainSeed: $0, in: run.experiment)
      }
      return try PlanStage(run, parts: parts).perform()
    }
    let run = try existing.open(
      common, and: seeds ?? [], planning: [method.method], overwriting: overwrite,
      workers: workers.count, ranks: try Job.join())
    let trained = trainSeed.map { [$0] } ?? run.configuration.trainSeeds
    try TrainStage(run, method: method.method, seeds: trained, goingOnWith: changes).perform()
    let other = Registry.standardMethods.first { run.folder.trainedSeeds(of: $0).isEmpty }
    if let other {
      run.console.next("train", "--run", run.folder.path, "--method", other.name)
    } else {
      run.console.next("evaluate", "--run", run.folder.path)
    }
  }
}

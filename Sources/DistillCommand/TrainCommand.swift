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

  @OptionGroup var dry: DryRunOptions
  @OptionGroup var workers: WorkerOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
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
      workers: workers.count)
    let trained = trainSeed.map { [$0] } ?? run.configuration.trainSeeds
    try TrainStage(run, method: method.method, seeds: trained).perform()
    let other = Registry.standardMethods.first { run.folder.trainedSeeds(of: $0).isEmpty }
    let next = other.map { "train --run \(run.folder.path) --method \($0.name)" }
    run.console.next("distill \(next ?? "evaluate --run \(run.folder.path)")")
  }
}

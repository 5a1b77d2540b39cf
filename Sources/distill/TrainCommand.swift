// distill train: models of one method.

internal import ArgumentParser
internal import Experiments

extension Method: ExpressibleByArgument {}

/// `distill train`.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a model: on the histories (ad, ad-lstm), on their ends (ed), online (rl2).",
    discussion: """
      Writes models/METHOD/seed-N/ into the run folder. An interrupted training is continued by the \
      same command. Without --train-seed, trains a model for each of train.seeds.

      Examples:
        distill train --run runs/dark-room --method ad
        distill train --run runs/dark-room --method ed --train-seed 1
      """)

  @OptionGroup var existing: ExistingRunOptions

  @Option(
    help: """
      Algorithm distillation (ad), expert distillation (ed), algorithm distillation with a recurrent \
      model (ad-lstm), or a recurrent learner trained online on the training tasks (rl2).
      """)
  var method: Method

  @Option(
    help: ArgumentHelp(
      "Train the model of this seed alone. (default: all of train.seeds)", valueName: "number"))
  var trainSeed: Int?

  @Flag(help: "Make again what was made with other settings.")
  var overwrite = false

  @OptionGroup var workers: WorkerOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let seeds = trainSeed.map { [SettingOverride("--train-seed", "[\($0)]", for: "train.seeds")] }
    let run = try existing.open(
      common, and: seeds ?? [], overwriting: overwrite, workers: workers.count)
    let trained = trainSeed.map { [$0] } ?? run.configuration.trainSeeds
    try TrainStage(run, method: method, seeds: trained).perform()
    let other = Method.standard.first { run.folder.trainedSeeds(of: $0).isEmpty }
    let next = other.map { "train --run \(run.folder.path) --method \($0.rawValue)" }
    run.console.next("distill \(next ?? "evaluate --run \(run.folder.path)")")
  }
}

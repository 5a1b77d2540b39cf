// distill collect: the first stage.

internal import ArgumentParser
internal import Experiments

/// `distill collect`.
struct CollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Record the learning of the source on every training task.",
    discussion: """
      Writes histories/ with its manifest into the run folder. An interrupted collection is continued \
      by the same command; the files do not depend on the number of workers.

      Examples:
        distill collect --preset dark-room --out runs/dark-room
        distill collect --preset tiny --out runs/t --set collect.histories_per_task=8
        distill collect --gym mine.py:Mine-v0 --tasks tasks.yaml --out runs/mine
      """)

  @Option(
    help:
      "A preset's name, or the path of a YAML file. (default: dark-room with --gym, for all but the tasks)"
  )
  var preset: String?

  @OptionGroup var worlds: GymnasiumOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var shared: SharedHistoriesOptions
  @OptionGroup var dry: DryRunOptions
  @OptionGroup var workers: WorkerOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if preset == nil && worlds.gym == nil {
      throw ValidationError(
        "Missing expected argument '--preset <preset>', or an environment of Gymnasium with --gym.")
    }
  }

  func run() throws {
    let wanted = try output.configuration(preset ?? "dark-room", common, in: worlds)
    if dry.dryRun {
      return try output.list(
        Plan.histories, of: wanted, common, workers: workers.count)
    }
    if let path = shared.histories { try CollectStage.requireRecorded(path) }
    let run = try output.open(wanted, common, workers: workers.count)
    let collecting = CollectStage(run)
    if let path = shared.histories { try collecting.useHistories(of: path) }
    try collecting.perform()
    run.console.next("inspect", run.folder.histories)
  }
}

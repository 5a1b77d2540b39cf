// distill verify: whether a run is whole.

internal import ArgumentParser
internal import Experiments

/// `distill verify`.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Look at every file of a run again, and repair what is broken.",
    discussion: """
      Compares all checksums, settings, splits and tables. With --replay, histories that are drawn at random are lived \
      again from their seeds, and every step is compared. With --repair, what is broken is moved into RUN/broken, and \
      that alone is made anew.

      Examples:
        distill verify runs/dark-room
        distill verify runs/dark-room --replay 10
        distill verify runs/dark-room --repair
      """)

  @Argument(help: "The run folder.", completion: .directory)
  var path: String

  @Option(help: ArgumentHelp("How many learners to live again. (default: 0)", valueName: "number"))
  var replay: Int?

  @Flag(help: "Make anew what is broken.")
  var repair = false

  @OptionGroup var workers: WorkerOptions
  @Flag(name: .shortAndLong, help: "Say nothing but errors.")
  var quiet = false

  func validate() throws {
    if let replay, !(1...1_000_000).contains(replay) {
      throw ValidationError("--replay takes a number from 1 to 1000000, not \(replay).")
    }
  }

  func run() throws {
    let folder = RunFolder(path)
    let run = Run(
      folder: folder, configuration: try folder.readConfiguration(),
      console: Console(isQuiet: quiet), workers: workers.count)
    try VerifyStage(run).perform(replaying: replay ?? 0, repairing: repair)
  }
}

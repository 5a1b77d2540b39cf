// distill report: the page.

internal import ArgumentParser
internal import Experiments

/// `distill report`.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write everything that a run, or a table of returns, shows on one page.",
    discussion: """
      Writes report.html into the run folder, in place of an earlier one. It opens without a network.

      FILE is a table of returns that another program wrote: columns task, episode and return at least; method, \
      split, train_seed, eval_seed and env_steps if it has them. Of mine.csv, mine.html and mine.svg are made.

      Examples:
        distill report --run runs/dark-room
        distill report mine.csv
      """)

  @Argument(
    help: ArgumentHelp("A table of returns, in place of a run folder.", valueName: "file"),
    completion: .file(extensions: ["csv"]))
  var file: String?

  @Option(
    name: .customLong("run"), help: ArgumentHelp("The run folder.", valueName: "folder"),
    completion: .directory)
  var path: String?

  @Option(
    help: ArgumentHelp(
      "The folder to write into, with FILE. (default: that of the file)", valueName: "folder"),
    completion: .directory)
  var out: String?

  @Flag(help: "Replace the files that are there, with FILE.")
  var overwrite = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if (file == nil) == (path == nil) {
      throw ValidationError("Give a run folder with --run, or one FILE of returns.")
    }
    if file == nil && (out != nil || overwrite) {
      throw ValidationError(
        "--out and --overwrite belong to FILE; the page of a run folder follows from its files.")
    }
    if file != nil && !common.assignments.isEmpty {
      throw ValidationError("FILE has no settings, so --set has nothing to change. Leave it out.")
    }
  }

  func run() throws {
    if let file {
      return try OthersReportStage(file, console: common.console)
        .perform(into: out, overwriting: overwrite)
    }
    var existing = ExistingRunOptions()
    existing.path = path ?? ""
    let run = try existing.open(common)
    try ReportStage(run).perform()
    run.console.next(opening: run.folder.report)
  }
}

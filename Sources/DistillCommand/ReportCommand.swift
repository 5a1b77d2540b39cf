// distill report: the page.

internal import ArgumentParser
internal import Experiments

/// `distill report`.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write everything that a run shows on one page.",
    discussion: """
      Writes report.html into the run folder, in place of an earlier one. It opens without a network.

      Example:
        distill report --run runs/dark-room
      """)

  @OptionGroup var existing: ExistingRunOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let run = try existing.open(common)
    try ReportStage(run).perform()
    run.console.next("open \(run.folder.report) in a browser")
  }
}

// report of a table of returns that another program wrote: a figure, and a page with the figure and the numbers. Refuses
// to replace what is there unless it is asked to.

internal import Evaluation
internal import Foundation
internal import Randomness
internal import Reports

/// Writes what a table of returns shows.
public struct OthersReportStage {
  private let file: String
  private let console: Console

  /// - Parameter file: A CSV file with columns of returns.csv.
  public init(_ file: String, console: Console) {
    self.file = file
    self.console = console
  }

  /// Writes NAME.svg and NAME.html of NAME.csv.
  /// - Parameter folder: Where; nil is beside the file.
  public func perform(into folder: String?, overwriting: Bool) throws {
    let url = URL(fileURLWithPath: file)
    let name = url.deletingPathExtension().lastPathComponent
    let stem = folder.map { "\($0)/\(name)" } ?? (file as NSString).deletingPathExtension
    let (figure, page) = ("\(stem).svg", "\(stem).html")
    let others = try OthersReturns(reading: file, console: console)
    for path in [figure, page] where !overwriting && FileManager.default.fileExists(atPath: path) {
      throw StageError.exists(path: path)
    }
    let seed = OthersReturns.seed.seed(for: "bootstrap")
    let summary = try EvaluationSummary(of: others, seed: seed)
    let splits = summary.splits.keys.sorted()
    var input = ReportInput(
      title: name,
      split: splits.contains(OthersReturns.unnamedSplit) ? OthersReturns.unnamedSplit : splits[0],
      returns: others.table, summary: summary, seed: seed)
    input.othersFile = url.lastPathComponent
    let methods = Set(others.table.selections.map(\.method)).sorted()
    for (rank, method) in methods.enumerated() {
      let colour = rank % SeriesStyle.colourCount
      input.styles[method] = SeriesStyle(
        label: method, colour: colour, isDashed: rank >= SeriesStyle.colourCount, rank: rank)
    }
    let report = try ReportPage(input)
    let html = try report.html()
    if let folder { try makeFolder(folder) }
    try writeFile(report.figureSVG(), to: figure)
    console.wrote(figure)
    try writeFile(html, to: page)
    console.wrote(page)
  }
}

extension OthersReturns {
  /// What intervals are drawn with where no run gives its own.
  static let seed = Seed(0)

  /// Reads a file.
  init(reading file: String, console: Console) throws {
    let text = try readText(
      file, ifMissing: "Write it with the columns task, episode and return at least.")
    try self.init(csv: Array(text.utf8), file: file)
    console.read(file)
  }
}

// The table of a sweep: a row for each point, method and split, with what its models earn.

public import Evaluation
internal import Tables

/// One row.
public struct SweepRow: Sendable {
  /// What the point is called.
  public let point: String
  /// The point's run folder, within the sweep's.
  public let run: String
  public let method: String
  public let split: String
  /// The point's values of the settings that the sweep varies.
  public let values: [String]
  /// The return of the first episode.
  public let first: Estimate
  /// The mean return of the last tenth of the episodes.
  public let last: Estimate
  /// The last tenth, where random actions have 0 and the optimum has 1; where the family is scored against its
  /// source, all episodes, and the source has 1. Nil if the optimum is not known.
  public let score: Estimate?
  public let tasks: Int
  public let trainSeeds: Int
  public let evalSeeds: Int
  public let episodes: Int

  public init(
    point: String, run: String, method: String, split: String, values: [String],
    of grid: ReturnsGrid, first: Estimate, last: Estimate, score: Estimate?
  ) {
    self.point = point
    self.run = run
    self.method = method
    self.split = split
    self.values = values
    self.first = first
    self.last = last
    self.score = score
    tasks = grid.tasks.count
    trainSeeds = grid.trainSeeds.compactMap { $0 }.count
    evalSeeds = grid.evalSeeds.count
    episodes = grid.episodeCount
  }
}

/// All rows of a sweep.
public struct SweepTable: Sendable {
  /// The columns before those of the settings.
  private static let names = ["point", "method", "split"]
  /// The columns after them.
  private static let numbers = [
    "first", "first_ci_low", "first_ci_high", "last", "last_ci_low", "last_ci_high", "score",
    "score_ci_low", "score_ci_high", "tasks", "train_seeds", "eval_seeds", "episodes", "run",
  ]

  /// The settings that the sweep varies.
  public let settings: [String]
  public let rows: [SweepRow]

  public init(settings: [String], rows: [SweepRow]) {
    self.settings = settings
    self.rows = rows
  }

  /// The file's text.
  public var csv: String {
    var table = TableWriter(header: Self.names + settings + Self.numbers)
    for row in rows {
      func numbers(_ estimate: Estimate?) -> [String] {
        estimate.map { [$0.mean, $0.low, $0.high].map(roundedNumber) } ?? ["", "", ""]
      }
      table.append(
        row: [row.point, row.method, row.split] + row.values + numbers(row.first)
          + numbers(row.last) + numbers(row.score)
          + [row.tasks, row.trainSeeds, row.evalSeeds, row.episodes].map { "\($0)" } + [row.run])
    }
    return table.text
  }

  /// Where the returns of each row are: what the file of a sweep's table says.
  /// - Parameter file: How errors name it.
  public static func places(
    csv text: String, file: String
  ) throws(ComparisonError) -> [(point: String, method: String, split: String, run: String)] {
    guard let table = try? CSVTable(text) else {
      throw .wrongHeader(file: file, expected: names.joined(separator: ","), found: "")
    }
    let columns = (names + ["run"]).compactMap { table.header.firstIndex(of: $0) }
    guard columns.count == names.count + 1 else {
      throw .wrongHeader(
        file: file, expected: (names + ["…", "run"]).joined(separator: ","),
        found: table.header.joined(separator: ","))
    }
    return table.rows.map { row in
      (row[columns[0]], row[columns[1]], row[columns[2]], row[columns[3]])
    }
  }
}

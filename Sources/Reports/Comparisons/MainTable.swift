// data/results/main.csv: every family, split and method in one row, beside the paper's number. What a new run has
// a row of replaces the old one; the others stay. Families and splits are sorted by name, methods by the order that
// is given. Refuses a file with other columns.

public import Evaluation
internal import Tables

/// One row.
public struct MainRow: Equatable, Sendable {
  /// The task family.
  public let family: String
  /// The split or test set.
  public let split: String
  public let method: String
  /// What it scored.
  public let score: MethodScore
  /// The command that made it.
  public let command: String

  public init(family: String, split: String, method: String, score: MethodScore, command: String) {
    self.family = family
    self.split = split
    self.method = method
    self.score = score
    self.command = command
  }
}

/// The table of all results.
public struct MainTable: Equatable, Sendable {
  /// The first line of the file.
  public static let header = earlierHeader + ["area_10", "area_100", "episodes_to_90"]
  /// That of files from before rows told how early a method earns: they are read, and those fields left empty.
  private static let earlierHeader = [
    "family", "split", "method", "final", "ci_low", "ci_high", "paper", "optimal", "train_seeds",
    "eval_seeds", "episodes", "env_steps_ratio_50", "env_steps_ratio_75", "command",
  ]
  private let methods: [String]
  private var rows: [[String]]

  /// A table without rows.
  /// - Parameter methods: The order in which methods are listed; others follow by name.
  public init(methods: [String]) {
    self.methods = methods
    rows = []
  }

  /// Reads a file's text.
  /// - Parameters:
  ///   - file: How errors name it.
  ///   - methods: The order in which methods are listed; others follow by name.
  public init(csv text: String, file: String, methods: [String]) throws(ComparisonError) {
    self.methods = methods
    if let earlier = try? CSVTable(results: text, columns: Self.earlierHeader, file: file) {
      let missing = Self.header.count - Self.earlierHeader.count
      rows = earlier.rows.map { $0 + [String](repeating: "", count: missing) }
    } else {
      rows = try CSVTable(results: text, columns: Self.header, file: file).rows
    }
  }

  /// Adds rows, each in the place of the one that its family, split and method had.
  /// - Parameter paper: The paper's number for a family, split and method.
  public mutating func replace(
    with new: [MainRow], paper: (_ family: String, _ split: String, _ method: String) -> String?
  ) {
    let replaced = Set(new.map { [$0.family, $0.split, $0.method] })
    rows.removeAll { replaced.contains(Array($0.prefix(3))) }
    rows += new.map { row in
      let score = row.score
      return [row.family, row.split, row.method]
        + [score.final.mean, score.final.low, score.final.high].map(roundedNumber)
        + [paper(row.family, row.split, row.method) ?? ""]
        + [score.optimal.map(roundedNumber) ?? ""]
        + ["\(score.trainSeeds)", "\(score.evalSeeds)", "\(score.episodes)"]
        + [score.stepsRatio50, score.stepsRatio75].map { $0.map(roundedNumber) ?? "" }
        + [row.command]
        + [score.area10, score.area100].map { $0.map(roundedNumber) ?? "" }
        + [score.episodesTo90Percent.map { "\($0)" } ?? ""]
    }
    func key(_ row: [String]) -> (String, String, Int, String) {
      (row[0], row[1], methods.firstIndex(of: row[2]) ?? methods.count, row[2])
    }
    rows.sort { key($0) < key($1) }
  }

  /// The file's text.
  public var csv: String {
    var table = TableWriter(header: Self.header, rowCapacity: rows.count)
    for row in rows { table.append(row: row) }
    return table.text
  }
}

/// The paper's final numbers: a CSV file with the columns family, split, method, value.
public struct PaperNumbers: Sendable {
  private let rows: [[String]]

  /// Reads a file's text.
  /// - Parameter file: How errors name it.
  public init(csv text: String, file: String) throws(ComparisonError) {
    let table = try CSVTable(
      results: text, columns: ["family", "split", "method", "value"], file: file)
    for (line, row) in zip(table.lines, table.rows) where finite(row[3]) == nil {
      throw .wrongRow(file: file, line: line, found: row.joined(separator: ","))
    }
    rows = table.rows
  }

  /// The paper's number, as it is written there; none if it has none.
  public func value(family: String, split: String, method: String) -> String? {
    rows.first { Array($0.prefix(3)) == [family, split, method] }?[3]
  }
}

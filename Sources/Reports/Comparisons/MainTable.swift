// data/results/main.csv: every family, split and method in one row, beside the paper's number. What a new run has
// a row of replaces the old one; the others stay. Refuses a file with other columns.

public import Evaluation

/// One row.
public struct MainRow: Equatable, Sendable {
  /// The task family.
  public let family: String
  /// The split or test set.
  public let split: String
  /// The method.
  public let method: String
  /// What it scored.
  public let score: MethodScore
  /// The command that made it.
  public let command: String

  /// A row.
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
  public static let header = [
    "family", "split", "method", "final", "ci_low", "ci_high", "paper", "optimal", "train_seeds",
    "eval_seeds", "episodes", "env_steps_ratio_50", "env_steps_ratio_75", "command",
  ]
  /// The methods that have rows, in their order.
  public static let methods = ["ad", "ed", "rl2", "source", "ad-lstm"]
  private static let families = [
    "bandit", "dark-room", "dark-room-hard", "key-to-door", "watermaze",
  ]

  private var rows: [[String]]

  /// A table without rows.
  public init() { rows = [] }

  /// Reads a file's text.
  /// - Parameter file: How errors name it.
  public init(csv text: String, file: String) throws(ComparisonError) {
    let rows = csvRows(text)
    guard rows.first == Self.header else {
      throw .wrongHeader(
        file: file, expected: Self.header.joined(separator: ","),
        found: rows.first?.joined(separator: ",") ?? "")
    }
    for (index, row) in rows.enumerated() where row.count != Self.header.count {
      throw .wrongRow(file: file, line: index + 1, found: row.joined(separator: ","))
    }
    self.rows = Array(rows.dropFirst())
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
        + [score.final.mean, score.final.low, score.final.high].map(csvNumber)
        + [paper(row.family, row.split, row.method) ?? "", csvNumber(score.optimal)]
        + ["\(score.trainSeeds)", "\(score.evalSeeds)", "\(score.episodes)"]
        + [score.stepsRatio50, score.stepsRatio75].map { $0.map(csvNumber) ?? "" }
        + [row.command]
    }
    func rank(_ name: String, in order: [String]) -> Int {
      order.firstIndex(of: name) ?? order.count
    }
    func key(_ row: [String]) -> (Int, String, Int) {
      (rank(row[0], in: Self.families), row[1], rank(row[2], in: Self.methods))
    }
    rows.sort { key($0) < key($1) }
  }

  /// The file's text.
  public var csv: String { csvText([Self.header] + rows) }
}

/// The paper's final numbers: a CSV file with the columns family, split, method, value.
public struct PaperNumbers: Sendable {
  private let rows: [[String]]

  /// Reads a file's text.
  /// - Parameter file: How errors name it.
  public init(csv text: String, file: String) throws(ComparisonError) {
    let rows = csvRows(text)
    let header = ["family", "split", "method", "value"]
    guard rows.first == header else {
      throw .wrongHeader(
        file: file, expected: header.joined(separator: ","),
        found: rows.first?.joined(separator: ",") ?? "")
    }
    for (index, row) in rows.enumerated().dropFirst()
    where row.count != 4 || Double(row[3]) == nil {
      throw .wrongRow(file: file, line: index + 1, found: row.joined(separator: ","))
    }
    self.rows = rows
  }

  /// The paper's number, as it is written there; none if it has none.
  public func value(family: String, split: String, method: String) -> String? {
    rows.first { Array($0.prefix(3)) == [family, split, method] }?[3]
  }
}

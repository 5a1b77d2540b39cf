// Returns that another program wrote: a CSV file with some of the columns of returns.csv, in any order. Refuses columns
// that it does not know, values that cannot be, and streams that lack an episode or have one twice, naming the line.

internal import Tables

/// What agents of another program earned.
///
/// A file needs the columns `task`, `episode` and `return`. The others of `ReturnsTable.header` may be left out: then
/// `method` is `agent`, `split` is `held-out`, there is no `train_seed`, and `eval_seed` is 0.
public struct OthersReturns: Sendable {
  /// The rows; without a column `env_steps` all have 0 environment steps.
  public let table: ReturnsTable
  /// Whether the file says how many environment steps were taken.
  public let hasEnvSteps: Bool
  /// How errors name the file.
  public let file: String

  /// What a file's rows are of where it does not name the method.
  public static let unnamedMethod = "agent"
  /// What a file's tasks are where it does not name the split.
  public static let unnamedSplit = "held-out"

  /// Reads the bytes of a file.
  /// - Parameter file: How errors name it.
  public init(csv bytes: [UInt8], file: String) throws(OthersReturnsError) {
    var reader = try OthersReturnsReader(bytes, file: file)
    var rows: [ReturnsTable.Row] = []
    var lines: [Int] = []
    while let row = try reader.row() {
      rows.append(row)
      lines.append(reader.line)
    }
    guard !rows.isEmpty else { throw .noRows(file: file) }
    hasEnvSteps = reader.hasEnvSteps
    self.file = file
    try Self.check(rows, lines, hasEnvSteps: hasEnvSteps, file: file)
    table = ReturnsTable(rows)
  }

  /// The grid of a method on a split.
  /// - Parameters:
  ///   - method: Nil is the only one that there is.
  ///   - split: Nil is `held-out` if the method has it, otherwise its only one.
  /// - Throws: `OthersReturnsError.notThere` if there is none such, `.notSaid` if there are several.
  public func grid(
    method: String?, split: String?
  ) throws(OthersReturnsError) -> (method: String, split: String, grid: ReturnsGrid) {
    let method = try choose(method, of: "method", among: table.selections.map(\.method))
    let splits = table.selections.filter { $0.method == method }.map(\.split)
    let usual = splits.contains(Self.unnamedSplit) ? Self.unnamedSplit : nil
    let split = try choose(split ?? usual, of: "split", among: splits)
    let grid: ReturnsGrid?
    do {
      grid = try ReturnsGrid(table, method: method, split: split)
    } catch {
      preconditionFailure("streams were checked: \(error)")
    }
    guard let grid else { preconditionFailure("no rows of \(method) on \(split)") }
    return (method, split, grid)
  }

  private func choose(
    _ name: String?, of column: String, among all: [String]
  ) throws(OthersReturnsError) -> String {
    let known = Set(all).sorted()
    if let name {
      guard known.contains(name) else {
        throw .notThere(file: file, column: column, wanted: name, found: known)
      }
      return name
    }
    guard known.count == 1 else { throw .notSaid(file: file, column: column, found: known) }
    return known[0]
  }
}

// MARK: Whole streams

extension OthersReturns {
  /// One stream: what a grid has a row of episodes for.
  private struct Stream: Hashable {
    let task: Int
    let trainSeed: Int?
    let evalSeed: Int
  }

  private struct Selection: Hashable {
    let method: String
    let split: String
  }

  /// The row of a file that each episode of a stream stands in.
  private typealias Episodes = [Int: Int]

  private static func check(
    _ rows: [ReturnsTable.Row], _ lines: [Int], hasEnvSteps: Bool, file: String
  ) throws(OthersReturnsError) {
    var selections: [Selection: [Stream: Episodes]] = [:]
    for (index, row) in rows.enumerated() {
      let stream = Stream(task: row.task, trainSeed: row.trainSeed, evalSeed: row.evalSeed)
      let first = selections[Selection(method: row.method, split: row.split), default: [:]][
        stream, default: [:]
      ].updateValue(index, forKey: row.episode)
      if let first {
        throw .twice(
          file: file, line: lines[index], first: lines[first], what: name(of: row),
          episode: row.episode)
      }
    }
    let starts = Set(
      rows.indices.reduce(into: [Selection: Int]()) { starts, index in
        let selection = Selection(method: rows[index].method, split: rows[index].split)
        if starts[selection] == nil { starts[selection] = index }
      }.values
    ).sorted()
    for start in starts {
      let streams =
        selections[Selection(method: rows[start].method, split: rows[start].split)] ?? [:]
      try check(streams, of: rows, lines, from: start, hasEnvSteps: hasEnvSteps, file: file)
    }
  }

  /// Every task needs every seed, every stream the same episodes from 1 on, and ever more environment steps.
  private static func check(
    _ streams: [Stream: Episodes], of rows: [ReturnsTable.Row], _ lines: [Int], from start: Int,
    hasEnvSteps: Bool, file: String
  ) throws(OthersReturnsError) {
    let last = streams.values.flatMap(\.keys).max() ?? 0
    let trainSeeds = Set(streams.keys.map(\.trainSeed)).sorted { ($0 ?? -1) < ($1 ?? -1) }
    let evalSeeds = Set(streams.keys.map(\.evalSeed)).sorted()
    for task in Set(streams.keys.map(\.task)).sorted() {
      for trainSeed in trainSeeds {
        for evalSeed in evalSeeds {
          let episodes = streams[
            Stream(task: task, trainSeed: trainSeed, evalSeed: evalSeed), default: [:]]
          var before = 0
          for episode in 1...last {
            guard let index = episodes[episode] else {
              let row = ReturnsTable.Row(
                method: rows[start].method, split: rows[start].split, task: task,
                trainSeed: trainSeed, evalSeed: evalSeed, episode: episode, envSteps: 0, return: 0)
              throw .missing(
                file: file, line: lines[episodes.values.max() ?? start], what: name(of: row),
                episode: episode, last: last)
            }
            guard !hasEnvSteps || rows[index].envSteps > before else {
              throw .wrongValue(
                file: file, line: lines[index], column: "env_steps",
                needs: "a whole number above \(before), since it counts all steps of the stream",
                found: "\(rows[index].envSteps)")
            }
            before = rows[index].envSteps
          }
        }
      }
    }
  }

  private static func name(of row: ReturnsTable.Row) -> String {
    "\(row.method) on \(row.split), task \(row.task), "
      + (row.trainSeed.map { "training seed \($0), " } ?? "") + "evaluation seed \(row.evalSeed)"
  }
}

// MARK: Rows

/// Reads such a file row by row, by the names of its columns.
private struct OthersReturnsReader {
  private let file: String
  private var reader: CSVReader
  private let places: [String: Int]
  private let columnCount: Int

  private static let known = ReturnsTable.header.split(separator: ",").map(String.init)
  private static let needed = ["task", "episode", "return"]

  init(_ bytes: [UInt8], file: String) throws(OthersReturnsError) {
    self.file = file
    reader = CSVReader(bytes)
    let header = reader.readRow() ? reader.texts : []
    if reader.hasOpenQuote { throw .openQuote(file: file, line: reader.line) }
    for name in Self.needed where !header.contains(name) {
      throw .missingColumn(
        file: file, column: name, found: String(header.joined(separator: ",").prefix(80)))
    }
    var places: [String: Int] = [:]
    for (place, name) in header.enumerated() {
      guard Self.known.contains(name) else { throw .unknownColumn(file: file, found: name) }
      if places.updateValue(place, forKey: name) != nil {
        throw .repeatedColumn(file: file, found: name)
      }
    }
    self.places = places
    columnCount = header.count
  }

  var line: Int { reader.line }
  var hasEnvSteps: Bool { places["env_steps"] != nil }

  /// The next row; nil at the end of the file. Blank lines are skipped.
  mutating func row() throws(OthersReturnsError) -> ReturnsTable.Row? {
    repeat {
      guard reader.readRow() else { return nil }
    } while reader.isBlank
    if reader.hasOpenQuote { throw .openQuote(file: file, line: reader.line) }
    guard reader.count == columnCount else {
      throw .wrongFieldCount(
        file: file, line: reader.line, expected: columnCount, found: reader.count)
    }
    guard let place = places["return"], let earned = reader.number(place) else {
      throw wrong("return", needs: "a finite number")
    }
    return ReturnsTable.Row(
      method: try name("method") ?? OthersReturns.unnamedMethod,
      split: try name("split") ?? OthersReturns.unnamedSplit,
      task: try whole("task") ?? 0, trainSeed: try whole("train_seed", mayBeEmpty: true),
      evalSeed: try whole("eval_seed") ?? 0, episode: try whole("episode", from: 1) ?? 1,
      envSteps: try whole("env_steps", from: 1) ?? 0, return: earned)
  }

  /// The name in a column; nil if there is no such column.
  private func name(_ column: String) throws(OthersReturnsError) -> String? {
    guard let place = places[column] else { return nil }
    let text = reader.text(place)
    guard ReturnsTable.Row.isName(text) else {
      throw wrong(column, needs: "a name without commas, quotes and line breaks")
    }
    return text
  }

  /// The whole number in a column, also written as 3.0; nil if there is no such column, or its field may be empty and is.
  private func whole(
    _ column: String, from least: Int = 0, mayBeEmpty: Bool = false
  ) throws(OthersReturnsError) -> Int? {
    guard let place = places[column] else { return nil }
    if mayBeEmpty && reader.isEmpty(place) { return nil }
    guard let number = reader.number(place), abs(number) < 1e15, let whole = Int(exactly: number),
      whole >= least
    else { throw wrong(column, needs: "a whole number from \(least)") }
    return whole
  }

  private func wrong(_ column: String, needs: String) -> OthersReturnsError {
    .wrongValue(
      file: file, line: reader.line, column: column, needs: needs,
      found: places[column].map { String(reader.written($0).prefix(80)) } ?? "")
  }
}

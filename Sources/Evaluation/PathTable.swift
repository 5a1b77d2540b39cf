// paths.csv: the ways that agents took, seen from above, for people to look at: the header below, then a row
// for each place of an episode. Reads what it writes; refuses anything else, naming the line.

public import Foundation
public import Tasks

/// The places of some agents on maps from above, in the order of their rows' methods, splits, seeds, tasks,
/// episodes and steps.
public struct PathTable: Equatable, Sendable {
  /// Where an agent was.
  public struct Row: Hashable, Sendable {
    /// What acted, such as `ad`.
    public let method: String
    /// The split that the task belongs to.
    public let split: String
    /// The seed that the model was trained with.
    public let trainSeed: Int
    /// The task's number within its family.
    public let task: Int
    /// The episode within its stream, from 1.
    public let episode: Int
    /// The actions before, within the episode.
    public let step: Int
    /// −1 ... 1 to the right, to four decimals.
    public let x: Double
    /// −1 ... 1 downwards, to four decimals.
    public let y: Double

    /// A row; the place is rounded to four decimals.
    public init(
      method: String, split: String, trainSeed: Int, task: Int, episode: Int, step: Int, x: Double,
      y: Double
    ) {
      self.method = method
      self.split = split
      self.trainSeed = trainSeed
      self.task = task
      self.episode = episode
      self.step = step
      self.x = (x * 10_000).rounded() / 10_000
      self.y = (y * 10_000).rounded() / 10_000
    }
  }

  /// The first line of every file of paths.
  public static let header = "method,split,train_seed,task,episode,step,x,y"

  /// The rows in the table's order.
  public let rows: [Row]

  /// A table of the rows, put in order.
  public init(_ rows: [Row]) {
    self.rows = rows.sorted {
      ($0.method, $0.split, $0.trainSeed, $0.task, $0.episode, $0.step)
        < ($1.method, $1.split, $1.trainSeed, $1.task, $1.episode, $1.step)
    }
  }

  /// The way of a stream that was watched; nothing of others, or in a family without maps.
  public static func rows(
    of stream: StreamReturns, in family: some TaskFamily, method: String, split: String,
    trainSeed: Int
  ) -> [Row] {
    stream.sights.enumerated().flatMap { episode, sights in
      sights.enumerated().compactMap { step, observation in
        family.mapPoint(of: observation).map { point in
          Row(
            method: method, split: split, trainSeed: trainSeed, task: stream.task.index,
            episode: episode + 1, step: step, x: point.x, y: point.y)
        }
      }
    }
  }

  /// The table as a file's text: the same table gives the same text.
  public var csv: String {
    var text = Self.header + "\n"
    for row in rows {
      text += "\(row.method),\(row.split),\(row.trainSeed),\(row.task),\(row.episode),\(row.step),"
      text += "\(row.x),\(row.y)\n"
    }
    return text
  }

  /// Writes the table under a temporary name, then renames it over what is there.
  public func write(to file: URL) throws(PathError) {
    do {
      try Data(csv.utf8).write(to: file, options: .atomic)
    } catch {
      throw .unwritable(file: file.lastPathComponent, reason: error.localizedDescription)
    }
  }

  /// Reads a file of paths.
  public init(contentsOf file: URL) throws(PathError) {
    let text: String
    do {
      text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    } catch {
      throw .unreadable(file: file.lastPathComponent, reason: error.localizedDescription)
    }
    try self.init(csv: text, file: file.lastPathComponent)
  }

  /// Reads the text of a file of paths.
  /// - Parameter file: The name for error messages.
  public init(csv text: String, file: String) throws(PathError) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.first == Self.header[...] && lines.last == "" else {
      throw .wrongHeader(file: file, found: String(lines.first?.prefix(80) ?? ""))
    }
    var rows: [Row] = []
    for (index, line) in lines.enumerated().dropFirst().dropLast() {
      guard let row = Row(line) else {
        throw .wrongRow(file: file, line: index + 1, found: String(line.prefix(80)))
      }
      rows.append(row)
    }
    self.init(rows)
  }
}

extension PathTable.Row {
  /// Reads a line.
  fileprivate init?(_ line: Substring) {
    let fields = line.split(separator: ",", omittingEmptySubsequences: false)
    guard fields.count == 8, !fields[0].isEmpty, !fields[1].isEmpty else { return nil }
    let numbers = fields[2...5].compactMap { Int($0) }
    guard numbers.count == 4, numbers.allSatisfy({ $0 >= 0 }), numbers[2] >= 1,
      let x = Double(fields[6]), let y = Double(fields[7]), x.isFinite, y.isFinite
    else { return nil }
    self.init(
      method: String(fields[0]), split: String(fields[1]), trainSeed: numbers[0], task: numbers[1],
      episode: numbers[2], step: numbers[3], x: x, y: y)
  }
}

/// A file of paths that cannot be read or written.
public enum PathError: Error, Equatable, CustomStringConvertible {
  /// The file cannot be opened.
  case unreadable(file: String, reason: String)
  /// The file cannot be written.
  case unwritable(file: String, reason: String)
  /// The first line is not the header, or the last does not end.
  case wrongHeader(file: String, found: String)
  /// A line is no row.
  case wrongRow(file: String, line: Int, found: String)

  /// What is wrong, where, and what to do about it.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
    case .unwritable(let file, let reason): "\(file) cannot be written: \(reason)"
    case .wrongHeader(let file, let found):
      "\(file):1: the first line must be “\(PathTable.header)”, not “\(found)”, and the last line must "
        + "end. \(Self.again)"
    case .wrongRow(let file, let line, let found):
      "\(file):\(line): a row has two names, four whole numbers and two numbers, not “\(found)”. "
        + Self.again
    }
  }

  private static let again = "Remove it, and run `distill evaluate --overwrite` to make it anew."
}

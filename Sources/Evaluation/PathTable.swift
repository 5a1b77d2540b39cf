// paths.csv: the ways that agents took, seen from above, for people to look at: the header below, then a row
// for each place of an episode. Reads what it writes; refuses anything else, naming the line.

public import Foundation
internal import Tables
public import Tasks
internal import TensorFiles

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
  private static let columns = header.split(separator: ",").map(String.init)

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
  public var csv: String { written.text }

  private var written: TableWriter {
    var file = TableWriter(header: Self.columns, rowCapacity: rows.count)
    for row in rows {
      file.append(row.method)
      file.append(row.split)
      for number in [row.trainSeed, row.task, row.episode, row.step] { file.append(number) }
      // With a decimal, also where it says nothing: `0.0`.
      for place in [row.x, row.y] { file.append("\(place)") }
      file.endRow()
    }
    return file
  }

  /// Writes the table over what is there: afterwards the file is whole, or as it was.
  public func write(to file: URL) throws(PathError) {
    do {
      try written.write(to: file, replacing: true)
    } catch {
      throw .unwritable(file: file.lastPathComponent, reason: error.writingProblem)
    }
  }

  /// Reads a file of paths.
  public init(contentsOf file: URL) throws(PathError) {
    let bytes: [UInt8]
    do {
      bytes = try WholeFile.bytes(of: file)
    } catch {
      throw .unreadable(file: file.relativePath, reason: error.readingProblem)
    }
    try self.init(csv: bytes, file: file.relativePath)
  }

  /// Reads the bytes of a file of paths.
  /// - Parameter file: The name for error messages.
  public init(csv bytes: [UInt8], file: String) throws(PathError) {
    var reader = CSVReader(bytes)
    let isThere = reader.readRow()
    let header = isThere ? reader.rowText : ""
    func wrongHeader() -> PathError { .wrongHeader(file: file, found: String(header.prefix(80))) }
    guard header == Self.header && reader.isEnded else { throw wrongHeader() }
    var rows: [Row] = []
    while reader.readRow() {
      guard reader.isEnded else { throw wrongHeader() }
      guard let row = Row(reader) else {
        throw .wrongRow(file: file, line: reader.line, found: String(reader.rowText.prefix(80)))
      }
      rows.append(row)
    }
    self.init(rows)
  }
}

extension PathTable.Row {
  /// The row that a reader is at; nil if it is none.
  fileprivate init?(_ reader: CSVReader) {
    guard reader.count == 8, !reader.isEmpty(0), !reader.isEmpty(1) else { return nil }
    let numbers = (2...5).compactMap(reader.wholeNumber)
    guard numbers.count == 4, numbers[2] >= 1, let x = reader.number(6), let y = reader.number(7),
      (-1...1).contains(x), (-1...1).contains(y)
    else { return nil }
    self.init(
      method: reader.text(0), split: reader.text(1), trainSeed: numbers[0], task: numbers[1],
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
      "\(file):\(line): a row has two names, four whole numbers and two numbers from -1 to 1, not “\(found)”. "
        + Self.again
    }
  }

  private static let again = "Remove it, and run `distill evaluate --overwrite` to make it anew."
}

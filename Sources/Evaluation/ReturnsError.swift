// What can be wrong with a table of returns or its summary, each with its own sentence.

/// A file of returns that cannot be read, written or summarised.
public enum ReturnsError: Error, Equatable, CustomStringConvertible {
  /// The file cannot be opened.
  case unreadable(file: String, reason: String)
  /// The file cannot be written.
  case unwritable(file: String, reason: String)
  /// The file is there and was not to be replaced.
  case exists(file: String)
  /// The first line is not the header.
  case wrongHeader(file: String, found: String)
  /// A line has more or fewer than eight fields.
  case wrongFieldCount(file: String, line: Int, found: Int)
  /// A field cannot be what its column holds.
  case wrongValue(file: String, line: Int, column: String, needs: String, found: String)
  /// The last line does not end.
  case cutShort(file: String, line: Int)
  /// An episode of a stream is missing or there twice.
  case incomplete(
    method: String, split: String, task: Int, trainSeed: Int?, evalSeed: Int, episode: Int)
  /// No expected returns were given of a task.
  case noReference(method: String, split: String, task: Int)
  /// The file of the summary is something else.
  case notASummary(file: String, reason: String)

  /// Two methods that are compared were tested on other tasks.
  case otherTasks(expected: [Int], found: [Int])
  /// A score is a share of the source's, which has no returns.
  case noSource

  /// What is wrong, where, and what to do about it.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file) cannot be read: \(reason). Run `distill evaluate` to make it."
    case .unwritable(let file, let reason):
      "\(file) cannot be written: \(reason)"
    case .exists(let file):
      "\(file) is already there. Move it away, or ask for it to be replaced."
    case .wrongHeader(let file, let found):
      "\(file):1: the first line must be “\(ReturnsTable.header)”, not “\(found)”. \(Self.again)"
    case .wrongFieldCount(let file, let line, let found):
      "\(file):\(line): a row has 8 fields, this one \(found). \(Self.again)"
    case .wrongValue(let file, let line, let column, let needs, let found):
      "\(file):\(line): \(column) must be \(needs), not “\(found)”. \(Self.again)"
    case .cutShort(let file, let line):
      "\(file):\(line): the file is cut short: its last line does not end. \(Self.again)"
    case .incomplete(let method, let split, let task, let trainSeed, let evalSeed, let episode):
      "The returns of \(method) on \(split) are no full grid: the episode \(episode) of task \(task), "
        + "training seed \(trainSeed.map(String.init) ?? "none"), evaluation seed \(evalSeed) "
        + "is missing or there twice. \(Self.again)"
    case .noReference(let method, let split, let task):
      "\(method) has returns of task \(task) on \(split), but that task's random and optimal "
        + "returns were not given."
    case .notASummary(let file, let reason):
      "\(file) is no summary of an evaluation: \(reason). \(Self.again)"
    case .otherTasks(let expected, let found):
      "a method was tested on the tasks \(expected), but the source on \(found). \(Self.again)"
    case .noSource:
      "scores are shares of what the source earns, which was not evaluated. Run "
        + "`distill evaluate --methods source`."
    }
  }

  private static let again =
    "Move the file away and run the same `distill evaluate` again, which makes it anew."
}

// What can be wrong with returns that another program wrote, each with its own sentence.

/// A file of another program's returns that cannot be used.
public enum OthersReturnsError: Error, Equatable, CustomStringConvertible {
  /// A column that is needed is not there.
  case missingColumn(file: String, column: String, found: String)
  /// A column has a name that no column of returns has.
  case unknownColumn(file: String, found: String)
  /// Two columns have one name.
  case repeatedColumn(file: String, found: String)
  /// There is a header at most.
  case noRows(file: String)
  /// A row is longer or shorter than the header.
  case wrongFieldCount(file: String, line: Int, expected: Int, found: Int)
  /// A quote is never closed.
  case openQuote(file: String, line: Int)
  /// A field cannot be what its column holds.
  case wrongValue(file: String, line: Int, column: String, needs: String, found: String)
  /// An episode of a stream stands in two rows.
  case twice(file: String, line: Int, first: Int, what: String, episode: Int)
  /// An episode of a stream is missing. `line` is the stream's last row, or where its method begins.
  case missing(file: String, line: Int, what: String, episode: Int, last: Int)
  /// There is no such method, or it has no such split.
  case notThere(file: String, column: String, wanted: String, found: [String])
  /// There are several, and it was not said which.
  case notSaid(file: String, column: String, found: [String])
  /// A figure by environment steps was asked for, and the file has none.
  case noEnvSteps(file: String)
  /// Scores are shares of what the source of a run earns, and the tasks are others than that run's.
  case otherTasks(file: String, expected: String, found: String, run: String)

  /// The file, the line, what was expected, what was found and what to do.
  public var description: String {
    switch self {
    case .missingColumn(let file, let column, let found):
      "\(file):1: the first line must name a column “\(column)”, but is “\(found)”. Name the columns as returns.csv "
        + "does, task, episode and return at least."
    case .unknownColumn(let file, let found):
      "\(file):1: the columns must be some of “\(ReturnsTable.header)”, but one is “\(found)”. Name it as one of them, "
        + "or take it out."
    case .repeatedColumn(let file, let found):
      "\(file):1: each column must have a name of its own, but two are “\(found)”. Take one of them out."
    case .noRows(let file):
      "\(file):2: there must be a row for each episode, but there is none. Write the returns beneath the columns' names."
    case .wrongFieldCount(let file, let line, let expected, let found):
      "\(file):\(line): the row must have as many fields as the first line, \(expected), but has \(found). \(Self.mend)"
    case .openQuote(let file, let line):
      "\(file):\(line): every quote must be closed, but one that opens here is not. \(Self.mend)"
    case .wrongValue(let file, let line, let column, let needs, let found):
      "\(file):\(line): \(column) must be \(needs), not “\(found)”. \(Self.mend)"
    case .twice(let file, let line, let first, let what, let episode):
      "\(file):\(line): each episode must have one row, but episode \(episode) of \(what) stands in line \(first) too. "
        + "Tell repeated runs apart by eval_seed, separately trained agents by train_seed."
    case .missing(let file, let line, let what, let episode, let last):
      "\(file):\(line): each task and seed must have the episodes 1 to \(last), but episode \(episode) of \(what) is "
        + "missing. Add it, or leave out what the others lack."
    case .notThere(let file, let column, let wanted, let found):
      "\(file): the \(column) “\(wanted)” was asked for, but the file has \(Self.list(found)). Name one of these."
    case .notSaid(let file, let column, let found):
      "\(file): one \(column) must be chosen, but the file has \(Self.list(found)). Write LABEL=FILE:METHOD:SPLIT."
    case .noEnvSteps(let file):
      "\(file):1: the figure's x axis needs a column “env_steps”, and there is none. Add it, or count episodes with "
        + "--episodes."
    case .otherTasks(let file, let expected, let found, let run):
      "\(file): scores are shares of what the source of \(run) earns on its tasks \(expected), but the file has the "
        + "tasks \(found). Let the agent act in the same ones."
    }
  }

  private static let mend = "Mend the line, or write the file anew."

  private static func list(_ names: [String]) -> String {
    names.map { "“\($0)”" }.joined(separator: ", ")
  }
}

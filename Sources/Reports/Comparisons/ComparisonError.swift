// Files of results: how they are read, and what can be wrong with them.

internal import Tables

extension CSVTable {
  /// Reads the text of a file of results.
  /// - Parameters:
  ///   - columns: What its first line must name.
  ///   - file: How errors name it.
  init(results text: String, columns: [String], file: String) throws(ComparisonError) {
    do throws(CSVError) {
      try self.init(text, requiring: columns)
    } catch {
      switch error {
      case .wrongHeader(let expected, let found):
        throw .wrongHeader(
          file: file, expected: expected.joined(separator: ","), found: found.joined(separator: ",")
        )
      case .wrongFieldCount(let line, _, let found):
        throw .wrongRow(file: file, line: line, found: found.joined(separator: ","))
      case .openQuote(let line, let found):
        throw .wrongRow(file: file, line: line, found: String(found.prefix(80)))
      }
    }
  }
}

/// The finite number that a field holds; nil if it holds anything else.
func finite(_ field: String) -> Double? {
  Double(field).flatMap { $0.isFinite ? $0 : nil }
}

/// A file of results that is not what it should be.
public enum ComparisonError: Error, Equatable, CustomStringConvertible {
  /// The first line is another.
  case wrongHeader(file: String, expected: String, found: String)
  /// A line does not fit the first.
  case wrongRow(file: String, line: Int, found: String)

  /// The file, what is wrong and what to do.
  public var description: String {
    switch self {
    case .wrongHeader(let file, let expected, let found):
      "\(file):1: the first line must be “\(expected)”, not “\(found)”. Mend it, or remove the file."
    case .wrongRow(let file, let line, let found):
      "\(file):\(line): “\(found)” does not fit the first line. Mend it, or remove the file."
    }
  }
}

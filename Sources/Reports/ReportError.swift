// What can be wrong with the files that a report is made from.

internal import Tables

/// A file that a report cannot be made from.
public enum ReportError: Error, Equatable, CustomStringConvertible {
  /// A training log lacks a column.
  case missingColumn(file: String, column: String, found: [String])
  /// A row of a training log is too long or too short.
  case wrongFieldCount(file: String, line: Int, expected: Int, found: Int)
  /// A quote in a training log is never closed.
  case openQuote(file: String, line: Int)
  /// A field of a training log is no number.
  case notANumber(file: String, line: Int, column: String, found: String)
  /// The template of a page cannot be read.
  case wrongTemplate(file: String, reason: String)

  /// What is wrong, where, and what to do about it.
  public var description: String {
    switch self {
    case .missingColumn(let file, let column, let found):
      "\(file):1: there is no column “\(column)” among “\(found.joined(separator: ","))”. "
        + Self.again
    case .wrongFieldCount(let file, let line, let expected, let found):
      "\(file):\(line): a row has \(expected) fields, this one \(found). \(Self.again)"
    case .openQuote(let file, let line):
      "\(file):\(line): a quote opens here that is never closed. \(Self.again)"
    case .notANumber(let file, let line, let column, let found):
      "\(file):\(line): \(column) must be a number, not “\(found)”. \(Self.again)"
    case .wrongTemplate(let file, let reason):
      "\(file) cannot be read: \(reason)"
    }
  }

  /// Why a training log is no table.
  init(_ error: CSVError, file: String) {
    switch error {
    case .wrongHeader(let expected, let found):
      let column = expected.first { !found.contains($0) } ?? ""
      self = .missingColumn(file: file, column: column, found: found)
    case .wrongFieldCount(let line, let expected, let found):
      self = .wrongFieldCount(file: file, line: line, expected: expected, found: found.count)
    case .openQuote(let line, _): self = .openQuote(file: file, line: line)
    }
  }

  private static let again = "Train this model again to make the log anew."
}

// A small CSV file read as a whole, as text: a header and rows of as many fields. Blank lines are skipped. Refuses
// another header than the one that is asked for, rows that do not fit it and quotes that are never closed.

/// The rows of a file.
public struct CSVTable: Equatable, Sendable {
  /// The fields of the first row; none if the file is empty.
  public let header: [String]
  /// The rows after it, each of as many fields.
  public let rows: [[String]]
  /// The line of the file on which each row begins, from 1.
  public let lines: [Int]

  /// Reads a file.
  /// - Parameter header: What its first row must be; nil takes any.
  public init(_ bytes: [UInt8], requiring header: [String]? = nil) throws(CSVError) {
    var reader = CSVReader(bytes)
    var rows: [[String]] = []
    var lines: [Int] = []
    var found: [String]?
    while reader.readRow() {
      if reader.isBlank { continue }
      let fields = reader.texts
      if reader.hasOpenQuote { throw .openQuote(line: reader.line, found: reader.rowText) }
      guard let expected = found else {
        found = fields
        if let header, header != fields { throw .wrongHeader(expected: header, found: fields) }
        continue
      }
      guard fields.count == expected.count else {
        throw .wrongFieldCount(line: reader.line, expected: expected.count, found: fields)
      }
      rows.append(fields)
      lines.append(reader.line)
    }
    if let header, found == nil { throw .wrongHeader(expected: header, found: []) }
    self.header = found ?? []
    self.rows = rows
    self.lines = lines
  }

  /// Reads a file's text.
  /// - Parameter header: What its first row must be; nil takes any.
  public init(_ text: String, requiring header: [String]? = nil) throws(CSVError) {
    try self.init(Array(text.utf8), requiring: header)
  }
}

/// Why a text is no table. Who reads a file for a purpose says of it which file it was and what to do.
public enum CSVError: Error, Equatable {
  /// The first row is another; none if there is no row.
  case wrongHeader(expected: [String], found: [String])
  /// A row has more or fewer fields than the header.
  case wrongFieldCount(line: Int, expected: Int, found: [String])
  /// A quote is never closed.
  case openQuote(line: Int, found: String)
}

// Comma-separated values written row by row (RFC 4180): a field is quoted only if it must be, every row ends with
// a line feed, numbers are decimal on every machine. The same rows give the same bytes.

public import Foundation
public import TensorFiles

/// A file of rows under a header, as bytes that grow.
///
/// A program's tables differ in how they write numbers: `append(_: Double)` writes what reads back to the same
/// number, `roundedNumber` what people compare. A row may also be given as the text of its fields.
public struct TableWriter: Equatable, Sendable {
  /// The file so far.
  public private(set) var bytes: [UInt8] = []
  private let fieldCount: Int
  private var fieldsOfRow = 0

  /// A file that holds its header.
  /// - Parameter rowCapacity: How many rows to make room for.
  public init(header: [String], rowCapacity: Int = 0) {
    precondition(!header.isEmpty, "a table has one column at least")
    fieldCount = header.count
    bytes.reserveCapacity(48 * (rowCapacity + 2))
    append(row: header)
  }

  /// Appends a row of as many fields as the header has.
  public mutating func append(row fields: [String]) {
    for field in fields { append(field) }
    endRow()
  }

  /// Appends a field to the row, in quotes if it holds a comma, a quote or a line end.
  public mutating func append(_ field: String) {
    separate()
    if field.utf8.contains(where: { $0 < 45 && Self.needsQuotes($0) }) {
      bytes.append(.quote)
      for byte in field.utf8 {
        if byte == .quote { bytes.append(.quote) }
        bytes.append(byte)
      }
      bytes.append(.quote)
    } else {
      bytes.append(contentsOf: field.utf8)
    }
  }

  /// Appends a whole number to the row.
  public mutating func append(_ number: Int) {
    separate()
    if (0..<10).contains(number) {
      bytes.append(48 + UInt8(number))
    } else {
      bytes.append(contentsOf: number.description.utf8)
    }
  }

  /// Appends a number that reads back to the same bits, but for the sign of zero: digits alone if it is whole.
  public mutating func append(_ number: Double) {
    if let whole = Int(exactly: number) {
      append(whole)
    } else {
      separate()
      bytes.append(contentsOf: number.description.utf8)
    }
  }

  /// Ends the row.
  /// - Precondition: It has as many fields as the header.
  public mutating func endRow() {
    precondition(
      fieldsOfRow == fieldCount,
      "a row of \(fieldsOfRow) fields in a table of \(fieldCount) columns")
    bytes.append(.lineFeed)
    fieldsOfRow = 0
  }

  /// The file so far, as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Writes the file: afterwards it is whole, or as it was.
  /// - Parameter replacing: Whether a file of that name may be overwritten.
  public func write(to url: URL, replacing: Bool = false) throws(TensorFileError) {
    try AtomicFile.write(bytes, to: url, replacing: replacing)
  }

  private mutating func separate() {
    if fieldsOfRow > 0 { bytes.append(.comma) }
    fieldsOfRow += 1
  }

  private static func needsQuotes(_ byte: UInt8) -> Bool {
    byte == .comma || byte == .quote || byte == .lineFeed || byte == .carriageReturn
  }
}

/// A number for people who compare files: up to four decimals, none that say nothing.
public func roundedNumber(_ number: Double) -> String {
  let scaled = (number * 10_000).rounded()
  let rounded = scaled.isFinite ? scaled / 10_000 : number
  return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
}

// Comma-separated values read row by row from bytes (RFC 4180): fields may be quoted, lines may end with a line
// feed or with a carriage return and one, and a byte-order mark at the start is skipped. Half a million rows are
// read in under a second, so a row is the places of its fields until someone asks for their text.

/// Reads a file's rows in order.
public struct CSVReader: Sendable {
  /// Where a field stands in the file, without the quotes around it.
  private struct Field {
    let range: Range<Int>
    let isQuoted: Bool
    let hasDoubledQuotes: Bool
  }

  private let bytes: [UInt8]
  private var next: Int
  private var nextLine = 1
  private var start = 0
  private var fields: [Field] = []
  /// The line on which the last row that was read begins, from 1; 0 before the first.
  public private(set) var line = 0
  /// Whether the last row that was read ends with a line feed, as every whole row does.
  public private(set) var isEnded = true
  /// Whether the last row that was read ends within quotes: its file was cut, or a quote was never closed.
  public private(set) var hasOpenQuote = false

  /// A reader at the start of a file.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    next = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// Reads the next row; false if there is none. A blank line is a row of one empty field.
  public mutating func readRow() -> Bool {
    guard next < bytes.count else { return false }
    fields.removeAll(keepingCapacity: true)
    line = nextLine
    start = next
    isEnded = false
    hasOpenQuote = false
    var isAtEnd = false
    while !isAtEnd { isAtEnd = readField() }
    return true
  }

  /// Reads a field and the comma or line end behind it; true if it is the row's last.
  private mutating func readField() -> Bool {
    if next < bytes.count && bytes[next] == .quote { return readQuotedField() }
    let first = next
    while next < bytes.count {
      let byte = bytes[next]
      if byte == .comma {
        fields.append(Field(range: first..<next, isQuoted: false, hasDoubledQuotes: false))
        next += 1
        return false
      }
      if byte == .lineFeed { break }
      next += 1
    }
    let end = next > first && bytes[next - 1] == .carriageReturn && next < bytes.count
    fields.append(
      Field(range: first..<(end ? next - 1 : next), isQuoted: false, hasDoubledQuotes: false))
    endRow()
    return true
  }

  /// Reads a field from its quote on. What stands between its closing quote and the next comma is taken for a
  /// part of it.
  private mutating func readQuotedField() -> Bool {
    next += 1
    let first = next
    var hasDoubledQuotes = false
    while next < bytes.count {
      if bytes[next] == .lineFeed { nextLine += 1 }
      guard bytes[next] == .quote else {
        next += 1
        continue
      }
      guard next + 1 < bytes.count && bytes[next + 1] == .quote else { break }
      hasDoubledQuotes = true
      next += 2
    }
    hasOpenQuote = next == bytes.count
    let last = next
    next = min(next + 1, bytes.count)
    let closing = next
    while next < bytes.count && bytes[next] != .comma && bytes[next] != .lineFeed { next += 1 }
    let isLast = next == bytes.count || bytes[next] == .lineFeed
    var rest = closing..<next
    if isLast && next < bytes.count && rest.last.map({ bytes[$0] }) == .carriageReturn {
      rest = rest.dropLast()
    }
    // Text behind a closing quote breaks the format: the field is shown as it stands, quotes and all.
    fields.append(
      rest.isEmpty
        ? Field(range: first..<last, isQuoted: true, hasDoubledQuotes: hasDoubledQuotes)
        : Field(range: first - 1..<rest.upperBound, isQuoted: false, hasDoubledQuotes: false))
    if isLast { endRow() } else { next += 1 }
    return isLast
  }

  private mutating func endRow() {
    guard next < bytes.count else { return }
    next += 1
    nextLine += 1
    isEnded = true
  }

  /// The fields of the last row that was read.
  public var count: Int { fields.count }

  /// Whether the last row that was read is a blank line.
  public var isBlank: Bool { fields.count == 1 && fields[0].range.isEmpty && !fields[0].isQuoted }

  /// Whether a field is there and empty.
  public func isEmpty(_ field: Int) -> Bool { fields[field].range.isEmpty }

  /// Whether a field holds a quote or stands in quotes.
  public func hasQuotes(_ field: Int) -> Bool {
    fields[field].isQuoted || bytes[fields[field].range].contains(.quote)
  }

  /// The bytes of a field within the file.
  public func range(of field: Int) -> Range<Int> { fields[field].range }

  /// Whether a field holds the same bytes as an earlier place of the file.
  public func matches(_ field: Int, _ earlier: Range<Int>) -> Bool {
    bytes[earlier].elementsEqual(bytes[fields[field].range])
  }

  /// A field's text.
  public func text(_ field: Int) -> String {
    let text = String(decoding: bytes[fields[field].range], as: UTF8.self)
    guard fields[field].hasDoubledQuotes else { return text }
    return text.replacing("\"\"", with: "\"")
  }

  /// The text of all fields.
  public var texts: [String] { fields.indices.map(text) }

  /// The last row as it stands in the file, without its line end.
  public var rowText: String {
    var end = isEnded ? next - 1 : next
    if isEnded && end > start && bytes[end - 1] == .carriageReturn { end -= 1 }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// A field as it stands in the file, with its quotes.
  public func written(_ field: Int) -> String {
    let range = fields[field].range
    let quotes = fields[field].isQuoted
    return String(
      decoding: bytes[
        quotes ? range.lowerBound - 1..<min(range.upperBound + 1, bytes.count) : range],
      as: UTF8.self)
  }

  /// The number that a field writes with one to fifteen digits, all that a `Double` holds exactly; nil if it
  /// holds anything else.
  public func wholeNumber(_ field: Int) -> Int? {
    let range = fields[field].range
    guard (1...15).contains(range.count) else { return nil }
    var number = 0
    for index in range {
      let digit = bytes[index] &- 48
      guard digit < 10 else { return nil }
      number = number * 10 + Int(digit)
    }
    return number
  }

  /// The finite number of a field; nil if it holds anything else.
  public func number(_ field: Int) -> Double? {
    if let whole = wholeNumber(field) { return Double(whole) }
    guard let number = Double(text(field)), number.isFinite else { return nil }
    return number
  }
}

extension UInt8 {
  static let lineFeed: UInt8 = 10
  static let carriageReturn: UInt8 = 13
  static let quote: UInt8 = 34
  static let comma: UInt8 = 44
}

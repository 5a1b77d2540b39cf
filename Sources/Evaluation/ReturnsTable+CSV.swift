// returns.csv: the header below, then a row per episode in the table's order, each line ended by a
// line feed, numbers in decimal, an empty train_seed for methods without training. Half a million
// rows are read or written in under a second, so both work on bytes. No quoting: names hold no
// commas. Refuses anything else, naming the line.

public import Foundation

extension ReturnsTable {
  /// The first line of every file of returns.
  public static let header = "method,split,task,train_seed,eval_seed,episode,env_steps,return"

  /// The table as a file's bytes: the same table gives the same bytes.
  public func csv() -> [UInt8] {
    var bytes = Array(Self.header.utf8)
    bytes.reserveCapacity(48 * (rows.count + 2))
    bytes.append(.lineFeed)
    for row in rows {
      bytes.append(contentsOf: row.method.utf8)
      bytes.append(.comma)
      bytes.append(contentsOf: row.split.utf8)
      bytes.append(.comma)
      bytes.append(number: row.task)
      bytes.append(.comma)
      if let seed = row.trainSeed { bytes.append(number: seed) }
      bytes.append(.comma)
      bytes.append(number: row.evalSeed)
      bytes.append(.comma)
      bytes.append(number: row.episode)
      bytes.append(.comma)
      bytes.append(number: row.envSteps)
      bytes.append(.comma)
      if let whole = Int(exactly: row.return) {
        bytes.append(number: whole)
      } else {
        bytes.append(contentsOf: row.return.description.utf8)
      }
      bytes.append(.lineFeed)
    }
    return bytes
  }

  /// Writes the table under a temporary name, then renames it.
  /// - Parameter replacing: Whether an existing file may be overwritten.
  public func write(to file: URL, replacing: Bool = false) throws(ReturnsError) {
    if !replacing && FileManager.default.fileExists(atPath: file.path) {
      throw .exists(file: file.lastPathComponent)
    }
    do {
      try Data(csv()).write(to: file, options: .atomic)
    } catch {
      throw .unwritable(file: file.lastPathComponent, reason: error.localizedDescription)
    }
  }

  /// Reads a file of returns.
  public init(contentsOf file: URL) throws(ReturnsError) {
    let bytes: [UInt8]
    do {
      bytes = [UInt8](try Data(contentsOf: file))
    } catch {
      throw .unreadable(file: file.lastPathComponent, reason: error.localizedDescription)
    }
    try self.init(csv: bytes, file: file.lastPathComponent)
  }

  /// Reads the bytes of a file of returns.
  /// - Parameter file: The name for error messages.
  public init(csv bytes: [UInt8], file: String) throws(ReturnsError) {
    var lines = LineReader(bytes: bytes, file: file)
    try lines.readHeader()
    var rows: [Row] = []
    rows.reserveCapacity(bytes.count / 32)
    while try lines.readLine() { rows.append(try lines.row()) }
    self.init(rows)
  }
}

/// Reads a file of returns line by line.
private struct LineReader {
  let bytes: [UInt8]
  let file: String
  private var line = 0
  private var next = 0
  private var fields: [Range<Int>] = []
  private var method = Name()
  private var split = Name()

  /// A name and where it last stood, so that a row like the one before makes no new string.
  private struct Name {
    var range = 0..<0
    var text = ""
  }

  init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  mutating func readHeader() throws(ReturnsError) {
    let end = bytes.firstIndex(of: .lineFeed) ?? bytes.endIndex
    let found = String(decoding: bytes[..<end], as: UTF8.self)
    guard found == ReturnsTable.header && end < bytes.endIndex else {
      throw .wrongHeader(file: file, found: String(found.prefix(80)))
    }
    line = 1
    next = end + 1
  }

  /// Splits the next line into its fields; false at the end of the file.
  mutating func readLine() throws(ReturnsError) -> Bool {
    guard next < bytes.count else { return false }
    line += 1
    fields.removeAll(keepingCapacity: true)
    var start = next
    while next < bytes.count && bytes[next] != .lineFeed {
      if bytes[next] == .comma {
        fields.append(start..<next)
        start = next + 1
      }
      next += 1
    }
    guard next < bytes.count else { throw .cutShort(file: file, line: line) }
    fields.append(start..<next)
    next += 1
    guard fields.count == 8 else {
      throw .wrongFieldCount(file: file, line: line, found: fields.count)
    }
    return true
  }

  mutating func row() throws(ReturnsError) -> ReturnsTable.Row {
    try read(&method, field: 0, column: "method")
    try read(&split, field: 1, column: "split")
    let episode = try whole(5, column: "episode")
    guard episode >= 1 else { throw wrong(5, column: "episode", needs: "a whole number from 1") }
    return ReturnsTable.Row(
      checkedMethod: method.text, split: split.text, task: try whole(2, column: "task"),
      trainSeed: fields[3].isEmpty ? nil : try whole(3, column: "train_seed"),
      evalSeed: try whole(4, column: "eval_seed"), episode: episode,
      envSteps: try whole(6, column: "env_steps"), return: try decimal(7, column: "return"))
  }

  private func read(_ name: inout Name, field: Int, column: String) throws(ReturnsError) {
    let range = fields[field]
    if !name.range.isEmpty && bytes[name.range].elementsEqual(bytes[range]) { return }
    guard !range.isEmpty && !bytes[range].contains(34) else {
      throw wrong(field, column: column, needs: "a name")
    }
    name = Name(range: range, text: String(decoding: bytes[range], as: UTF8.self))
  }

  private func whole(_ field: Int, column: String) throws(ReturnsError) -> Int {
    guard let number = digits(fields[field]) else {
      throw wrong(field, column: column, needs: "a whole number from 0")
    }
    return number
  }

  private func decimal(_ field: Int, column: String) throws(ReturnsError) -> Double {
    if let number = digits(fields[field]) { return Double(number) }
    guard let number = Double(text(field)), number.isFinite else {
      throw wrong(field, column: column, needs: "a finite number")
    }
    return number
  }

  /// The number written with one to fifteen digits, all that a `Double` holds exactly.
  private func digits(_ range: Range<Int>) -> Int? {
    guard (1...15).contains(range.count) else { return nil }
    var number = 0
    for index in range {
      let digit = bytes[index] &- 48
      guard digit < 10 else { return nil }
      number = number * 10 + Int(digit)
    }
    return number
  }

  private func text(_ field: Int) -> String {
    String(decoding: bytes[fields[field]], as: UTF8.self)
  }

  private func wrong(_ field: Int, column: String, needs: String) -> ReturnsError {
    .wrongValue(file: file, line: line, column: column, needs: needs, found: text(field))
  }
}

extension UInt8 {
  fileprivate static let lineFeed: UInt8 = 10
  fileprivate static let comma: UInt8 = 44
}

extension [UInt8] {
  fileprivate mutating func append(number: Int) {
    if (0..<10).contains(number) {
      append(48 + UInt8(number))
    } else {
      append(contentsOf: number.description.utf8)
    }
  }
}

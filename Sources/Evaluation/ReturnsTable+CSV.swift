// returns.csv: the header below, then a row per episode in the table's order, an empty train_seed for methods
// without training. Names hold no commas, quotes or line breaks, so no field is quoted. Half a million rows are
// read or written in under a second. Refuses anything else, naming the line.

public import Foundation
internal import Tables
internal import TensorFiles

extension ReturnsTable {
  /// The first line of every file of returns.
  public static let header = "method,split,task,train_seed,eval_seed,episode,env_steps,return"
  private static let columns = header.split(separator: ",").map(String.init)

  /// The table as a file's bytes: the same table gives the same bytes.
  public func csv() -> [UInt8] { written().bytes }

  private func written() -> TableWriter {
    var file = TableWriter(header: Self.columns, rowCapacity: rows.count)
    for row in rows {
      file.append(row.method)
      file.append(row.split)
      file.append(row.task)
      if let seed = row.trainSeed { file.append(seed) } else { file.append("") }
      file.append(row.evalSeed)
      file.append(row.episode)
      file.append(row.envSteps)
      file.append(row.return)
      file.endRow()
    }
    return file
  }

  /// Writes the table: afterwards the file is whole, or as it was.
  /// - Parameter replacing: Whether an existing file may be overwritten.
  public func write(to file: URL, replacing: Bool = false) throws(ReturnsError) {
    let name = file.lastPathComponent
    if !replacing && FileManager.default.fileExists(atPath: file.path) { throw .exists(file: name) }
    do {
      try written().write(to: file, replacing: replacing)
    } catch {
      throw .unwritable(file: name, reason: error.writingProblem)
    }
  }

  /// Reads a file of returns.
  public init(contentsOf file: URL) throws(ReturnsError) {
    let bytes: [UInt8]
    do {
      bytes = try WholeFile.bytes(of: file)
    } catch {
      throw .unreadable(file: file.relativePath, reason: error.readingProblem)
    }
    try self.init(csv: bytes, file: file.relativePath)
  }

  /// Reads the bytes of a file of returns.
  /// - Parameter file: The name for error messages.
  public init(csv bytes: [UInt8], file: String) throws(ReturnsError) {
    var reader = ReturnsReader(bytes: bytes, file: file)
    try reader.readHeader()
    var rows: [Row] = []
    rows.reserveCapacity(bytes.count / 32)
    while let row = try reader.row() { rows.append(row) }
    self.init(rows)
  }
}

/// Reads a file of returns row by row.
private struct ReturnsReader {
  private let file: String
  private var reader: CSVReader
  private var method = Name()
  private var split = Name()

  /// A name and where it last stood, so that a row like the one before makes no new string.
  private struct Name {
    var range = 0..<0
    var text = ""
  }

  init(bytes: [UInt8], file: String) {
    reader = CSVReader(bytes)
    self.file = file
  }

  mutating func readHeader() throws(ReturnsError) {
    let isThere = reader.readRow()
    let found = isThere ? reader.rowText : ""
    guard found == ReturnsTable.header && reader.isEnded else {
      throw .wrongHeader(file: file, found: String(found.prefix(80)))
    }
  }

  /// The next row; nil at the end of the file.
  mutating func row() throws(ReturnsError) -> ReturnsTable.Row? {
    guard reader.readRow() else { return nil }
    guard reader.isEnded else { throw .cutShort(file: file, line: reader.line) }
    guard reader.count == 8 else {
      throw .wrongFieldCount(file: file, line: reader.line, found: reader.count)
    }
    try read(&method, field: 0, column: "method")
    try read(&split, field: 1, column: "split")
    let episode = try whole(5, column: "episode")
    guard episode >= 1 else { throw wrong(5, column: "episode", needs: "a whole number from 1") }
    guard let earned = reader.number(7) else {
      throw wrong(7, column: "return", needs: "a finite number")
    }
    return ReturnsTable.Row(
      checkedMethod: method.text, split: split.text, task: try whole(2, column: "task"),
      trainSeed: reader.isEmpty(3) ? nil : try whole(3, column: "train_seed"),
      evalSeed: try whole(4, column: "eval_seed"), episode: episode,
      envSteps: try whole(6, column: "env_steps"), return: earned)
  }

  private func read(_ name: inout Name, field: Int, column: String) throws(ReturnsError) {
    if !name.range.isEmpty && reader.matches(field, name.range) { return }
    guard !reader.isEmpty(field) && !reader.hasQuotes(field) else {
      throw wrong(field, column: column, needs: "a name")
    }
    name = Name(range: reader.range(of: field), text: reader.text(field))
  }

  private func whole(_ field: Int, column: String) throws(ReturnsError) -> Int {
    guard let number = reader.wholeNumber(field) else {
      throw wrong(field, column: column, needs: "a whole number from 0")
    }
    return number
  }

  private func wrong(_ field: Int, column: String, needs: String) -> ReturnsError {
    .wrongValue(
      file: file, line: reader.line, column: column, needs: needs, found: reader.written(field))
  }
}

extension TensorFileError {
  /// Why a file cannot be written, without its path.
  var readingProblem: String {
    switch self {
    case .missing: "there is no such file"
    case .unreadable(_, let reason): reason
    default: "\(self)"
    }
  }

  var writingProblem: String {
    switch self {
    case .noSpace: "the disk is full."
    case .unwritable(_, let reason): "\(reason)."
    default: description
    }
  }
}

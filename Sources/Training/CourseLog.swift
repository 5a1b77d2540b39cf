// training.csv: a row for some successive updates of a course. Numbers are written so that they read back to the
// same bits. The same rows stand in training.tfevents, for TensorBoard.

internal import Foundation
internal import Tables
internal import TensorFiles

/// The rows of a training's log.
struct CourseLog {
  private let columns: [LogColumn]
  private let updatesPerRow: Int
  private var table: TableWriter
  private var events = EventFile()
  private var pending: [CourseRecord] = []

  init(of course: any Course) {
    columns = course.columns
    updatesPerRow = course.updatesPerRow
    table = TableWriter(header: columns.map(\.name))
  }

  /// The SHA-256 of the rows so far, as they stand in `training.csv`.
  var checksum: String { Checksum.sha256(of: table.bytes) }

  /// Writes both files over what is there.
  func write(to files: TrainingFiles) throws(TensorFileError) {
    try table.write(to: files.log, replacing: true)
    try events.write(to: files.events)
  }

  /// Reads the rows of the first `updates` updates from a file.
  /// - Throws: `TrainingError` if there are fewer, or if a row is not what its updates leave.
  mutating func read(_ url: URL, updates: Int) throws {
    let count = updates / updatesPerRow
    let isThere = FileManager.default.fileExists(atPath: url.path)
    var reader = CSVReader(isThere ? try WholeFile.bytes(of: url) : [])
    var rows: [(line: Int, text: String, fields: [String])] = []
    while reader.readRow() {
      if !reader.isBlank { rows.append((reader.line, reader.rowText, reader.texts)) }
    }
    guard rows.first?.fields == columns.map(\.name), rows.count > count else {
      throw TrainingError.logCutShort(
        path: url.relativePath, expected: count, found: max(0, rows.count - 1))
    }
    for (index, row) in rows[1..<count + 1].enumerated() {
      guard isRow(row.fields, number: index) else {
        throw TrainingError.logDamaged(path: url.relativePath, line: row.line, found: row.text)
      }
      append(row: row.fields)
    }
  }

  /// Adds a row to both files; events have no number where a field is empty.
  private mutating func append(row fields: [String]) {
    guard let update = Int(fields[0]) else {
      preconditionFailure("the first column of a log is its update, not \(fields[0])")
    }
    table.append(row: fields)
    events.append(
      update: update,
      zip(columns, fields).dropFirst().compactMap { column, field in
        Float(field).map { (tag: column.name, value: $0) }
      })
  }

  /// Whether fields are the row of a number: the update it ends with, then a number for each column.
  private func isRow(_ fields: [String], number: Int) -> Bool {
    guard fields.count == columns.count, fields.first == "\((number + 1) * updatesPerRow)" else {
      return false
    }
    return zip(columns, fields).allSatisfy { column, field in
      if field.isEmpty {
        switch column.joining {
        case .quotient, .lastMeasured: return true
        case .last, .mean, .sum: return false
        }
      }
      return column.isWhole ? Int(field) != nil : Double(field).map(\.isFinite) == true
    }
  }

  /// Adds what an update did.
  mutating func append(_ record: CourseRecord) {
    precondition(
      record.values.count == columns.count,
      "\(record.values.count) numbers for \(columns.count) columns")
    pending.append(record)
    if record.update % updatesPerRow == 0 { finishRow() }
  }

  /// Writes what is not yet in a row, if anything.
  mutating func finishRow() {
    guard !pending.isEmpty else { return }
    append(row: columns.indices.map(field))
    pending.removeAll(keepingCapacity: true)
  }

  private func field(_ column: Int) -> String {
    let number: Double
    switch columns[column].joining {
    case .last: number = pending[pending.count - 1].values[column]
    case .lastMeasured:
      guard let last = pending.last(where: { !$0.values[column].isNaN }) else { return "" }
      number = last.values[column]
    case .mean: number = sum(column) / Double(pending.count)
    case .sum: number = sum(column)
    case .quotient(let divisor):
      let count = sum(divisor)
      if count == 0 { return "" }
      number = sum(column) / count
    }
    return columns[column].isWhole ? "\(Int(number))" : "\(number)"
  }

  private func sum(_ column: Int) -> Double { pending.reduce(0) { $0 + $1.values[column] } }
}

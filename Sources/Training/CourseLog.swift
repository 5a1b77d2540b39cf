// training.csv: a row for some successive updates of a course. Numbers are written so that they read back to the
// same bits.

internal import Foundation
internal import TensorFiles

/// The rows of a training's log.
struct CourseLog {
  private let columns: [LogColumn]
  private let updatesPerRow: Int
  private var rows: [String] = []
  private var pending: [CourseRecord] = []

  init(of course: any Course) {
    columns = course.columns
    updatesPerRow = course.updatesPerRow
  }

  private var header: String { columns.map(\.name).joined(separator: ",") }

  /// The whole file.
  var csv: String { ([header] + rows).joined(separator: "\n") + "\n" }

  /// Reads the rows of the first `updates` updates from a file.
  /// - Throws: `TrainingError` if there are fewer, or if a row is not what its updates leave.
  mutating func read(_ url: URL, updates: Int) throws {
    let count = updates / updatesPerRow
    let text =
      FileManager.default.fileExists(atPath: url.path)
      ? try String(contentsOf: url, encoding: .utf8) : ""
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
    guard lines.first == header, lines.count > count else {
      throw TrainingError.logCutShort(
        path: url.relativePath, expected: count, found: max(0, lines.count - 1))
    }
    rows = Array(lines[1..<count + 1])
    for (index, row) in rows.enumerated() where !isRow(row, number: index) {
      throw TrainingError.logDamaged(path: url.relativePath, line: index + 2, found: row)
    }
  }

  /// Whether a line is the row of a number: the update it ends with, then a number for each column.
  private func isRow(_ line: String, number: Int) -> Bool {
    let fields = line.split(separator: ",", omittingEmptySubsequences: false)
    guard fields.count == columns.count, fields.first == "\((number + 1) * updatesPerRow)" else {
      return false
    }
    return zip(columns, fields).allSatisfy { column, field in
      if case .quotient = column.joining, field.isEmpty { return true }
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
    rows.append(columns.indices.map(field).joined(separator: ","))
    pending.removeAll(keepingCapacity: true)
  }

  private func field(_ column: Int) -> String {
    let number: Double
    switch columns[column].joining {
    case .last: number = pending[pending.count - 1].values[column]
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

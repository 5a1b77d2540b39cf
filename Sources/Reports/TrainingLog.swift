// A model's training.csv: a header, then a row of numbers per logged update. Columns are found by
// their names, so more may come; `update` and `loss` must be there. Refuses rows that do not fit.

public import Evaluation
internal import Tables

/// What was logged while a model was trained.
public struct TrainingLog: Equatable, Sendable {
  /// The method, such as `ad`.
  public let method: String
  /// The seed the model was trained with.
  public let seed: Int
  /// The names of the columns, in the file's order.
  public let columns: [String]
  /// The numbers, a row per logged update; an empty field is NaN.
  public let rows: [[Double]]

  /// Reads the text of a training.csv.
  /// - Parameter file: The name for error messages.
  public init(csv: String, method: String, seed: Int, file: String) throws(ReportError) {
    self.method = method
    self.seed = seed
    let table: CSVTable
    do throws(CSVError) {
      table = try CSVTable(csv)
    } catch {
      throw ReportError(error, file: file)
    }
    columns = table.header
    for name in ["update", "loss"] where !columns.contains(name) {
      throw .missingColumn(file: file, column: name, found: columns)
    }
    var rows: [[Double]] = []
    for (line, fields) in zip(table.lines, table.rows) {
      var row: [Double] = []
      for (column, field) in zip(columns, fields) {
        guard let number = field.isEmpty ? Double.nan : Double(field) else {
          throw .notANumber(file: file, line: line, column: column, found: field)
        }
        row.append(number)
      }
      rows.append(row)
    }
    self.rows = rows
  }

  /// What the last episodes of trials earned while models were trained online, as a table of one task whose episodes
  /// are the rows of the logs in which a trial of every model ended; longer logs are cut.
  /// - Parameters:
  ///   - logs: Of models with other seeds.
  ///   - split: How the table names it.
  ///   - optimum: What returns are divided by; nil leaves them as they are.
  ///   - path: How errors name the logs.
  /// - Throws: `ReportError.missingColumn` if a log does not count steps or tells no returns.
  public static func returns(
    _ logs: [TrainingLog], split: String, optimum: Double?, path: String
  ) throws(ReportError) -> ReturnsTable {
    var points: [[(steps: Double, last: Double)]] = []
    for log in logs {
      var columns: [Int] = []
      for name in ["steps", "last_episode"] {
        guard let column = log.columns.firstIndex(of: name) else {
          throw .missingColumn(file: path, column: name, found: log.columns)
        }
        columns.append(column)
      }
      points.append(log.rows.map { ($0[columns[0]], $0[columns[1]]) })
    }
    let told = (0..<(points.map(\.count).min() ?? 0)).filter { row in
      points.allSatisfy { $0[row].last.isFinite && Int(exactly: $0[row].steps) != nil }
    }
    return ReturnsTable(
      zip(logs, points).flatMap { log, points in
        told.enumerated().map { index, row in
          ReturnsTable.Row(
            method: log.method, split: split, task: 0, trainSeed: log.seed, evalSeed: 0,
            episode: index + 1, envSteps: Int(points[row].steps),
            return: optimum.map { points[row].last / $0 } ?? points[row].last)
        }
      })
  }

  /// A column against the update, without the rows where it is empty; nothing if there is no such
  /// column.
  func points(_ column: String) -> [Point] {
    guard let x = columns.firstIndex(of: "update"), let y = columns.firstIndex(of: column) else {
      return []
    }
    return rows.filter { $0[x].isFinite && $0[y].isFinite }.map { Point(x: $0[x], y: $0[y]) }
  }
}

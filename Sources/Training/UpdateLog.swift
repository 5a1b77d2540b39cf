// training.csv: a row for each update. Numbers are written so that they read back to the same bits.

internal import Foundation
internal import TensorFiles

/// The rows of a training's log.
struct UpdateLog {
  private static let header = "update,learning_rate,loss,accuracy,gradient_norm"
  private var rows: [String] = []

  init() {}

  /// The first `updates` rows of a file.
  init(reading url: URL, updates: Int) throws {
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw TrainingError.logCutShort(path: url.relativePath, expected: updates, found: 0)
    }
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
    guard lines.first == Self.header, lines.count > updates else {
      throw TrainingError.logCutShort(
        path: url.relativePath, expected: updates, found: max(0, lines.count - 1))
    }
    rows = Array(lines[1...updates])
  }

  /// The whole file.
  var csv: String { ([Self.header] + rows).joined(separator: "\n") + "\n" }

  mutating func append(_ record: UpdateRecord) {
    rows.append(
      "\(record.update),\(record.learningRate),\(record.loss),\(record.accuracy),\(record.gradientNorm)"
    )
  }
}

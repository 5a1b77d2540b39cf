// What all loops share: time, the temporary folder, the line of JSON.

internal import Foundation

/// Wall-clock seconds since the beginning of something.
struct Stopwatch {
  private let start = ContinuousClock.now

  var seconds: Double { start.duration(to: .now) / .seconds(1) }
}

/// Prints a value as one line of JSON.
func printLine(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  encoder.keyEncodingStrategy = .convertToSnakeCase
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// Hands over a new folder, under `parent` or where the system keeps temporary files, and removes it
/// afterwards.
func withTemporaryFolder<Result>(
  under parent: String? = nil, _ body: (URL) throws -> Result
) throws -> Result {
  let base = parent.map { URL(fileURLWithPath: $0) } ?? FileManager.default.temporaryDirectory
  let folder = base.appendingPathComponent("loops-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// Thrown by a progress closure when enough was measured.
struct Enough: Error {}

/// The median of some numbers.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

// timings.json: how long each stage of a run took, and on what machine. With the report, the only
// file that holds a time of day or a speed; entries are added to, never lost, when a run resumes.

internal import Foundation

/// The seconds and amounts of a run's stages.
package struct Timings: Codable, Sendable, Equatable {
  /// What one stage took over all its sittings but those that were killed.
  package struct Stage: Codable, Sendable, Equatable {
    /// Wall-clock seconds.
    package var seconds: Double
    /// What was made, by unit: `environment_steps`, `updates`, `episodes`.
    package var amounts: [String: Int]
    /// Amounts by wall-clock second.
    package var perSecond: [String: Double]
    /// When the last sitting ended, ISO 8601.
    package var finished: String
    /// Where the last sitting ran.
    package var machine: Machine

    private enum CodingKeys: String, CodingKey {
      case seconds, amounts, finished, machine
      case perSecond = "per_second"
    }
  }

  /// By stage: `collect`, `train/ad/seed-0`, `evaluate/held-out/ad/seed-0`.
  package var stages: [String: Stage] = [:]

  /// Adds a sitting of a stage.
  mutating func add(
    _ stage: String, seconds: Double, amounts: [String: Int], on machine: Machine, at time: Date
  ) {
    let before = stages[stage]
    let total = seconds + (before?.seconds ?? 0)
    let sums = amounts.merging(before?.amounts ?? [:], uniquingKeysWith: +)
    stages[stage] = Stage(
      seconds: total, amounts: sums,
      perSecond: total > 0 ? sums.mapValues { Double($0) / total } : [:],
      finished: time.formatted(.iso8601), machine: machine)
  }
}

extension RunFolder {
  /// What `timings.json` holds; nothing if there is none.
  package func readTimings() throws -> Timings {
    guard FileManager.default.fileExists(atPath: timings) else { return Timings() }
    let text = try readText(timings, ifMissing: "")
    do {
      return try JSONDecoder().decode(Timings.self, from: Data(text.utf8))
    } catch {
      throw FileError.unreadable(
        path: timings, reason: "it is no timings.json of distill; move it away")
    }
  }

  /// Adds a sitting of a stage to `timings.json`.
  /// - Parameters:
  ///   - stage: Such as `collect` or `train/ad/seed-0`.
  ///   - seconds: Wall-clock seconds of the sitting.
  ///   - amounts: What it made, by unit.
  ///   - machine: Where it ran.
  package func record(
    _ stage: String, seconds: Double, amounts: [String: Int], on machine: Machine
  ) throws {
    var all = try readTimings()
    all.add(stage, seconds: seconds, amounts: amounts, on: machine, at: Date())
    try write(all)
  }

  /// Removes the stages of work that is removed.
  func forgetTimings(ofStagesBeginningWith prefix: String) throws {
    var all = try readTimings()
    let kept = all.stages.filter { !$0.key.hasPrefix(prefix) }
    guard kept.count < all.stages.count else { return }
    all.stages = kept
    try write(all)
  }

  private func write(_ all: Timings) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try writeFile(String(decoding: try encoder.encode(all), as: UTF8.self) + "\n", to: timings)
  }
}

// timings.json: how long each stage of a run took, and on what machine. With the report, the only
// file that holds a time of day or a speed; entries are added to, never lost, when a run resumes.

internal import Foundation
internal import TensorFiles

/// The seconds and amounts of a run's stages.
public struct Timings: Codable, Sendable, Equatable {
  /// What one stage took over all its sittings but those that were killed.
  public struct Stage: Codable, Sendable, Equatable {
    /// Wall-clock seconds.
    public var seconds: Double
    /// What was made, by unit: `environment_steps`, `updates`, `episodes`.
    public var amounts: [String: Int]
    /// Amounts by wall-clock second.
    public var perSecond: [String: Double]
    /// When the last sitting ended, ISO 8601.
    public var finished: String
    /// Where the last sitting ran.
    public var machine: Machine

    /// Whether it can have been measured: all numbers are finite and not negative, and can still be added to.
    var isPossible: Bool {
      (0...1e12).contains(seconds) && amounts.values.allSatisfy { (0...1 << 60).contains($0) }
        && perSecond.values.allSatisfy { $0.isFinite && $0 >= 0 }
    }

    private enum CodingKeys: String, CodingKey {
      case seconds, amounts, finished, machine
      case perSecond = "per_second"
    }
  }

  /// By stage: `collect`, `train/ad/seed-0`, `evaluate/held-out/ad/seed-0`.
  public var stages: [String: Stage] = [:]

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
  public func readTimings() throws -> Timings {
    guard FileManager.default.fileExists(atPath: timings) else { return Timings() }
    let text = try readText(timings, ifMissing: "")
    let found = try? JSONDecoder().decode(Timings.self, from: Data(text.utf8))
    guard let found, found.stages.values.allSatisfy(\.isPossible) else {
      throw FileError.unreadable(
        path: timings, reason: "it is no timings.json of distill; move it away")
    }
    return found
  }

  /// Adds a sitting of a stage to `timings.json`.
  /// - Parameters:
  ///   - stage: Such as `collect` or `train/ad/seed-0`.
  ///   - seconds: Wall-clock seconds of the sitting.
  ///   - amounts: What it made, by unit.
  ///   - machine: Where it ran.
  public func record(
    _ stage: String, seconds: Double, amounts: [String: Int], on machine: Machine
  ) throws {
    let lock = try FolderLock(of: URL(fileURLWithPath: path))
    defer { withExtendedLifetime(lock) {} }
    var all = try readTimings()
    all.add(stage, seconds: seconds, amounts: amounts, on: machine, at: Date())
    try write(all)
  }

  /// Removes the stages of work that is removed, in a folder that is held.
  func forgetTimings(where isRemoved: (_ stage: String) -> Bool) throws {
    var all = try readTimings()
    let kept = all.stages.filter { !isRemoved($0.key) }
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

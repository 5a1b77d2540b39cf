// timings.json: how long each stage of a run took, and on what machine. With the report, the only
// file that holds a time of day or a speed; entries are added to, never lost, when a run resumes. Each share of a run
// writes a file of its own, so that no process loses what another wrote; whoever finishes the run joins them.

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
    add(
      stage, seconds: seconds, amounts: amounts, on: machine, finished: time.formatted(.iso8601))
  }

  /// Adds what another file says.
  mutating func add(_ other: Timings) {
    for (name, stage) in other.stages.sorted(by: { $0.key < $1.key }) {
      let isLater = stage.finished >= stages[name]?.finished ?? ""
      add(
        name, seconds: stage.seconds, amounts: stage.amounts,
        on: isLater ? stage.machine : stages[name]?.machine ?? stage.machine,
        finished: max(stage.finished, stages[name]?.finished ?? ""))
    }
  }

  private mutating func add(
    _ stage: String, seconds: Double, amounts: [String: Int], on machine: Machine, finished: String
  ) {
    let before = stages[stage]
    let total = seconds + (before?.seconds ?? 0)
    let sums = amounts.merging(before?.amounts ?? [:], uniquingKeysWith: +)
    stages[stage] = Stage(
      seconds: total, amounts: sums,
      perSecond: total > 0 ? sums.mapValues { Double($0) / total } : [:],
      finished: finished, machine: machine)
  }
}

extension RunFolder {
  /// What `timings.json` holds; nothing if there is none.
  public func readTimings() throws -> Timings { try readTimings(timings) }

  private func readTimings(_ file: String) throws -> Timings {
    guard FileManager.default.fileExists(atPath: file) else { return Timings() }
    let text = try readText(file, ifMissing: "")
    let found = try? JSONDecoder().decode(Timings.self, from: Data(text.utf8))
    guard let found, found.stages.values.allSatisfy(\.isPossible) else {
      throw FileError.unreadable(
        path: file, reason: "it is no timings.json of distill; move it away")
    }
    return found
  }

  /// Adds what shares of the run noted to `timings.json`, and removes their files and what killed ones left. No share may
  /// be at work.
  public func joinShares() throws {
    AtomicFile.removeUnfinished(of: URL(fileURLWithPath: configuration))
    let names = contents(of: path).filter {
      $0.wholeMatch(of: /timings-\d+-of-\d+\.json/) != nil
    }
    guard !names.isEmpty else { return }
    let lock = try FolderLock(of: URL(fileURLWithPath: path))
    defer { withExtendedLifetime(lock) {} }
    var all = try readTimings()
    for name in names { all.add(try readTimings("\(path)/\(name)")) }
    try write(all, to: timings)
    for name in names { try removeIfPresent("\(path)/\(name)") }
  }

  /// Adds a sitting of a stage to `timings.json`, or to the file of a share.
  /// - Parameters:
  ///   - stage: Such as `collect` or `train/ad/seed-0`.
  ///   - seconds: Wall-clock seconds of the sitting.
  ///   - amounts: What it made, by unit.
  ///   - machine: Where it ran.
  ///   - share: Which share it made; nil if it is the only process at work.
  public func record(
    _ stage: String, seconds: Double, amounts: [String: Int], on machine: Machine,
    by share: Share? = nil
  ) throws {
    let lock = try FolderLock(of: URL(fileURLWithPath: path))
    defer { withExtendedLifetime(lock) {} }
    let file = share.map { timings(of: $0) } ?? timings
    var all = try readTimings(file)
    all.add(stage, seconds: seconds, amounts: amounts, on: machine, at: Date())
    try write(all, to: file)
  }

  /// Removes the stages of work that is removed, in a folder that is held.
  func forgetTimings(where isRemoved: (_ stage: String) -> Bool) throws {
    var all = try readTimings()
    let kept = all.stages.filter { !isRemoved($0.key) }
    guard kept.count < all.stages.count else { return }
    all.stages = kept
    try write(all, to: timings)
  }

  private func write(_ all: Timings, to file: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try writeFile(String(decoding: try encoder.encode(all), as: UTF8.self) + "\n", to: file)
  }
}

// Reading of a whole set: a folder with a manifest and the shards it lists. Refuses a set that is
// not whole; `problems(in:)` lists everything that is wrong with one.

public import Foundation
public import Randomness
public import Tasks
internal import TensorFiles

/// All histories of a folder, mapped to read.
public struct HistorySet: Sendable {
  /// Where the set is.
  public let folder: URL
  /// What made it.
  public let manifest: HistoryManifest
  /// The shards, by task.
  public let shards: [HistoryShard]
  /// All histories: by task, learner and stream.
  public let histories: [History]

  /// Opens a set and checks that all shards are there, whole and what the manifest says.
  /// - Parameters:
  ///   - folder: The set's.
  ///   - verifyingChecksums: Whether every byte is read and compared, and every step looked at, since models
  ///     index by what stands in it; about two seconds per gigabyte. Of an imported set every step is looked at always:
  ///     nobody vouches for what is in it.
  ///   - progress: Told after each shard how many bytes of how many have been looked at.
  public init(
    reading folder: URL, verifyingChecksums: Bool = false,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(HistoryError) {
    try Self.requireFolder(folder)
    let url = folder.appendingPathComponent(ShardSchema.manifestName)
    let manifest = try HistoryManifest(reading: url)
    var shards: [HistoryShard] = []
    // A manifest may name any sizes, and those of all shards need not have a sum.
    let total = manifest.shards.reduce(0) { $0 &+ $1.bytes }
    var done = 0
    for entry in manifest.shards {
      shards.append(
        try Self.shard(entry, of: manifest, in: folder, verifyingChecksum: verifyingChecksums))
      done &+= entry.bytes
      progress(done, total)
    }
    self.folder = folder
    self.manifest = manifest
    self.shards = shards
    histories = shards.flatMap(\.histories)
  }

  /// The histories of some tasks, by task in the order given, learner and stream.
  public func histories(of tasks: [TaskID]) -> [History] {
    tasks.flatMap { task in shards.filter { $0.task == task }.flatMap(\.histories) }
  }

  /// The number of episodes of all histories.
  public var episodeCount: Int { shards.reduce(0) { $0 + $1.episodeCount } }
  /// The sum of all shards' sizes, in bytes.
  public var byteCount: Int { shards.reduce(0) { $0 + $1.byteCount } }
  /// The number of environment steps of all histories.
  public var stepCount: Int { shards.reduce(0) { $0 + $1.stepCount } }

  /// Refuses a set that was collected with another split.
  public func require(_ split: TaskSplit) throws(HistoryError) {
    guard manifest.split == split else {
      throw .otherSplit(path: folder.appendingPathComponent(ShardSchema.manifestName).relativePath)
    }
  }

  /// Refuses a recorded set that was made with other settings: those that both have must agree, so that a set of an
  /// earlier version, which knew fewer, is taken.
  /// - Parameters:
  ///   - family: The family with its settings, as a collection with the settings at hand would note it.
  ///   - learner: The learner likewise.
  public func require(
    seed: Seed, family: HistoryManifest.Described, learner: HistoryManifest.Described,
    historiesPerTask: Int
  ) throws(HistoryError) {
    guard case .recorded(let learners, let streams) = manifest.origin else { return }
    var facts = [
      ("seed", "\(seed.value)", "\(manifest.seed)"),
      ("task.family", family.name, manifest.family.name),
      ("source.algorithm", learner.name, manifest.learner.name),
      ("collect.histories_per_task", "\(historiesPerTask)", "\(learners * streams)"),
    ]
    for (section, here, there) in [
      ("task", family, manifest.family), ("source", learner, manifest.learner),
    ] {
      for (name, value) in here.settings.sorted(by: { $0.key < $1.key }) {
        if let found = there.settings[name] { facts.append(("\(section).\(name)", value, found)) }
      }
    }
    for (setting, expected, found) in facts where expected != found {
      throw .madeWith(
        path: folder.appendingPathComponent(ShardSchema.manifestName).relativePath,
        setting: setting, expected: expected, found: found)
    }
  }

  /// Refuses shards with observations that a renderer cannot draw.
  public func require(drawableBy renderer: any Renderer) throws(HistoryError) {
    for shard in shards { try shard.require(drawableBy: renderer) }
  }

  /// Everything that is wrong with a set; empty if it is whole. Compares all checksums.
  public static func problems(in folder: URL) -> [HistoryError] {
    do throws(HistoryError) {
      try requireFolder(folder)
      let manifest = try HistoryManifest(
        reading: folder.appendingPathComponent(ShardSchema.manifestName))
      return manifest.shards.compactMap { entry in
        do throws(HistoryError) {
          _ = try shard(entry, of: manifest, in: folder, verifyingChecksum: true)
          return nil
        } catch {
          return error
        }
      }
    } catch {
      return [error]
    }
  }

  private static func requireFolder(_ folder: URL) throws(HistoryError) {
    guard (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) != nil else {
      throw .missingFolder(path: folder.relativePath)
    }
  }

  private static func shard(
    _ entry: HistoryManifest.Shard, of manifest: HistoryManifest, in folder: URL,
    verifyingChecksum: Bool
  ) throws(HistoryError) -> HistoryShard {
    let shard = try HistoryShard(reading: folder.appendingPathComponent(entry.name))
    let count: Int? =
      switch manifest.origin {
      case .recorded(let learners, let streams): learners * streams
      case .imported: nil
      }
    try shard.require(
      family: manifest.family.name, interface: manifest.interface, learner: manifest.learner.name,
      fingerprint: manifest.fingerprint, task: entry.task, histories: count)
    try shard.require(entry, verifyingChecksum: verifyingChecksum)
    // A checksum vouches for what was written, not for what wrote it.
    if manifest.origin == .imported || verifyingChecksum { try shard.requirePossibleSteps() }
    return shard
  }
}

extension HistoryShard {
  /// Refuses a shard that something else made.
  /// - Parameter histories: How many there must be; nil for any number.
  func require(
    family: String, interface: TaskInterface, learner: String, fingerprint: String, task: TaskID,
    histories: Int?
  ) throws(HistoryError) {
    let path = url.relativePath
    guard fingerprint == self.fingerprint || (fingerprint.isEmpty && histories == nil) else {
      throw .otherSettings(path: path, expected: fingerprint, found: self.fingerprint)
    }
    let facts = [
      ("the family", family, self.family),
      ("an interface", interface.text, self.interface.text),
      ("the learner", learner, self.learner), ("the task", "\(task)", "\(self.task)"),
      ("a number of histories of", "\(histories ?? historyCount)", "\(historyCount)"),
    ]
    for (what, expected, found) in facts where expected != found {
      throw .contradiction(path: path, what: what, expected: expected, found: found)
    }
  }

  /// Refuses a shard with an observation that a renderer cannot draw.
  package func require(drawableBy renderer: any Renderer) throws(HistoryError) {
    for step in 0..<stepCount where !renderer.canDraw(observations(at: step)) {
      let bytes = observations(at: step).components
      throw .notAShard(
        path: url.relativePath,
        reason:
          "in step \(step) it has the observation \((0..<4).map { bytes[$0] }), which shows nothing"
      )
    }
  }

  /// Refuses a shard that is not the one a manifest lists.
  package func require(
    _ entry: HistoryManifest.Shard, verifyingChecksum: Bool
  ) throws(HistoryError) {
    guard byteCount == entry.bytes else {
      throw .wrongSize(path: url.relativePath, expected: entry.bytes, found: byteCount)
    }
    for (what, expected, found) in [
      ("histories", entry.histories, historyCount), ("episodes", entry.episodes, episodeCount),
      ("steps", entry.steps, stepCount),
    ] where expected ?? found != found {
      throw .contradiction(
        path: url.relativePath, what: "a number of \(what) of", expected: "\(expected ?? found)",
        found: "\(found)")
    }
    guard verifyingChecksum else { return }
    let found = try sha256()
    guard found == entry.sha256 else {
      throw .wrongChecksum(path: url.relativePath, expected: entry.sha256, found: found)
    }
  }

  /// The checksum of the file.
  package func sha256() throws(HistoryError) -> String {
    do {
      return try Checksum.sha256(ofFile: url)
    } catch {
      throw .damagedShard(error)
    }
  }

  /// What a manifest says of this shard.
  func manifestEntry() throws(HistoryError) -> HistoryManifest.Shard {
    HistoryManifest.Shard(
      name: url.lastPathComponent, task: task, histories: historyCount, episodes: episodeCount,
      steps: stepCount, bytes: byteCount, sha256: try sha256())
  }
}

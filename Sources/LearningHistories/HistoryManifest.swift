// The manifest of a set of histories: what made them, which tasks have which role, and a checksum of
// every shard. Written last, so that a folder with a manifest is complete.

public import Foundation
public import Tasks
internal import TensorFiles

/// What `manifest.json` holds.
public struct HistoryManifest: Codable, Equatable, Sendable {
  /// A name with the settings that go with it, in words of the maker's choice.
  public struct Described: Codable, Equatable, Sendable {
    /// Such as `dark-room` or `a3c`.
    public let name: String
    /// Such as `["size": "9"]`.
    public let settings: [String: String]

    /// A name with settings.
    public init(name: String, settings: [String: String]) {
      self.name = name
      self.settings = settings
    }
  }

  /// A shard, as it must be.
  public struct Shard: Codable, Equatable, Sendable {
    /// The file's name.
    public let name: String
    /// The one task of its histories.
    public let task: TaskID
    /// The number of histories; an importer may leave it out, and the two that follow.
    public let histories: Int?
    public let episodes: Int?
    /// The number of environment steps.
    public let steps: Int?
    /// The file's size.
    public let bytes: Int
    /// The SHA-256 of the file, in hexadecimal digits.
    public let sha256: String
  }

  /// `ShardSchema.name`.
  public let schema: String
  /// `ShardSchema.version` of the writer.
  public let schemaVersion: Int
  /// The family of tasks.
  public let family: Described
  /// What all tasks of the family share.
  public let interface: TaskInterface
  /// The seed of the experiment.
  public let seed: UInt64
  /// The roles of all tasks, collected or not.
  public let split: TaskSplit
  /// The source algorithm.
  public let learner: Described
  private let learnersPerTask: Int?
  private let streamsPerLearner: Int?
  /// What the file says of the origin: `imported`, or nothing of a recorded set.
  private let saidOrigin: String?
  /// What the settings come down to; empty of an imported set that says nothing of it.
  public var fingerprint: String { saidFingerprint ?? "" }
  private let saidFingerprint: String?
  /// The shards, by task.
  public let shards: [Shard]

  private enum CodingKeys: String, CodingKey {
    case schema, schemaVersion, family, interface, seed, split, learner, learnersPerTask
    case streamsPerLearner, shards
    case saidFingerprint = "fingerprint"
    case saidOrigin = "origin"
  }

  init(
    version: Int, family: Described, interface: TaskInterface, seed: UInt64, split: TaskSplit,
    learner: Described, origin: HistoryOrigin, fingerprint: String, shards: [Shard]
  ) {
    schema = ShardSchema.name
    schemaVersion = version
    self.family = family
    self.interface = interface
    self.seed = seed
    self.split = split
    self.learner = learner
    (learnersPerTask, streamsPerLearner, saidOrigin) =
      switch origin {
      case .recorded(let learners, let streams): (learners, streams, nil)
      case .imported: (nil, nil, Self.imported)
      }
    saidFingerprint = fingerprint.isEmpty && origin == .imported ? nil : fingerprint
    self.shards = shards
  }

  /// What `origin` is in the file of an imported set.
  private static let imported = "imported"

  /// Where the histories come from.
  public var origin: HistoryOrigin {
    guard let learnersPerTask, let streamsPerLearner, saidOrigin == nil else { return .imported }
    return .recorded(learnersPerTask: learnersPerTask, streamsPerLearner: streamsPerLearner)
  }

  /// The tasks that histories were collected of, ascending.
  public var tasks: [TaskID] { shards.map(\.task) }

  /// Reads and checks a manifest; the shards are not looked at.
  public init(reading url: URL) throws(HistoryError) {
    let path = url.relativePath
    let data: Data
    do {
      data = Data(try WholeFile.bytes(of: url, most: 1 << 30))
    } catch {
      if case .missing = error {
        throw .missingManifest(folder: url.deletingLastPathComponent().relativePath)
      }
      throw .damagedShard(error)
    }
    do {
      let version = try JSONDecoder.forHistories().decode(VersionOnly.self, from: data)
      guard version.schema == ShardSchema.name else {
        throw HistoryError.unreadableManifest(
          path: path, reason: "it names the schema '\(version.schema)'")
      }
      guard ShardSchema.readableVersions.contains(version.schemaVersion) else {
        throw HistoryError.wrongVersion(
          path: path, expected: ShardSchema.readableVersions, found: "\(version.schemaVersion)")
      }
      self = try JSONDecoder.forHistories().decode(HistoryManifest.self, from: data)
    } catch let error as HistoryError {
      throw error
    } catch {
      throw .unreadableManifest(path: path, reason: Self.words(for: error))
    }
    try checkOrigin(path: path)
    try checkShards(path: path)
    try checkSplit(path: path)
  }

  /// The most learners, streams of a learner, and histories of a task.
  private static let most = 1_000_000

  /// Counts that can be, and a file of its own for each task.
  private func checkShards(path: String) throws(HistoryError) {
    func require(_ holds: Bool, _ reason: @autoclosure () -> String) throws(HistoryError) {
      guard holds else { throw .unreadableManifest(path: path, reason: reason()) }
    }
    for (name, count) in [
      ("learners_per_task", learnersPerTask), ("streams_per_learner", streamsPerLearner),
    ] {
      guard let count else { continue }
      try require((1...Self.most).contains(count), "'\(name)' is \(count), not 1 to \(Self.most)")
    }
    try require(!shards.isEmpty, "it lists no shards")
    var names: Set<String> = []
    for shard in shards {
      try require(
        !shard.name.isEmpty && !shard.name.contains("/") && shard.name != ".." && shard.name != ".",
        "'\(shard.name)' is no name of a file in its folder")
      try require(names.insert(shard.name).inserted, "it lists '\(shard.name)' twice")
      for (what, count) in [
        ("histories", shard.histories), ("episodes", shard.episodes), ("steps", shard.steps),
        ("bytes", shard.bytes),
      ] {
        try require(count ?? 0 >= 0, "'\(shard.name)' has \(count ?? 0) \(what)")
      }
    }
    try require(Set(tasks).count == tasks.count, "it lists two shards of one task")
  }

  /// The file's bytes: sorted keys, for people to read.
  func encoded() -> [UInt8] {
    let encoder = JSONEncoder.forHistories([.prettyPrinted, .withoutEscapingSlashes])
    guard let bytes = try? encoder.encode(self) else {
      preconditionFailure("a manifest of finite numbers cannot be written: \(interface.text)")
    }
    return Array(bytes) + Array("\n".utf8)
  }

  /// Writes this manifest again with other roles of the tasks, in the folder of its shards.
  package func write(dividedAs split: TaskSplit, into folder: URL) throws(HistoryError) {
    let manifest = HistoryManifest(
      version: schemaVersion, family: family, interface: interface, seed: seed, split: split,
      learner: learner, origin: origin, fingerprint: fingerprint, shards: shards)
    do {
      try AtomicFile.write(
        manifest.encoded(), to: folder.appendingPathComponent(ShardSchema.manifestName),
        replacing: true)
    } catch {
      throw .unwritable(error)
    }
  }

  /// A recorded set says how many histories each task has; any other says that it is imported.
  private func checkOrigin(path: String) throws(HistoryError) {
    if let saidOrigin {
      guard saidOrigin == Self.imported else {
        throw .unreadableManifest(
          path: path,
          reason: "it names the origin '\(saidOrigin)', expected '\(Self.imported)' or none")
      }
    } else if learnersPerTask == nil || streamsPerLearner == nil {
      let missing = learnersPerTask == nil ? "learners_per_task" : "streams_per_learner"
      throw .unreadableManifest(
        path: path,
        reason:
          "'\(missing)' is missing. Histories that another program wrote have \"origin\": \"imported\""
      )
    } else if saidFingerprint == nil {
      throw .unreadableManifest(path: path, reason: "'fingerprint' is missing")
    }
  }

  /// The most tasks of a family.
  private static let mostTasks = 1_000_000_000

  /// Every task of a shard has exactly one role, and no task has two.
  private func checkSplit(path: String) throws(HistoryError) {
    for task in Split.allCases.flatMap(split.tasks(in:)) + tasks
    where !(0..<Self.mostTasks).contains(task.index) {
      throw .unreadableManifest(
        path: path, reason: "it names the task \(task), not one from 0 to \(Self.mostTasks - 1)")
    }
    var roles: [TaskID: Int] = [:]
    for task in Split.allCases.flatMap(split.tasks(in:)) { roles[task, default: 0] += 1 }
    for task in (Array(roles.keys) + tasks).sorted() where roles[task] != 1 {
      throw .impossibleSplit(path: path, task: task)
    }
  }

  /// What is wrong with JSON; keys as they stand in the file.
  static func words(for error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "'\(snakeCase(key.stringValue))' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(snakeCase(context.codingPath.map(\.stringValue).joined(separator: ".")))' has the wrong type"
    case .some: "it is not JSON"
    // What a type itself throws, such as an interface that no task can have.
    case nil: "no task can have its interface: \(error)"
    }
  }

  /// `learnersPerTask` as `learners_per_task`.
  private static func snakeCase(_ key: String) -> String {
    key.reduce(into: "") { text, letter in
      text += letter.isUppercase ? "_\(letter.lowercased())" : "\(letter)"
    }
  }
}

private struct VersionOnly: Decodable {
  let schema: String
  let schemaVersion: Int
}

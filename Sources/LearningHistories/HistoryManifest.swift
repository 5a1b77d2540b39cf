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
    /// The number of histories.
    public let histories: Int
    /// The number of episodes.
    public let episodes: Int
    /// The number of environment steps.
    public let steps: Int
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
  private let interfaceRecord: InterfaceRecord
  /// The seed of the experiment.
  public let seed: UInt64
  /// The roles of all tasks, collected or not.
  public let split: TaskSplit
  /// The source algorithm.
  public let learner: Described
  /// The runs of the learner on each task.
  public let learnersPerTask: Int
  /// The histories that each run makes.
  public let streamsPerLearner: Int
  /// What the settings come down to.
  public let fingerprint: String
  /// The shards, by task.
  public let shards: [Shard]

  private enum CodingKeys: String, CodingKey {
    case schema, family, seed, split, learner, fingerprint, shards
    case schemaVersion = "schema_version"
    case interfaceRecord = "interface"
    case learnersPerTask = "learners_per_task"
    case streamsPerLearner = "streams_per_learner"
  }

  init(
    family: Described, interface: TaskInterface, seed: UInt64, split: TaskSplit,
    learner: Described, learnersPerTask: Int, streamsPerLearner: Int, fingerprint: String,
    shards: [Shard]
  ) {
    schema = ShardSchema.name
    schemaVersion = ShardSchema.version
    self.family = family
    interfaceRecord = InterfaceRecord(interface)
    self.seed = seed
    self.split = split
    self.learner = learner
    self.learnersPerTask = learnersPerTask
    self.streamsPerLearner = streamsPerLearner
    self.fingerprint = fingerprint
    self.shards = shards
  }

  /// What all tasks of the family share.
  public var interface: TaskInterface {
    guard let interface = interfaceRecord.interface else {
      preconditionFailure("the interface \(interfaceRecord) was checked when read")
    }
    return interface
  }

  /// The tasks that histories were collected of, ascending.
  public var tasks: [TaskID] { shards.map(\.task) }

  /// Reads and checks a manifest; the shards are not looked at.
  public init(reading url: URL) throws(HistoryError) {
    let path = url.relativePath
    guard let data = try? Data(contentsOf: url) else {
      throw .missingManifest(folder: url.deletingLastPathComponent().relativePath)
    }
    do {
      let version = try JSONDecoder().decode(VersionOnly.self, from: data)
      guard version.schema == ShardSchema.name else {
        throw HistoryError.unreadableManifest(
          path: path, reason: "it names the schema '\(version.schema)'")
      }
      guard version.schemaVersion == ShardSchema.version else {
        throw HistoryError.wrongVersion(
          path: path, expected: ShardSchema.version, found: "\(version.schemaVersion)")
      }
      self = try JSONDecoder().decode(HistoryManifest.self, from: data)
    } catch let error as HistoryError {
      throw error
    } catch {
      throw .unreadableManifest(path: path, reason: Self.words(for: error))
    }
    guard interfaceRecord.interface != nil else {
      throw .unreadableManifest(path: path, reason: "no task can have its interface")
    }
    try checkSplit(path: path)
  }

  /// The file's bytes: sorted keys, for people to read.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + Array("\n".utf8)
  }

  /// Every task of a shard has exactly one role, and no task has two.
  private func checkSplit(path: String) throws(HistoryError) {
    var roles: [TaskID: Int] = [:]
    for task in Split.allCases.flatMap(split.tasks(in:)) { roles[task, default: 0] += 1 }
    for task in (Array(roles.keys) + tasks).sorted() where roles[task] != 1 {
      throw .impossibleSplit(path: path, task: task)
    }
  }

  private static func words(for error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has the wrong type"
    default: "it is not JSON"
    }
  }
}

private struct VersionOnly: Decodable {
  let schema: String
  let schemaVersion: Int

  enum CodingKeys: String, CodingKey {
    case schema
    case schemaVersion = "schema_version"
  }
}

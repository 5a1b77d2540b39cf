// The strings of a shard's header: written by the builder, checked by the reader.

internal import Foundation
internal import Tasks

struct ShardMetadata {
  let family: String
  let interface: TaskInterface
  let learner: String
  let fingerprint: String
  let task: TaskID

  init(
    family: String, interface: TaskInterface, learner: String, fingerprint: String, task: TaskID
  ) {
    self.family = family
    self.interface = interface
    self.learner = learner
    self.fingerprint = fingerprint
    self.task = task
  }

  /// Reads what `strings` wrote.
  init(_ strings: [String: String], path: String) throws(HistoryError) {
    func string(_ key: ShardSchema.MetadataKey) throws(HistoryError) -> String {
      guard let value = strings[key.rawValue] else {
        throw .notAShard(path: path, reason: "its metadata lack '\(key.rawValue)'")
      }
      return value
    }
    let schema = try string(.schema)
    guard schema == ShardSchema.name else {
      throw .notAShard(path: path, reason: "it names the schema '\(schema)'")
    }
    let version = try string(.schemaVersion)
    guard version == "\(ShardSchema.version)" else {
      throw .wrongVersion(path: path, expected: ShardSchema.version, found: version)
    }
    family = try string(.family)
    learner = try string(.learner)
    fingerprint = try string(.fingerprint)
    guard let task = Int(try string(.task)), task >= 0 else {
      throw .notAShard(path: path, reason: "its metadata name no task")
    }
    self.task = TaskID(task)
    let json = Data(try string(.interface).utf8)
    guard let interface = (try? JSONDecoder().decode(InterfaceRecord.self, from: json))?.interface
    else {
      throw .notAShard(path: path, reason: "no task can have its interface")
    }
    self.interface = interface
  }

  /// The metadata of the file.
  func strings() throws -> [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let interface = try encoder.encode(InterfaceRecord(interface))
    let pairs: [(ShardSchema.MetadataKey, String)] = [
      (.schema, ShardSchema.name), (.schemaVersion, "\(ShardSchema.version)"),
      (.family, family), (.interface, String(decoding: interface, as: UTF8.self)),
      (.learner, learner), (.fingerprint, fingerprint), (.task, "\(task)"),
    ]
    return Dictionary(uniqueKeysWithValues: pairs.map { ($0.rawValue, $1) })
  }
}

// The strings of a shard's header: written by the builder, checked by the reader.

internal import Foundation
internal import Tasks

struct ShardMetadata {
  /// The version of the schema.
  let version: Int
  let family: String
  let interface: TaskInterface
  let learner: String
  /// Empty of an imported shard that says nothing of it.
  let fingerprint: String
  let task: TaskID

  init(
    version: Int = ShardSchema.version, family: String, interface: TaskInterface, learner: String,
    fingerprint: String, task: TaskID
  ) {
    self.version = version
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
    let found = try string(.schemaVersion)
    guard let version = Int(found), ShardSchema.readableVersions.contains(version) else {
      throw .wrongVersion(path: path, expected: ShardSchema.readableVersions, found: found)
    }
    self.version = version
    family = try string(.family)
    learner = try string(.learner)
    fingerprint = strings[ShardSchema.MetadataKey.fingerprint.rawValue] ?? ""
    guard let task = Int(try string(.task)), task >= 0 else {
      throw .notAShard(path: path, reason: "its metadata name no task")
    }
    self.task = TaskID(task)
    let json = Data(try string(.interface).utf8)
    do {
      interface = try JSONDecoder.forHistories().decode(TaskInterface.self, from: json)
    } catch {
      let words = HistoryManifest.words(for: error)
      throw .notAShard(
        path: path,
        reason: error is DecodingError ? "no task can have its interface: \(words)" : words)
    }
  }

  /// The metadata of the file.
  func strings() -> [String: String] {
    guard let interface = try? JSONEncoder.forHistories().encode(interface) else {
      preconditionFailure("an interface of finite numbers cannot be written: \(interface.text)")
    }
    var pairs: [(ShardSchema.MetadataKey, String)] = [
      (.schema, ShardSchema.name), (.schemaVersion, "\(version)"),
      (.family, family), (.interface, String(decoding: interface, as: UTF8.self)),
      (.learner, learner), (.task, "\(task)"),
    ]
    if !fingerprint.isEmpty { pairs.append((.fingerprint, fingerprint)) }
    return Dictionary(uniqueKeysWithValues: pairs.map { ($0.rawValue, $1) })
  }
}

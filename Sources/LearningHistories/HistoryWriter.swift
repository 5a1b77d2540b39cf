// Writing a set of histories: a shard for each task, then the manifest. Whoever has episodes writes them here: the
// collector, an importer, a test. Refuses histories that no reader would take, before a byte of them is written.
//
//   let writer = try HistoryWriter(HistorySetDescription(family: …, origin: .imported, …), to: folder)
//   var history = RecordedHistory(of: task, interface)
//   try history.append(episode)
//   try writer.write([history])
//   try writer.finish()

public import Foundation
internal import Synchronization
public import Tasks
internal import TensorFiles

/// Where the histories of a set come from.
public enum HistoryOrigin: Hashable, Sendable {
  /// A learner of this package lived them: as many runs on each task, of as many streams.
  case recorded(learnersPerTask: Int, streamsPerLearner: Int)
  /// They were lived elsewhere. The histories of a task may differ in number and length.
  case imported
}

/// What the manifest of a set says, but for the shards.
public struct HistorySetDescription: Sendable {
  /// The name of the family of tasks, and its settings in words of the maker's choice.
  public var family: HistoryManifest.Described
  /// What observations, actions and rewards look like.
  public var interface: TaskInterface
  /// The tasks of which there are histories, ascending.
  public var tasks: [TaskID]
  /// The roles of all tasks, those of `tasks` among them.
  public var split: TaskSplit
  /// What lived the histories, and its settings in words of the maker's choice.
  public var learner: HistoryManifest.Described
  /// The seed of what made them; 0 where there is none.
  public var seed: UInt64
  /// What all settings that shape the histories come down to: files with another are never mixed. Empty of an
  /// imported set that has none.
  public var fingerprint: String
  /// Where they come from.
  public var origin: HistoryOrigin

  /// A description.
  /// - Parameter tasks: Put in ascending order; the split's training tasks if nil.
  public init(
    family: HistoryManifest.Described, interface: TaskInterface, tasks: [TaskID]? = nil,
    split: TaskSplit, learner: HistoryManifest.Described, seed: UInt64 = 0,
    fingerprint: String = "",
    origin: HistoryOrigin
  ) {
    self.family = family
    self.interface = interface
    self.tasks = (tasks ?? split.training).sorted()
    self.split = split
    self.learner = learner
    self.seed = seed
    self.fingerprint = fingerprint
    self.origin = origin
  }
}

/// Writes a set of histories into a folder. Tasks may be written in any order, and from several threads at once.
public final class HistoryWriter: Sendable {
  /// What is written.
  public let description: HistorySetDescription
  /// Where it is written.
  public let folder: URL
  /// The version of the schema that files name.
  private let version: Int
  /// What the manifest will say of each task's shard.
  private let entries: Mutex<[HistoryManifest.Shard?]>

  /// A writer; makes the folder, with those it lies in, and clears it of what an interruption left half-written.
  /// - Throws: `HistoryError` if no manifest can describe such a set or the folder cannot be made.
  public convenience init(
    _ description: HistorySetDescription, to folder: URL
  ) throws(HistoryError) {
    try self.init(description, to: folder, version: ShardSchema.version)
  }

  /// - Parameter own: The places of the tasks that are written here; nil for all of them. With others at work in the
  ///   folder, what they have half-written is left alone.
  init(
    _ description: HistorySetDescription, to folder: URL, version: Int, only own: [Int]? = nil
  ) throws(HistoryError) {
    try description.check()
    self.description = description
    self.folder = folder
    self.version = version
    entries = Mutex(Array(repeating: nil, count: description.tasks.count))
    do {
      try AtomicFile.makeFolder(folder)
    } catch {
      throw .unwritable(error)
    }
    let shards = (own ?? Array(description.tasks.indices)).map(ShardSchema.fileName(ofShard:))
    if own == nil { AtomicFile.removeUnfinished(of: url(ShardSchema.manifestName)) }
    for name in shards {
      // What cannot be removed is in the way of the file itself, which then says so.
      try? FileManager.default.removeItem(at: AtomicFile.temporaryName(for: url(name)))
    }
  }

  /// Writes the shard of a task: afterwards it is whole, or not there.
  /// - Parameters:
  ///   - histories: All histories of one task, in any order.
  ///   - earlier: What the file was when its set was finished; nil of a new set. Early versions wrote no checksum
  ///     into shards, and what they wrote is written again as it was.
  /// - Returns: What the manifest will say of it.
  @discardableResult
  public func write(
    _ histories: [RecordedHistory], like earlier: HistoryManifest.Shard? = nil
  ) throws(HistoryError) -> HistoryManifest.Shard {
    let index = try check(histories)
    let ordered = histories.sorted {
      ($0.place.learner, $0.place.stream) < ($1.place.learner, $1.place.stream)
    }
    let metadata = ShardMetadata(
      version: version, family: description.family.name, interface: description.interface,
      learner: description.learner.name, fingerprint: description.fingerprint,
      task: description.tasks[index])
    let file = shardURL(index)
    let tensors = shardTensors(of: ordered, description.interface)
    func write(checksummed: Bool) throws(HistoryError) -> HistoryManifest.Shard {
      do {
        try TensorFile.write(
          tensors, metadata: metadata.strings(), checksummed: checksummed, to: file,
          replacing: !checksummed)
      } catch {
        throw .unwritable(error)
      }
      return try HistoryShard(reading: file).manifestEntry()
    }
    var entry = try write(checksummed: true)
    if let earlier, entry.sha256 != earlier.sha256 { entry = try write(checksummed: false) }
    keep(entry, index)
    return entry
  }

  /// Writes the manifest, last: a folder that has one is complete.
  @discardableResult
  public func finish() throws(HistoryError) -> HistoryManifest {
    let entries = entries.withLock { $0 }
    let missing = zip(description.tasks, entries).filter { $0.1 == nil }.map(\.0)
    guard missing.isEmpty else {
      throw .unfinished(folder: folder.relativePath, missing: missing)
    }
    let manifest = description.manifest(of: entries.compactMap { $0 }, version: version)
    let file = url(ShardSchema.manifestName)
    do throws(TensorFileError) {
      // Another process may have found all shards there at the same moment, and written the same.
      let isWritten = try AtomicFile.writeOnce(manifest.encoded(), to: file)
      guard isWritten || (try? HistoryManifest(reading: file)) == manifest else {
        throw TensorFileError.alreadyExists(path: file.relativePath)
      }
    } catch {
      throw .unwritable(error)
    }
    return manifest
  }

  /// Counts a shard that is there already as written.
  func keep(_ entry: HistoryManifest.Shard, _ index: Int) {
    entries.withLock { $0[index] = entry }
  }

  /// The file of the shard of a task.
  /// - Parameter index: The task's place among the description's.
  func shardURL(_ index: Int) -> URL { url(ShardSchema.fileName(ofShard: index)) }

  private func url(_ name: String) -> URL { folder.appendingPathComponent(name) }
}

extension HistoryWriter {
  /// Refuses histories that are not the shard of one of the tasks.
  /// - Returns: The task's place.
  private func check(_ histories: [RecordedHistory]) throws(HistoryError) -> Int {
    guard let first = histories.first else {
      throw .impossibleSet(reason: "a task has no histories")
    }
    let task = first.place.task
    if let reason = problem(of: histories, task) {
      throw .impossibleShard(task: task, reason: reason)
    }
    guard let index = description.tasks.firstIndex(of: task) else {
      throw .impossibleShard(task: task, reason: "it is none of the set's tasks")
    }
    guard entries.withLock({ $0[index] == nil }) else {
      throw .impossibleShard(task: task, reason: "they are written already")
    }
    return index
  }

  private func problem(of histories: [RecordedHistory], _ task: TaskID) -> String? {
    if let other = histories.first(where: { $0.place.task != task }) {
      return "one of task \(other.place.task) is among them"
    }
    if let other = histories.first(where: { $0.interface != description.interface }) {
      return "one has an interface \(other.interface.text), "
        + "the set's is \(description.interface.text)"
    }
    if let empty = histories.first(where: { $0.episodeCount == 0 }) {
      return "that of \(empty.place) has no episodes"
    }
    if case .recorded(let learners, let streams) = description.origin,
      histories.count != learners * streams
    {
      return "there are \(histories.count) of \(learners) × \(streams)"
    }
    let places = Dictionary(grouping: histories, by: \.place)
    if let twice = histories.first(where: { (places[$0.place] ?? []).count > 1 }) {
      return "two are of \(twice.place)"
    }
    let asked = histories.count(where: \.hasExpertActions)
    if asked != 0 && asked != histories.count {
      return "\(asked) of \(histories.count) have an expert's actions, where all or none must"
    }
    if histories.reduce(0, { $0 + $1.stepCount }) > Int(UInt32.max) {
      return "they have more than \(grouped(Int(UInt32.max))) steps"
    }
    for history in histories {
      for (episode, parent) in history.copies {
        let place = parent.place(in: task)
        let count = places[place]?.first?.episodeCount ?? 0
        guard (0..<count).contains(parent.episode) else {
          return "\(history.place) is made a copy of \(place) before episode \(episode), "
            + "as that was after its episode \(parent.episode), but it has \(count) episodes"
        }
      }
    }
    return nil
  }
}

extension HistorySetDescription {
  /// Refuses what no manifest can say.
  fileprivate func check() throws(HistoryError) {
    guard !tasks.isEmpty else { throw .impossibleSet(reason: "it has no tasks") }
    var roles: [TaskID: Int] = [:]
    for task in Split.allCases.flatMap(split.tasks(in:)) { roles[task, default: 0] += 1 }
    for task in (Array(roles.keys) + tasks).sorted() where roles[task] != 1 {
      throw .impossibleSet(
        reason: "task \(task) has \(roles[task] ?? 0) roles, expected exactly one of training, "
          + "validation and held-out")
    }
    for (task, next) in zip(tasks, tasks.dropFirst()) where task == next {
      throw .impossibleSet(reason: "task \(task) is named twice")
    }
    if let negative = tasks.first(where: { $0.index < 0 }) {
      throw .impossibleSet(reason: "a task has the number \(negative)")
    }
  }

  /// The manifest with some shards.
  func manifest(of shards: [HistoryManifest.Shard], version: Int) -> HistoryManifest {
    HistoryManifest(
      version: version, family: family, interface: interface, seed: seed, split: split,
      learner: learner, origin: origin, fingerprint: fingerprint, shards: shards)
  }
}

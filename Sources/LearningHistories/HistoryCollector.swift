// Recording of a source algorithm on many tasks, over all cores: who learns what, and what is there already.
// HistoryWriter.swift writes the files. Chance follows from seed, task and learner, and from nothing that a worker
// does, so that the number of workers changes no byte and an interrupted collection goes on where it was: whole shards
// stay, the rest is made, the manifest comes last. Several processes, each with tasks of its own, may record into one
// folder at once. Refuses a folder that other settings have written into.

public import Foundation
internal import LinearAlgebra
public import Randomness
public import SourceAlgorithms
internal import Synchronization
public import Tasks
internal import TensorFiles

/// How far a collection is.
public struct CollectionProgress: Equatable, Sendable {
  /// The environment steps recorded so far, kept ones included.
  public var steps = 0
  /// The episodes recorded so far, kept ones included.
  public var episodes = 0
  /// The episodes of the whole collection.
  public let episodeCount: Int
  /// The environment steps of shards that were there already; no measure of speed.
  public var keptSteps = 0
}

/// What a collection came to.
public struct CollectionResult: Sendable {
  /// The manifest of the complete set.
  public let manifest: HistoryManifest
  /// The shards that were there already.
  public let keptShards: Int
}

/// Records a learner on tasks of a family, into one folder.
public struct HistoryCollector: Sendable {
  /// What the tasks are of, with the settings to be noted in the manifest.
  public let family: any TaskFamily
  /// What the manifest notes of the family.
  public let familySettings: [String: String]
  /// The tasks to record, ascending.
  public let tasks: [TaskID]
  /// The roles of all tasks, for the manifest.
  public let split: TaskSplit
  /// What is recorded.
  public let learner: any SourceLearner
  /// What the manifest notes of the learner.
  public let learnerSettings: [String: String]
  /// The runs of the learner on each task.
  public let learnersPerTask: Int
  /// The share of the runs that begin with another of the tasks.
  public let priorTaskFraction: Double
  /// The seed of the experiment.
  public let seed: Seed
  /// Where the files go.
  public let folder: URL
  /// What all settings that shape the histories come down to: files with another are not touched.
  public let fingerprint: String

  /// A collection, not yet begun.
  /// - Precondition: There are tasks, all with a role in the split; the histories per task are a
  ///   multiple of the learner's streams.
  public init(
    family: any TaskFamily, familySettings: [String: String] = [:], tasks: [TaskID],
    split: TaskSplit, learner: any SourceLearner, learnerSettings: [String: String] = [:],
    historiesPerTask: Int, priorTaskFraction: Double = 0, seed: Seed, folder: URL,
    fingerprint: String
  ) {
    precondition(
      historiesPerTask > 0 && historiesPerTask % learner.streamCount == 0,
      "\(historiesPerTask) histories are no multiple of \(learner.streamCount) streams")
    precondition(!tasks.isEmpty, "there is no task to record")
    precondition(
      (0...1).contains(priorTaskFraction), "a share of \(priorTaskFraction) of the runs")
    precondition(Set(tasks).count == tasks.count, "a task is named twice among \(tasks)")
    let roles = Set(Split.allCases.flatMap(split.tasks(in:)))
    precondition(roles.isSuperset(of: tasks), "a task has no role in the split among \(tasks)")
    self.family = family
    self.familySettings = familySettings
    self.tasks = tasks.sorted()
    self.split = split
    self.learner = learner.prepared(for: family)
    self.learnerSettings = learnerSettings
    learnersPerTask = historiesPerTask / learner.streamCount
    self.priorTaskFraction = priorTaskFraction
    self.seed = seed
    self.folder = folder
    self.fingerprint = fingerprint
  }

  /// The episodes of some tasks of the collection.
  public func episodeCount(of tasks: [TaskID]) -> Int {
    tasks.count * learnersPerTask * learner.streamCount * learner.episodesPerStream
  }

  /// Records what is not recorded yet, and writes the manifest.
  /// - Parameters:
  ///   - workers: The learners that run at once.
  ///   - progress: Called by any worker, one at a time, with the episodes of some thousand steps or
  ///     the last ones of a run; what it throws ends the collection.
  ///   - shouldStop: Whether no further shard is to be begun; those begun are finished.
  ///   - waiting: Called if another process records into the folder: its end is waited for.
  /// - Throws: `HistoryError`, what `progress` throws, or `CancellationError` if it was stopped before the last shard.
  @discardableResult
  public func collect(
    workers: Int, progress: @Sendable (CollectionProgress) throws -> Void = { _ in },
    shouldStop: @Sendable () -> Bool = { false }, waiting: () -> Void = {}
  ) throws -> CollectionResult {
    // Whoever only looks at a whole set is in nobody's way, and nobody in theirs.
    let lock = isWhole ? nil : try hold(waiting)
    defer { withExtendedLifetime(lock) {} }
    let earlier = try finishedManifest()
    let writer = try writer(after: earlier, clearing: nil)
    let kept = try record(
      Array(tasks.indices), with: writer, earlier, workers, progress, shouldStop)
    return CollectionResult(manifest: try earlier ?? writer.finish(), keptShards: kept)
  }

  /// Records what is not recorded yet of some of the tasks, while other processes record the others. Whichever finds
  /// all shards there writes the manifest, which is the same from all.
  /// - Parameters:
  ///   - own: The tasks that this process alone records; with none, only the manifest is written.
  ///   - workers: The learners that run at once.
  ///   - progress: As of the collection of all tasks, but of the own ones alone.
  ///   - shouldStop: Whether no further shard is to be begun.
  /// - Returns: The manifest; nil while shards of others are missing.
  /// - Throws: As the collection of all tasks does.
  @discardableResult
  public func collect(
    only own: [TaskID], workers: Int,
    progress: @Sendable (CollectionProgress) throws -> Void = { _ in },
    shouldStop: @Sendable () -> Bool = { false }
  ) throws -> HistoryManifest? {
    let foreign = own.filter { !tasks.contains($0) }
    precondition(foreign.isEmpty, "\(foreign) are none of the collection's tasks")
    let earlier = try finishedManifest()
    let indices = tasks.indices.filter { own.contains(tasks[$0]) }
    let writer = try writer(after: earlier, clearing: indices)
    try record(indices, with: writer, earlier, workers, progress, shouldStop)
    if let earlier { return earlier }
    guard hasAllShards else { return nil }
    for index in tasks.indices where !indices.contains(index) {
      guard let shard = try keptShard(at: writer.shardURL(index), index, nil) else { return nil }
      writer.keep(try shard.manifestEntry(), index)
    }
    return try writer.finish()
  }

  /// - Parameter own: The places of the tasks that are this process's; nil if all are.
  private func writer(
    after earlier: HistoryManifest?, clearing own: [Int]?
  ) throws(HistoryError) -> HistoryWriter {
    try HistoryWriter(
      description, to: folder, version: earlier?.schemaVersion ?? ShardSchema.version, only: own)
  }

  /// Records what is missing of some tasks, by their places.
  /// - Returns: The number of shards that were there already.
  @discardableResult
  private func record(
    _ indices: [Int], with writer: HistoryWriter, _ earlier: HistoryManifest?, _ workers: Int,
    _ progress: @Sendable (CollectionProgress) throws -> Void,
    _ shouldStop: @Sendable () -> Bool
  ) throws -> Int {
    let counter = ProgressCounter(
      episodeCount: episodeCount(of: indices.map { tasks[$0] }))
    let missing = try indices.filter { index in
      guard let kept = try keptShard(at: writer.shardURL(index), index, earlier) else {
        return true
      }
      counter.keep(kept)
      writer.keep(try kept.manifestEntry(), index)
      return false
    }
    let pending = missing.map { PendingShard(index: $0, runCount: learnersPerTask) }
    let runs = pending.flatMap { shard in (0..<learnersPerTask).map { (shard, $0) } }
    let threads = min(workers * family.learnersPerThread, max(workers, 128))
    try concurrently(over: runs, workers: threads) { _, run, _ in
      let (shard, number) = run
      guard shard.begin(unless: shouldStop) else { return }
      let recording = try record(tasks[shard.index], number, counter, progress)
      guard let all = shard.finish(number, recording) else { return }
      try writer.write(all.flatMap { $0 }, like: earlier?.shards[shard.index])
      if let earlier {
        try HistoryShard(reading: writer.shardURL(shard.index))
          .require(earlier.shards[shard.index], verifyingChecksum: true)
      }
    }
    guard pending.allSatisfy(\.isFinished) else { throw CancellationError() }
    return indices.count - missing.count
  }

  /// What the manifest says of the family.
  public var describedFamily: HistoryManifest.Described {
    .init(name: family.name, settings: familySettings)
  }

  /// What the manifest says of the learner.
  public var describedLearner: HistoryManifest.Described {
    .init(name: learner.name, settings: learnerSettings)
  }

  /// What the manifest will say.
  private var description: HistorySetDescription {
    HistorySetDescription(
      family: describedFamily, interface: family.interface, tasks: tasks, split: split,
      learner: describedLearner,
      seed: seed.value, fingerprint: fingerprint,
      origin: .recorded(
        learnersPerTask: learnersPerTask, streamsPerLearner: learner.streamCount))
  }
}

extension HistoryCollector {
  /// Whether all files are there.
  private var isWhole: Bool { hasAllShards && isThere(ShardSchema.manifestName) }

  private var hasAllShards: Bool {
    tasks.indices.map(ShardSchema.fileName(ofShard:)).allSatisfy(isThere)
  }

  private func isThere(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
  }

  /// Keeps other processes from recording into the folder, which is made.
  private func hold(_ waiting: () -> Void) throws(HistoryError) -> FolderLock {
    do {
      try AtomicFile.makeFolder(folder)
      return try FolderLock(of: folder, waiting: waiting)
    } catch {
      throw .unwritable(error)
    }
  }

  /// The manifest of a collection that was finished before, which must have been this one; nil if there is none.
  /// - Throws: `HistoryError` if it is another's.
  public func finishedManifest() throws -> HistoryManifest? {
    let url = folder.appendingPathComponent(ShardSchema.manifestName)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let earlier = try HistoryManifest(reading: url)
    guard earlier.fingerprint == fingerprint else {
      throw HistoryError.otherSettings(
        path: url.relativePath, expected: fingerprint, found: earlier.fingerprint)
    }
    guard earlier.split == split else { throw HistoryError.otherSplit(path: url.relativePath) }
    let expected = description.manifest(of: earlier.shards, version: earlier.schemaVersion)
    guard earlier == expected, earlier.tasks == tasks else {
      throw HistoryError.unreadableManifest(
        path: url.relativePath, reason: "it describes another collection of the same settings")
    }
    return earlier
  }

  /// A shard that is there already, after checking that it is this collection's; `nil` if there is none.
  private func keptShard(
    at url: URL, _ index: Int, _ earlier: HistoryManifest?
  ) throws -> HistoryShard? {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let shard = try HistoryShard(reading: url)
    try shard.require(
      family: family.name, interface: family.interface, learner: learner.name,
      fingerprint: fingerprint, task: tasks[index],
      histories: learnersPerTask * learner.streamCount)
    if let renderer = family.renderer { try shard.require(drawableBy: renderer) }
    if let earlier {
      try shard.require(earlier.shards[index], verifyingChecksum: true)
    } else {
      try shard.verifyChecksum()
    }
    try shard.requirePossibleSteps()
    return shard
  }

  /// The task that a run learns before its own; `nil` for most, who begin with nothing.
  ///
  /// The last runs of each task have one, drawn from the other tasks of the collection. Where the share is of
  /// no whole number of runs, chance decides for each task whether there is one more.
  private func priorTask(of task: TaskID, _ number: Int) -> TaskID? {
    let share = priorTaskFraction * Double(learnersPerTask)
    let rest = share - share.rounded(.down)
    var rounding = seed.random(for: "prior runs", task.index)
    let count = Int(share) + (rest > 0 && rounding.chance(Float(rest)) ? 1 : 0)
    let others = tasks.filter { $0 != task }
    guard number >= learnersPerTask - count, !others.isEmpty else { return nil }
    var random = seed.random(for: "prior task", task.index, number)
    return others[random.below(others.count)]
  }

  private func learn(
    _ task: TaskID, _ number: Int, in family: some TaskFamily,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    var random = seed.random(for: "source", task.index, number)
    let prior = priorTask(of: task, number).map(family.task)
    try learner.learn(
      family.task(task), after: prior.map { [$0] } ?? [], using: &random, emit: emit)
  }

  /// Lives what one learner of the collection lived on a task again.
  /// - Parameter folder: Where it is written for a while.
  /// - Returns: Its histories, by stream.
  public func liveAgain(
    _ task: TaskID, learner number: Int, into folder: URL
  ) throws -> [History] {
    let histories = try record(task, number, ProgressCounter(episodeCount: 0)) { _ in }
    let metadata = ShardMetadata(
      family: family.name, interface: family.interface, learner: learner.name,
      fingerprint: fingerprint, task: task)
    let file = folder.appendingPathComponent("task-\(task)-learner-\(number).safetensors")
    try AtomicFile.makeFolder(folder)
    try TensorFile.write(
      shardTensors(of: histories, family.interface), metadata: metadata.strings(), to: file)
    return try HistoryShard(reading: file).histories
  }

  /// Runs a learner to its end.
  private func record(
    _ task: TaskID, _ number: Int, _ counter: ProgressCounter,
    _ progress: @Sendable (CollectionProgress) throws -> Void
  ) throws -> [RecordedHistory] {
    let interface = family.interface
    let prior = priorTask(of: task, number)
    var streams = (0..<learner.streamCount).map { stream in
      var history = RecordedHistory(
        of: task, interface, learner: number, stream: stream, priorTask: prior)
      history.reserve(episodes: learner.episodesPerStream, stepsEach: interface.episodeLength)
      return history
    }
    var unreported = Amount()
    try learn(task, number, in: family) { (emitted) throws(any Error) in
      precondition(
        streams.indices.contains(emitted.stream),
        "\(learner.name) emitted an episode of stream \(emitted.stream) of \(streams.count)")
      try streams[emitted.stream].append(emitted)
      unreported.add(emitted.episode)
      if unreported.steps >= Amount.reported { try counter.take(&unreported, progress) }
    }
    try counter.take(&unreported, progress)
    for (index, stream) in streams.enumerated() {
      precondition(
        stream.episodeCount == learner.episodesPerStream,
        "\(learner.name) emitted \(stream.episodeCount) episodes of stream \(index), "
          + "not \(learner.episodesPerStream)")
    }
    return streams
  }
}

/// A shard some of whose runs are not finished.
private final class PendingShard: Sendable {
  private struct State {
    var runs: [[RecordedHistory]?]
    var isBegun = false
    var isFinished = false
  }

  let index: Int
  private let state: Mutex<State>

  init(index: Int, runCount: Int) {
    self.index = index
    state = Mutex(State(runs: [[RecordedHistory]?](repeating: nil, count: runCount)))
  }

  /// Whether all its runs are finished.
  var isFinished: Bool { state.withLock { $0.isFinished } }

  /// Whether a run of it should be begun: one of a shard that is begun already always.
  func begin(unless shouldStop: () -> Bool) -> Bool {
    state.withLock { state in
      state.isBegun = state.isBegun || !shouldStop()
      return state.isBegun
    }
  }

  /// Keeps a run; with the last one, gives and forgets them all.
  func finish(_ number: Int, _ recording: [RecordedHistory]) -> [[RecordedHistory]]? {
    state.withLock { state in
      state.runs[number] = recording
      let finished = state.runs.compactMap { $0 }
      guard finished.count == state.runs.count else { return nil }
      (state.runs, state.isFinished) = ([], true)
      return finished
    }
  }
}

/// What one worker has recorded since it last told: so that workers seldom meet at the lock.
private struct Amount {
  private(set) var steps = 0
  private(set) var episodes = 0

  /// The number of steps to tell at once: milliseconds of the fastest networks.
  static let reported = 1000

  mutating func add(_ episode: Episode) {
    steps += episode.stepCount
    episodes += 1
  }
}

/// Counts over all workers.
private final class ProgressCounter: Sendable {
  private let progress: Mutex<CollectionProgress>

  init(episodeCount: Int) {
    progress = Mutex(CollectionProgress(episodeCount: episodeCount))
  }

  func keep(_ shard: HistoryShard) {
    progress.withLock {
      $0.steps += shard.stepCount
      $0.keptSteps += shard.stepCount
      $0.episodes += shard.episodeCount
    }
  }

  /// Adds what a worker has recorded and not told yet, if anything, and reports it.
  func take(_ amount: inout Amount, _ report: (CollectionProgress) throws -> Void) throws {
    guard amount.episodes > 0 else { return }
    try progress.withLock { progress in
      progress.steps += amount.steps
      progress.episodes += amount.episodes
      amount = Amount()
      try report(progress)
    }
  }
}

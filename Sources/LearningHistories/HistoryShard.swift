// Reading of one shard. Refuses a file whose tensors do not fit one another: after that, no index
// of a history leaves them. What the numbers mean stands in ShardSchema.swift.

public import Foundation
internal import SourceAlgorithms
public import Tasks
internal import TensorFiles

/// All recorded histories of one task, mapped from a file.
public final class HistoryShard: Sendable {
  /// Where the file is.
  public let url: URL
  /// The name of the family.
  public let family: String
  /// What all tasks of the family share.
  public let interface: TaskInterface
  /// The name of the source algorithm.
  public let learner: String
  /// What the settings that made the shard come down to.
  public let fingerprint: String
  /// The one task of its histories.
  public let task: TaskID
  /// The file's size.
  public let byteCount: Int

  /// The version of the schema that the file names.
  public let schemaVersion: Int

  let actions: ShardActions
  /// What an expert would have done; nil where none was asked.
  let expertActions: ShardActions?
  let observations: ShardObservations
  let episodeOffsets: TensorView<UInt32>
  let episodeTerminated: TensorView<Bool>
  private let episodeLearnerSteps: TensorView<UInt32>?
  private let rewards: Rewards
  private let file: TensorFile
  private let historyOffsets: [Int]
  private let historyLearners: [Int]
  private let historyStreams: [Int]
  private let historyPriorTasks: [Int]
  /// The histories that copies were made of before each episode, and their episodes; empty if none ever was.
  private let episodeParents: [Int]
  private let episodeParentEpisodes: [Int]
  private let historyRoles: [StreamRole]

  private enum Rewards: Sendable {
    case unsigned(TensorView<UInt8>)
    case signed(TensorView<Int8>)
    case float(TensorView<Float>)
  }

  public var historyCount: Int { historyOffsets.count - 1 }
  /// The number of episodes of all histories.
  public var episodeCount: Int { episodeOffsets.count - 1 }
  /// The number of environment steps of all histories.
  public var stepCount: Int { actions.count }
  /// Whether there is an expert's action for each step.
  public var hasExpertActions: Bool { expertActions != nil }
  /// How often what acts in a history was made a copy of another.
  public var copyCount: Int { episodeParents.count { $0 != ShardSchema.none } }

  /// Opens a shard and checks that its parts fit one another.
  public init(reading url: URL) throws(HistoryError) {
    do {
      let file = try TensorFile(reading: url)
      self.file = file
      let metadata = try ShardMetadata(file.metadata, path: url.relativePath)
      self.url = url
      family = metadata.family
      interface = metadata.interface
      learner = metadata.learner
      fingerprint = metadata.fingerprint
      task = metadata.task
      schemaVersion = metadata.version
      byteCount = file.byteCount

      actions = try ShardActions(file, .actions, interface, steps: nil)
      let steps = actions.count
      expertActions =
        file.has(.expertActions)
        ? try ShardActions(file, .expertActions, interface, steps: steps) : nil
      observations = try ShardObservations(file, interface, steps: steps)
      rewards =
        switch ShardSchema.rewardType(for: interface) {
        case .uint8: .unsigned(try file.field(.rewards, shape: [steps]))
        case .int8: .signed(try file.field(.rewards, shape: [steps]))
        default: .float(try file.field(.rewards, shape: [steps]))
        }
      episodeOffsets = try file.field(.episodeOffsets)
      let episodes = max(episodeOffsets.count - 1, 0)
      episodeTerminated = try file.field(.episodeTerminated, shape: [episodes])
      episodeLearnerSteps =
        file.has(.episodeLearnerSteps)
        ? try file.field(.episodeLearnerSteps, shape: [episodes]) : nil
      let offsets: TensorView<UInt32> = try file.field(.historyOffsets)
      // Before anything is copied: a small file can promise many histories of nothing.
      try Self.check(offsets, episodeOffsets, steps: steps, path: url.relativePath)
      historyOffsets = offsets.elements().map { Int($0) }
      // What an importer leaves out: every history is of a learner of its own, with one stream and no prior task.
      let places = Array(0..<historyOffsets.count - 1)
      historyLearners = try file.wholeNumbers(.historyLearner, [places.count], ifMissing: places)
      historyStreams = try file.wholeNumbers(
        .historyStream, [places.count], ifMissing: places.map { _ in 0 })
      historyPriorTasks = try file.wholeNumbers(
        .historyPriorTask, [places.count], ifMissing: places.map { _ in ShardSchema.none })
      let hasParents = file.has(.episodeParent)
      episodeParents = hasParents ? try file.wholeNumbers(.episodeParent, [0, episodes]) : []
      episodeParentEpisodes =
        hasParents ? try file.wholeNumbers(.episodeParentEpisode, [episodeParents.count]) : []
      let roles = try file.wholeNumbers(
        .historyRole, [places.count], ifMissing: places.map { _ in 0 })
      historyRoles = try roles.map { number in
        guard let role = UInt8(exactly: number).flatMap(StreamRole.init) else {
          throw HistoryError.notAShard(
            path: url.relativePath, reason: "no stream has the role \(number)")
        }
        return role
      }
      let tasks = try file.wholeNumbers(
        .historyTask, [places.count], ifMissing: places.map { _ in metadata.task.index })
      if let other = tasks.first(where: { $0 != metadata.task.index }) {
        throw HistoryError.notAShard(
          path: url.relativePath, reason: "it mixes the tasks \(metadata.task) and \(other)")
      }
      try checkParents()
    } catch let error as TensorFileError {
      switch error {
      case .missing: throw .missingShard(path: url.relativePath)
      default: throw .damagedShard(error)
      }
    } catch let error as HistoryError {
      throw error
    } catch {
      throw .notAShard(path: url.relativePath, reason: "\(error)")
    }
  }

  /// Compares all bytes with the checksum in the file, where there is one: before a manifest vouches for them.
  package func verifyChecksum() throws(HistoryError) {
    do {
      try file.verifyChecksum()
    } catch {
      throw .damagedShard(error)
    }
  }

  /// The histories, by learner and then stream.
  public var histories: [History] {
    (0..<historyCount).map { index in
      let episodes = historyOffsets[index]..<historyOffsets[index + 1]
      let steps =
        Int(episodeOffsets[episodes.lowerBound])..<Int(episodeOffsets[episodes.upperBound])
      return History(
        self, task: task, learner: historyLearners[index], stream: historyStreams[index],
        priorTask: priorTask(ofHistory: index), role: historyRoles[index],
        episodes: episodes, steps: steps)
    }
  }

  /// Has the system begin to read what windows show of steps.
  func willRead(_ steps: Range<Int>) {
    observations.willRead(steps)
    actions.willRead(steps)
    switch rewards {
    case .unsigned(let rewards): rewards.willRead(steps)
    case .signed(let rewards): rewards.willRead(steps)
    case .float(let rewards): rewards.willRead(steps)
    }
  }

  /// Tells the system that steps will be read here and there.
  func expectRandomReads() { actions.expectRandomReads() }

  private func priorTask(ofHistory index: Int) -> TaskID? {
    let prior = historyPriorTasks[index]
    return prior == ShardSchema.none ? nil : TaskID(prior)
  }

  /// The environment steps of all streams of a learner when an episode ended; nil where it is not said.
  func learnerSteps(atEndOf episode: Int) -> Int? { episodeLearnerSteps.map { Int($0[episode]) } }

  /// What a history was made a copy of before an episode of the shard.
  func parent(ofEpisode episode: Int) -> HistoryParent? {
    guard !episodeParents.isEmpty, episodeParents[episode] != ShardSchema.none else { return nil }
    let parent = episodeParents[episode]
    return HistoryParent(
      learner: historyLearners[parent], stream: historyStreams[parent],
      episode: episodeParentEpisodes[episode])
  }

  func reward(at step: Int) -> Float {
    switch rewards {
    case .unsigned(let rewards): Float(rewards[step])
    case .signed(let rewards): Float(rewards[step])
    case .float(let rewards): rewards[step]
    }
  }

  /// Whether some step has something that no task with the interface can have: some nanoseconds a step.
  var haveMisfit: Bool {
    let isRewarded =
      switch rewards {
      case .unsigned(let rewards): areAllowed((0..<rewards.count).lazy.map { Float(rewards[$0]) })
      case .signed(let rewards): areAllowed((0..<rewards.count).lazy.map { Float(rewards[$0]) })
      case .float(let rewards): areAllowed((0..<rewards.count).lazy.map { rewards[$0] })
      }
    return !isRewarded || actions.haveMisfit || observations.haveMisfit(interface)
      || expertActions?.haveMisfit ?? false
  }

  private func areAllowed(_ found: some Sequence<Float>) -> Bool {
    guard let rewards = interface.rewards else { return found.allSatisfy(\.isFinite) }
    // Steps mostly give what the one before gave.
    var last: Float?
    for reward in found where reward != last {
      guard rewards.contains(reward) else { return false }
      last = reward
    }
    return true
  }

  private static func check(
    _ historyOffsets: TensorView<UInt32>, _ episodeOffsets: TensorView<UInt32>, steps: Int,
    path: String
  ) throws(HistoryError) {
    guard ascends(historyOffsets, to: episodeOffsets.count - 1) else {
      throw .notAShard(path: path, reason: "its histories do not divide its episodes")
    }
    guard ascends(episodeOffsets, to: steps) else {
      throw .notAShard(path: path, reason: "its episodes do not divide its steps")
    }
  }

  /// A parent is a history of the shard, at one of its episodes.
  private func checkParents() throws(HistoryError) {
    for (index, (parent, episode)) in zip(episodeParents, episodeParentEpisodes).enumerated() {
      if parent == ShardSchema.none && episode == ShardSchema.none { continue }
      guard (0..<historyCount).contains(parent),
        (0..<historyOffsets[parent + 1] - historyOffsets[parent]).contains(episode)
      else {
        throw .notAShard(
          path: url.relativePath,
          reason:
            "before episode \(index) history \(parent) is copied after its episode \(episode), "
            + "which it does not have")
      }
    }
  }

  /// Whether offsets run from 0 to `end`, every part holding something.
  private static func ascends(_ offsets: TensorView<UInt32>, to end: Int) -> Bool {
    guard offsets.count >= 1, offsets[0] == 0, Int(offsets[offsets.count - 1]) == end else {
      return false
    }
    return (1..<offsets.count).allSatisfy { offsets[$0 - 1] < offsets[$0] }
  }
}

extension TensorFile {
  fileprivate func has(_ field: ShardSchema.Field) -> Bool {
    has(field.rawValue)
  }

  fileprivate func field<Element: TensorElement>(
    _ field: ShardSchema.Field, shape: [Int]? = nil
  ) throws(TensorFileError) -> TensorView<Element> {
    try tensor(field.rawValue, of: Element.self, shape: shape)
  }

  /// The whole numbers of a field, whichever type holds them.
  /// - Parameters:
  ///   - counts: How many there may be.
  ///   - usual: What they are where the field is left out; nil if it must be there.
  fileprivate func wholeNumbers(
    _ field: ShardSchema.Field, _ counts: [Int], ifMissing usual: [Int]? = nil
  ) throws(TensorFileError) -> [Int] {
    if let usual, !has(field) { return usual }
    let description = try description(of: field.rawValue)
    guard counts.contains(where: { description.shape == [$0] }) else {
      throw .wrongShape(
        path: url.relativePath, tensor: field.rawValue, expected: [counts.max() ?? 0],
        found: description.shape)
    }
    return switch description.type {
    case .uint8: (try self.field(field) as TensorView<UInt8>).elements().map { Int($0) }
    case .uint16: (try self.field(field) as TensorView<UInt16>).elements().map { Int($0) }
    case .int8: (try self.field(field) as TensorView<Int8>).elements().map { Int($0) }
    case .int16: (try self.field(field) as TensorView<Int16>).elements().map { Int($0) }
    case .int32: (try self.field(field) as TensorView<Int32>).elements().map { Int($0) }
    default: (try self.field(field) as TensorView<UInt32>).elements().map { Int($0) }
    }
  }
}

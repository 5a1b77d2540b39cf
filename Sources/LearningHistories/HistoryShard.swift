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
      historyOffsets = offsets.elements().map { Int($0) }
      // What an importer leaves out: every history is of a learner of its own, with one stream and no prior task.
      let places = 0..<max(historyOffsets.count - 1, 0)
      historyLearners = try file.wholeNumbers(.historyLearner, ifMissing: Array(places))
      historyStreams = try file.wholeNumbers(.historyStream, ifMissing: places.map { _ in 0 })
      historyPriorTasks = try file.wholeNumbers(
        .historyPriorTask, ifMissing: places.map { _ in ShardSchema.none })
      let hasParents = file.has(.episodeParent)
      episodeParents = hasParents ? try file.wholeNumbers(.episodeParent) : []
      episodeParentEpisodes = hasParents ? try file.wholeNumbers(.episodeParentEpisode) : []
      let roles = try file.wholeNumbers(.historyRole, ifMissing: places.map { _ in 0 })
      historyRoles = try roles.map { number in
        guard let role = UInt8(exactly: number).flatMap(StreamRole.init) else {
          throw HistoryError.notAShard(
            path: url.relativePath, reason: "no stream has the role \(number)")
        }
        return role
      }
      try check(
        historyTasks: try file.wholeNumbers(
          .historyTask, ifMissing: places.map { _ in metadata.task.index }))
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

  private func check(historyTasks: [Int]) throws(HistoryError) {
    let path = url.relativePath
    guard Self.ascends(historyOffsets, to: episodeCount) else {
      throw .notAShard(path: path, reason: "its histories do not divide its episodes")
    }
    guard Self.ascends(episodeOffsets.elements().map { Int($0) }, to: stepCount) else {
      throw .notAShard(path: path, reason: "its episodes do not divide its steps")
    }
    guard historyLearners.count == historyCount, historyStreams.count == historyCount,
      historyPriorTasks.count == historyCount, historyTasks.count == historyCount,
      historyRoles.count == historyCount
    else {
      throw .notAShard(path: path, reason: "it does not name every history's learner")
    }
    if let other = historyTasks.first(where: { $0 != task.index }) {
      throw .notAShard(path: path, reason: "it mixes the tasks \(task) and \(other)")
    }
  }

  /// A parent is a history of the shard, at one of its episodes.
  private func checkParents() throws(HistoryError) {
    guard episodeParents.count == episodeParentEpisodes.count,
      [0, episodeCount].contains(episodeParents.count)
    else {
      throw .notAShard(
        path: url.relativePath, reason: "it does not say of every episode what was copied before it"
      )
    }
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
  private static func ascends(_ offsets: [Int], to end: Int) -> Bool {
    offsets.first == 0 && offsets.last == end
      && zip(offsets, offsets.dropFirst()).allSatisfy { $0 < $1 }
  }
}

extension TensorFile {
  fileprivate func has(_ field: ShardSchema.Field) -> Bool {
    tensors.contains { $0.name == field.rawValue }
  }

  fileprivate func field<Element: TensorElement>(
    _ field: ShardSchema.Field, shape: [Int]? = nil
  ) throws(TensorFileError) -> TensorView<Element> {
    try tensor(field.rawValue, of: Element.self, shape: shape)
  }

  /// The whole numbers of a field, whichever type holds them.
  /// - Parameter usual: What they are where the field is left out; nil if it must be there.
  fileprivate func wholeNumbers(
    _ field: ShardSchema.Field, ifMissing usual: [Int]? = nil
  ) throws(TensorFileError) -> [Int] {
    if let usual, !has(field) { return usual }
    return switch try description(of: field.rawValue).type {
    case .uint8: (try self.field(field) as TensorView<UInt8>).elements().map { Int($0) }
    case .uint16: (try self.field(field) as TensorView<UInt16>).elements().map { Int($0) }
    case .int8: (try self.field(field) as TensorView<Int8>).elements().map { Int($0) }
    case .int16: (try self.field(field) as TensorView<Int16>).elements().map { Int($0) }
    case .int32: (try self.field(field) as TensorView<Int32>).elements().map { Int($0) }
    default: (try self.field(field) as TensorView<UInt32>).elements().map { Int($0) }
    }
  }
}

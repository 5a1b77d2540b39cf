// Reading of one shard. Refuses a file whose tensors do not fit one another: after that, no index
// of a history leaves them. What the numbers mean stands in ShardSchema.swift.

public import Foundation
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

  let actions: TensorView<UInt8>
  let episodeOffsets: TensorView<UInt32>
  let episodeTerminated: TensorView<Bool>
  let episodeLearnerSteps: TensorView<UInt32>
  private let observations: TensorView<UInt8>
  private let componentCount: Int
  private let rewards: Rewards
  private let historyOffsets: [Int]
  private let historyLearners: [Int]
  private let historyStreams: [Int]
  private let historyPriorTasks: [Int]

  private enum Rewards: Sendable {
    case unsigned(TensorView<UInt8>)
    case signed(TensorView<Int8>)
    case float(TensorView<Float>)
  }

  /// The number of histories.
  public var historyCount: Int { historyOffsets.count - 1 }
  /// The number of episodes of all histories.
  public var episodeCount: Int { episodeOffsets.count - 1 }
  /// The number of environment steps of all histories.
  public var stepCount: Int { actions.count }

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
      byteCount = file.byteCount

      actions = try file.field(.actions)
      let steps = actions.count
      componentCount = interface.observationSizes.count
      observations = try file.field(.observations, shape: [steps, componentCount])
      rewards =
        switch ShardSchema.rewardType(for: interface) {
        case .uint8: .unsigned(try file.field(.rewards, shape: [steps]))
        case .int8: .signed(try file.field(.rewards, shape: [steps]))
        default: .float(try file.field(.rewards, shape: [steps]))
        }
      episodeOffsets = try file.field(.episodeOffsets)
      let episodes = max(episodeOffsets.count - 1, 0)
      episodeTerminated = try file.field(.episodeTerminated, shape: [episodes])
      episodeLearnerSteps = try file.field(.episodeLearnerSteps, shape: [episodes])
      let offsets: TensorView<UInt32> = try file.field(.historyOffsets)
      historyOffsets = offsets.elements().map { Int($0) }
      historyLearners = try file.wholeNumbers(.historyLearner)
      historyStreams = try file.wholeNumbers(.historyStream)
      historyPriorTasks = try file.wholeNumbers(.historyPriorTask)
      try check(historyTasks: try file.wholeNumbers(.historyTask))
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
        priorTask: priorTask(ofHistory: index), episodes: episodes, steps: steps)
    }
  }

  /// Tells the system that steps will be read here and there.
  func expectRandomReads() { actions.expectRandomReads() }

  private func priorTask(ofHistory index: Int) -> TaskID? {
    let prior = historyPriorTasks[index]
    return prior == ShardSchema.noPriorTask ? nil : TaskID(prior)
  }

  func observation(at step: Int) -> Observation {
    var components = SIMD4<UInt8>.zero
    let first = step * componentCount
    for component in 0..<componentCount { components[component] = observations[first + component] }
    return Observation(components: components)
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
      historyPriorTasks.count == historyCount, historyTasks.count == historyCount
    else {
      throw .notAShard(path: path, reason: "it does not name every history's learner")
    }
    if let other = historyTasks.first(where: { $0 != task.index }) {
      throw .notAShard(path: path, reason: "it mixes the tasks \(task) and \(other)")
    }
  }

  /// Whether offsets run from 0 to `end`, every part holding something.
  private static func ascends(_ offsets: [Int], to end: Int) -> Bool {
    offsets.first == 0 && offsets.last == end
      && zip(offsets, offsets.dropFirst()).allSatisfy { $0 < $1 }
  }
}

extension TensorFile {
  fileprivate func field<Element: TensorElement>(
    _ field: ShardSchema.Field, shape: [Int]? = nil
  ) throws(TensorFileError) -> TensorView<Element> {
    try tensor(field.rawValue, of: Element.self, shape: shape)
  }

  /// The whole numbers of a field, whichever type holds them.
  fileprivate func wholeNumbers(_ field: ShardSchema.Field) throws(TensorFileError) -> [Int] {
    switch try description(of: field.rawValue).type {
    case .uint8: (try self.field(field) as TensorView<UInt8>).elements().map { Int($0) }
    case .uint16: (try self.field(field) as TensorView<UInt16>).elements().map { Int($0) }
    case .int8: (try self.field(field) as TensorView<Int8>).elements().map { Int($0) }
    case .int16: (try self.field(field) as TensorView<Int16>).elements().map { Int($0) }
    case .int32: (try self.field(field) as TensorView<Int32>).elements().map { Int($0) }
    default: (try self.field(field) as TensorView<UInt32>).elements().map { Int($0) }
    }
  }
}

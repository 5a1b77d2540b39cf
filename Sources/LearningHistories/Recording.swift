// What is kept of a run while it goes on, and how a task's runs become the tensors of a shard.

internal import SourceAlgorithms
internal import Tasks
internal import TensorFiles

/// The episodes of one stream, flat.
struct StreamRecording: Sendable {
  private(set) var observations: [UInt8] = []
  private(set) var actions: [UInt8] = []
  private(set) var rewards: [Float] = []
  private(set) var episodeLengths: [Int] = []
  private(set) var terminated: [Bool] = []
  private(set) var learnerSteps: [UInt32] = []

  /// Adds a finished episode.
  /// - Precondition: It has a step.
  mutating func append(_ episode: Episode, learnerSteps: Int, componentCount: Int) {
    precondition(episode.stepCount > 0, "an episode without steps cannot be recorded")
    for observation in episode.observations {
      for component in 0..<componentCount { observations.append(observation.components[component]) }
    }
    actions += episode.actions
    rewards += episode.rewards
    episodeLengths.append(episode.stepCount)
    terminated.append(episode.isTerminated)
    self.learnerSteps.append(UInt32(learnerSteps))
  }
}

/// The tensors of the shard of a task.
/// - Parameters:
///   - runs: The streams of each learner, both in order.
///   - priorTasks: The task that each learner learned before, if any.
func shardTensors(
  of task: TaskID, _ runs: [[StreamRecording]], priorTasks: [TaskID?], interface: TaskInterface
) -> [NewTensor] {
  let streams = runs.flatMap { $0 }
  let actions = streams.flatMap(\.actions)
  let labels = runs.indices.flatMap { learner in runs[learner].indices.map { (learner, $0) } }
  typealias Field = ShardSchema.Field
  return [
    NewTensor(
      Field.observations.rawValue, shape: [actions.count, interface.observationSizes.count],
      streams.flatMap(\.observations)),
    NewTensor(Field.actions.rawValue, actions),
    rewardTensor(streams.flatMap(\.rewards), interface: interface),
    NewTensor(Field.episodeOffsets.rawValue, offsets(of: streams.flatMap(\.episodeLengths))),
    NewTensor(Field.episodeTerminated.rawValue, streams.flatMap(\.terminated)),
    NewTensor(Field.episodeLearnerSteps.rawValue, streams.flatMap(\.learnerSteps)),
    NewTensor(Field.historyOffsets.rawValue, offsets(of: streams.map(\.episodeLengths.count))),
    ShardSchema.smallestUnsigned(.historyTask, labels.map { _ in task.index }),
    ShardSchema.smallestUnsigned(.historyLearner, labels.map(\.0)),
    ShardSchema.smallestUnsigned(.historyStream, labels.map(\.1)),
    ShardSchema.smallestSigned(
      .historyPriorTask, labels.map { priorTasks[$0.0]?.index ?? ShardSchema.noPriorTask }),
  ]
}

/// Rewards in the smallest type that holds all of the family's exactly.
/// - Precondition: Every reward is one of the family's.
private func rewardTensor(_ rewards: [Float], interface: TaskInterface) -> NewTensor {
  let known = Set(interface.rewards)
  if let reward = rewards.first(where: { !known.contains($0) }) {
    preconditionFailure("a step gave \(reward), the family's rewards are \(interface.rewards)")
  }
  let name = ShardSchema.Field.rewards.rawValue
  return switch ShardSchema.rewardType(for: interface) {
  case .uint8: NewTensor(name, rewards.map { UInt8($0) })
  case .int8: NewTensor(name, rewards.map { Int8($0) })
  default: NewTensor(name, rewards)
  }
}

/// Where each part begins, and where the last ends.
private func offsets(of lengths: [Int]) -> [UInt32] {
  var offsets: [UInt32] = [0]
  var end = 0
  for length in lengths {
    end += length
    offsets.append(UInt32(end))
  }
  return offsets
}

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

  /// A recording without episodes, with room for so many of at most so many steps.
  init(episodes: Int, steps: Int, componentCount: Int) {
    observations.reserveCapacity(episodes * steps * componentCount)
    actions.reserveCapacity(episodes * steps)
    rewards.reserveCapacity(episodes * steps)
    episodeLengths.reserveCapacity(episodes)
    terminated.reserveCapacity(episodes)
    learnerSteps.reserveCapacity(episodes)
  }

  /// Adds a finished episode.
  /// - Precondition: It has a step.
  mutating func append(_ episode: Episode, learnerSteps: Int, componentCount: Int) {
    precondition(episode.stepCount > 0, "an episode without steps cannot be recorded")
    let steps = 0..<episode.stepCount
    observations.append(addingCapacity: steps.count * componentCount) { output in
      for step in steps {
        let observation = episode.observation(at: step)
        for component in 0..<componentCount { output.append(observation[component]) }
      }
    }
    actions.append(addingCapacity: steps.count) { output in
      for step in steps { output.append(UInt8(episode.action(at: step))) }
    }
    rewards.append(addingCapacity: steps.count) { output in
      for step in steps { output.append(episode.reward(at: step)) }
    }
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
  let actions = joined(streams.map(\.actions))
  let labels = runs.indices.flatMap { learner in runs[learner].indices.map { (learner, $0) } }
  typealias Field = ShardSchema.Field
  return [
    NewTensor(
      Field.observations.rawValue, shape: [actions.count, interface.observationSizes.count],
      joined(streams.map(\.observations))),
    NewTensor(Field.actions.rawValue, actions),
    rewardTensor(joined(streams.map(\.rewards)), interface: interface),
    NewTensor(Field.episodeOffsets.rawValue, offsets(of: joined(streams.map(\.episodeLengths)))),
    NewTensor(Field.episodeTerminated.rawValue, joined(streams.map(\.terminated))),
    NewTensor(Field.episodeLearnerSteps.rawValue, joined(streams.map(\.learnerSteps))),
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
  var latest = Float.nan
  for reward in rewards where reward != latest {
    precondition(
      interface.allows(reward: reward),
      "a step gave \(reward), the family's rewards are \(interface.rewards ?? [])")
    latest = reward
  }
  let name = ShardSchema.Field.rewards.rawValue
  return switch ShardSchema.rewardType(for: interface) {
  case .uint8: NewTensor(name, rewards.map { UInt8(truncatingIfNeeded: Int32($0)) })
  case .int8: NewTensor(name, rewards.map { Int8(truncatingIfNeeded: Int32($0)) })
  default: NewTensor(name, rewards)
  }
}

/// One part behind the other, copied once.
private func joined<Element>(_ parts: [[Element]]) -> [Element] {
  var whole: [Element] = []
  whole.reserveCapacity(parts.reduce(0) { $0 + $1.count })
  for part in parts { whole += part }
  return whole
}

/// Where each part begins, and where the last ends.
private func offsets(of lengths: [Int]) -> [UInt32] {
  var offsets: [UInt32] = [0]
  offsets.reserveCapacity(lengths.count + 1)
  var end = 0
  for length in lengths {
    end += length
    offsets.append(UInt32(end))
  }
  return offsets
}

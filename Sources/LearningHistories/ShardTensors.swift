// How the histories of a task become the tensors of a shard. What is special (an expert's actions, roles, lineage) is
// written only where a history has it.

internal import SourceAlgorithms
internal import Tasks
internal import TensorFiles

/// The tensors of the shard of a task.
/// - Parameter histories: By learner and stream, all of one task and interface; none is empty.
/// - Precondition: All have an expert's actions or none has; every parent is among them.
func shardTensors(of histories: [RecordedHistory], _ interface: TaskInterface) -> [NewTensor] {
  typealias Field = ShardSchema.Field
  let places = histories.map(\.place)
  let stepCount = histories.reduce(0) { $0 + $1.stepCount }
  let (observed, acted) = (ObservationLayout(interface), ActionLayout(interface))
  var tensors = [
    NewTensor(
      Field.observations.rawValue, observed.type, shape: [stepCount] + observed.shape,
      bytes: joined(histories.map(\.observations))),
    NewTensor(
      Field.actions.rawValue, acted.type, shape: [stepCount] + acted.shape,
      bytes: joined(histories.map(\.actions))),
    rewardTensor(histories.map(\.rewards), interface),
    NewTensor(Field.episodeOffsets.rawValue, offsets(of: joined(histories.map(\.episodeLengths)))),
    NewTensor(Field.episodeTerminated.rawValue, joined(histories.map(\.terminated))),
    NewTensor(Field.episodeLearnerSteps.rawValue, joined(histories.map(\.learnerSteps))),
    NewTensor(Field.historyOffsets.rawValue, offsets(of: histories.map(\.episodeCount))),
    ShardSchema.smallestUnsigned(.historyTask, places.map(\.task.index)),
    ShardSchema.smallestUnsigned(.historyLearner, places.map(\.learner)),
    ShardSchema.smallestUnsigned(.historyStream, places.map(\.stream)),
    ShardSchema.smallestSigned(
      .historyPriorTask, histories.map { $0.priorTask?.index ?? ShardSchema.none }),
  ]
  if histories.contains(where: \.hasExpertActions) {
    tensors.append(
      NewTensor(
        Field.expertActions.rawValue, acted.type, shape: [stepCount] + acted.shape,
        bytes: joined(histories.map(\.expertActions))))
  }
  if histories.contains(where: { !$0.copies.isEmpty }) {
    let indices = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
    var (parents, episodes): ([Int], [Int]) = ([], [])
    for history in histories {
      let first = parents.count
      parents += repeatElement(ShardSchema.none, count: history.episodeCount)
      episodes += repeatElement(ShardSchema.none, count: history.episodeCount)
      for (episode, parent) in history.copies {
        parents[first + episode] = indices[parent.place(in: history.place.task)] ?? ShardSchema.none
        episodes[first + episode] = parent.episode
      }
    }
    tensors += [
      ShardSchema.smallestSigned(.episodeParent, parents),
      ShardSchema.smallestSigned(.episodeParentEpisode, episodes),
    ]
  }
  if histories.contains(where: { $0.role != .behaviour }) {
    tensors.append(NewTensor(Field.historyRole.rawValue, histories.map(\.role.rawValue)))
  }
  return tensors
}

/// Rewards in the smallest type that holds all of the family's exactly.
private func rewardTensor(_ parts: [[Float]], _ interface: TaskInterface) -> NewTensor {
  let name = ShardSchema.Field.rewards.rawValue
  return switch ShardSchema.rewardType(for: interface) {
  case .uint8: NewTensor(name, joined(parts) { UInt8(truncatingIfNeeded: Int32($0)) })
  case .int8: NewTensor(name, joined(parts) { Int8(truncatingIfNeeded: Int32($0)) })
  default: NewTensor(name, joined(parts))
  }
}

/// One part behind the other, converted without a copy between.
private func joined<Element, Converted>(
  _ parts: [[Element]], _ convert: (Element) -> Converted
) -> [Converted] {
  var whole: [Converted] = []
  whole.reserveCapacity(parts.reduce(0) { $0 + $1.count })
  for part in parts where !part.isEmpty {
    whole.append(addingCapacity: part.count) { output in
      for element in part { output.append(convert(element)) }
    }
  }
  return whole
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

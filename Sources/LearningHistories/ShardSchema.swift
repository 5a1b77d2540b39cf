// The files of learning histories: names, types, units. `data/schema.md` says the same for people. In order: names of files and fields, metadata, and the types of whole numbers and
// rewards. How observations and actions lie stands in ShardObservations.swift and ShardActions.swift.

public import Tasks
internal import TensorFiles

/// The one Swift place where the schema of shards stands.
///
/// A shard is a safetensors file with all recorded histories of one task. Histories stand by
/// learner, then stream; a history's episodes and an episode's steps stand in the order lived.
public enum ShardSchema {
  /// What a shard calls itself.
  public static let name = "algorithm-distillation.histories"
  /// The version of new files; raised by every change that makes an older reader wrong. Files of version 1 differ in
  /// nothing but the number: version 2 added what they do not use.
  public static let version = 2
  /// The versions that are read.
  static let readableVersions = 1...version
  /// The manifest's file name.
  public static let manifestName = "manifest.json"

  /// The file name of a shard: `shard-00007.safetensors`.
  /// - Parameter index: The place of its task among those collected, ascending, from 0.
  public static func fileName(ofShard index: Int) -> String {
    let digits = String(index)
    return "shard-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
      + ".safetensors"
  }

  /// The tensors of a shard.
  enum Field: String, CaseIterable {
    /// What was seen before each action. U8 [steps, components]; F32 [steps, count] or U8 [steps, shape…] of an
    /// interface whose observations carry what is seen.
    case observations
    /// U8 or U16 [steps], or [steps, factors]: see `ActionLayout`.
    case actions
    /// What an expert would have done in each step: like `actions`. Optional.
    case expertActions = "expert_actions"
    /// U8, I8 or F32 [steps]: what each action gave, undiscounted; see `rewardType`.
    case rewards
    /// U32 [episodes + 1]: the step each episode begins at; last, the number of steps.
    case episodeOffsets = "episode_offsets"
    /// BOOL [episodes]: whether the episode ended for good, rather than by running out of steps.
    case episodeTerminated = "episode_terminated"
    /// U32 [episodes]: environment steps of all streams of the learner when the episode ended.
    case episodeLearnerSteps = "episode_learner_steps"
    /// I8, I16 or I32 [episodes]: the history of the shard that what acts was made a copy of before the episode; −1
    /// for none. Optional, with `episodeParentEpisode`.
    case episodeParent = "episode_parent"
    /// I8, I16 or I32 [episodes]: the last episode that the history copied had finished, from 0; −1 for none.
    case episodeParentEpisode = "episode_parent_episode"
    /// U32 [histories + 1]: the episode each history begins at; last, the number of episodes.
    case historyOffsets = "history_offsets"
    /// U8, U16 or U32 [histories]: the task; the same for all histories of a shard.
    case historyTask = "history_task"
    /// U8, U16 or U32 [histories]: the learner, from 0.
    case historyLearner = "history_learner"
    /// U8, U16 or U32 [histories]: the learner's stream (actor, member), from 0.
    case historyStream = "history_stream"
    /// I8, I16 or I32 [histories]: the task that the learner learned before this one; −1 for none.
    case historyPriorTask = "history_prior_task"
    /// U8 [histories]: a `StreamRole`. Optional: 0 for all.
    case historyRole = "history_role"
  }

  /// What stands for there being no prior task and no parent.
  static let none = -1

  /// The strings of a shard's metadata.
  enum MetadataKey: String {
    case schema
    case schemaVersion = "schema_version"
    case family
    /// A JSON object; see `JSONEncoder.forHistories`.
    case interface
    case learner
    /// What the settings that made the shard come down to; the maker's choice.
    case fingerprint
    case task
  }

  /// The smallest type that holds every reward of a family exactly.
  static func rewardType(for interface: TaskInterface) -> ElementType {
    guard let rewards = interface.rewards else { return .float32 }
    if rewards.allSatisfy({ UInt8(exactly: $0) != nil }) { return .uint8 }
    if rewards.allSatisfy({ Int8(exactly: $0) != nil }) { return .int8 }
    return .float32
  }

  /// The bytes that a step takes in a shard without an expert's actions.
  public static func bytesPerStep(of interface: TaskInterface) -> Int {
    ObservationLayout(interface).bytesPerStep + ActionLayout(interface).bytesPerStep
      + rewardType(for: interface).byteCount
  }

  /// The bytes that an episode takes in a shard: offset, end, steps.
  public static let bytesPerEpisode = 9

  /// A tensor of whole numbers in the smallest unsigned type that holds them all.
  /// - Precondition: All lie in 0 ..< 2³².
  static func smallestUnsigned(_ field: Field, _ values: [Int]) -> NewTensor {
    let greatest = values.max() ?? 0
    if greatest <= UInt8.max { return NewTensor(field.rawValue, values.map { UInt8($0) }) }
    if greatest <= UInt16.max { return NewTensor(field.rawValue, values.map { UInt16($0) }) }
    return NewTensor(field.rawValue, values.map { UInt32($0) })
  }
}

extension ShardSchema {
  /// A tensor of whole numbers in the smallest signed type that holds them all.
  /// - Precondition: All lie in −2³¹ ..< 2³¹.
  static func smallestSigned(_ field: Field, _ values: [Int]) -> NewTensor {
    if values.allSatisfy({ Int8(exactly: $0) != nil }) {
      return NewTensor(field.rawValue, values.map { Int8($0) })
    }
    if values.allSatisfy({ Int16(exactly: $0) != nil }) {
      return NewTensor(field.rawValue, values.map { Int16($0) })
    }
    return NewTensor(field.rawValue, values.map { Int32($0) })
  }
}

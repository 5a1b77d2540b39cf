// A file of histories as a person writes one after data/schema.md: everything in it can be set, also to
// what it should not be.

public import Foundation
internal import TensorFiles

/// Histories of one task of a dark room of 5 × 5 cells with 6 steps an episode.
public struct HandWrittenShard {
  /// A step: what was seen, what was done, what it gave.
  public struct Step {
    /// Column and row.
    public var cell: (UInt8, UInt8)
    /// The action.
    public var action: UInt8
    /// The reward.
    public var reward: UInt8

    /// A step.
    public init(cell: (UInt8, UInt8) = (2, 2), action: UInt8 = 4, reward: UInt8 = 0) {
      (self.cell, self.action, self.reward) = (cell, action, reward)
    }
  }

  /// The family's name.
  public var family = "dark-room"
  /// The interface, as JSON.
  public var interface =
    #"{"action_count":5,"episode_length":6,"observation_sizes":[5,5],"rewards":[0,1]}"#
  /// The number of the task.
  public var task = 3
  /// The steps of each episode of each history.
  public var histories: [[[Step]]]

  /// Histories of these steps.
  public init(_ histories: [[[Step]]]) { self.histories = histories }

  /// Histories whose episodes stand still for some steps and are rewarded in the last of them.
  /// - Parameter returns: Of each episode of each history.
  public init(returns: [[Int]], steps: Int = 6) {
    self.init(returns.map { $0.map { Self.episode(earning: $0, steps: steps) } })
  }

  /// An episode that stands still and is rewarded in its last steps.
  public static func episode(earning rewards: Int, steps: Int) -> [Step] {
    (0..<steps).map { Step(reward: $0 >= steps - rewards ? 1 : 0) }
  }

  /// Writes the file.
  public func write(to url: URL) throws {
    let episodes = histories.flatMap { $0 }
    let steps = episodes.flatMap { $0 }
    let count = histories.count
    let lengths = episodes.map { UInt32($0.count) }
    try TensorFile.write(
      [
        NewTensor(
          "observations", shape: [steps.count, 2], steps.flatMap { [$0.cell.0, $0.cell.1] }),
        NewTensor("actions", steps.map(\.action)), NewTensor("rewards", steps.map(\.reward)),
        NewTensor("episode_offsets", Self.offsets(lengths)),
        NewTensor("episode_terminated", episodes.map { _ in false }),
        NewTensor("episode_learner_steps", Array(Self.offsets(lengths).dropFirst())),
        NewTensor("history_offsets", Self.offsets(histories.map { UInt32($0.count) })),
        NewTensor("history_task", [UInt8](repeating: UInt8(task), count: count)),
        NewTensor("history_learner", (0..<count).map { UInt8($0) }),
        NewTensor("history_stream", [UInt8](repeating: 0, count: count)),
        NewTensor("history_prior_task", [Int8](repeating: -1, count: count)),
      ],
      metadata: [
        "schema": "algorithm-distillation.histories", "schema_version": "1", "family": family,
        "interface": interface, "learner": "me", "fingerprint": "none", "task": "\(task)",
      ], to: url)
  }

  private static func offsets(_ lengths: [UInt32]) -> [UInt32] {
    lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  }
}

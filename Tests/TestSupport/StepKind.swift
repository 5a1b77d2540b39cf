// Every kind of step that histories can hold, and episodes of it by chance. For tests of what writes, reads and shows
// histories.

public import Randomness
public import SourceAlgorithms
public import Tasks

/// A kind of step: what is observed, done and rewarded.
public enum StepKind: String, CaseIterable, Sendable {
  /// Two components, five actions, listed rewards.
  case cells
  /// Three floats.
  case floats
  /// Bytes of 2 × 3.
  case tensor
  /// One of seven categories at each of 2 × 2 places.
  case categories
  /// Actions of 3 × 2 × 4 choices.
  case factors
  /// Six hundred actions.
  case manyActions
  /// Actions of 2 × 300 choices.
  case largeFactors
  /// Any finite reward.
  case anyReward

  /// An interface with such steps.
  public var interface: TaskInterface {
    let sight: Sight =
      switch self {
      case .floats: .floats(count: 3)
      case .tensor: .tensor(shape: [2, 3])
      case .categories: .categories(shape: [2, 2], values: 7)
      default: .cells
      }
    let factors =
      switch self {
      case .factors: [3, 2, 4]
      case .manyActions: [600]
      case .largeFactors: [2, 300]
      default: [5]
      }
    return TaskInterface(
      observationSizes: sight.isCarried ? [] : [4, 9], sight: sight, actionFactors: factors,
      episodeLength: 8, rewards: self == .anyReward ? nil : [-1, 0, 1],
      rewardScale: self == .anyReward ? 0.5 : 1)
  }

  /// An episode by chance.
  /// - Parameter asksExpert: Whether each step has an expert's action.
  public func episode(
    steps: Int, isTerminated: Bool = false, asksExpert: Bool = false, using random: inout Random
  ) -> Episode {
    let interface = interface
    var episode = Episode()
    for step in 1...max(steps, 1) where steps > 0 {
      let observation = observation(using: &random)
      let action = random.below(interface.actionCount)
      let reward = interface.rewards.map { $0[random.below($0.count)] } ?? random.uniform() * 100
      episode.append(
        observation, action,
        step == steps && isTerminated ? .terminated(reward: reward) : .step(reward: reward),
        expertAction: asksExpert ? random.below(interface.actionCount) : nil)
    }
    return episode
  }

  private func observation(using random: inout Random) -> Observation {
    switch interface.sight {
    case .floats(let count):
      Observation(floats: (0..<count).map { _ in random.uniform() - 0.5 })
    case .tensor: Observation(bytes: (0..<6).map { _ in UInt8(random.below(256)) })
    case .categories(_, let values):
      Observation(bytes: (0..<4).map { _ in UInt8(random.below(values)) })
    default: Observation(UInt8(random.below(4)), UInt8(random.below(9)))
    }
  }
}

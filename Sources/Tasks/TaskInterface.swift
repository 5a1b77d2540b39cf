// What a learner or a model must know of a family to act in its tasks: what is seen, what can be done, what
// is rewarded. In order: the interface, actions and their factors, what no interface can be, its file.

/// What a learner or a model must know of a family to act in its tasks.
public struct TaskInterface: Hashable, Sendable {
  /// The number of values of each component of what is kept of an observation, such as [9, 9] for a
  /// cell of a 9 × 9 grid; empty where there is none.
  public let observationSizes: [Int]
  /// What an agent is shown.
  public let sight: Sight
  /// The number of choices of each factor of an action; one number where an action is a single choice.
  public let actionFactors: [Int]
  /// The number of actions: the product of the factors. An action is a number below it, whose digits are the
  /// choices, the first factor the most significant.
  public let actionCount: Int
  /// The number of steps after which an episode is cut.
  public let episodeLength: Int
  /// Every reward that a step can give, ascending; nil where any finite number can be one.
  public let rewards: [Float]?
  /// What models multiply a reward by before they read it, so that rewards are of order one.
  public let rewardScale: Float

  /// An interface whose actions are single choices.
  /// - Precondition: As `problem` says.
  public init(
    observationSizes: [Int] = [], sight: Sight = .cells, actionCount: Int, episodeLength: Int,
    rewards: [Float]?, rewardScale: Float = 1
  ) {
    self.init(
      observationSizes: observationSizes, sight: sight, actionFactors: [actionCount],
      episodeLength: episodeLength, rewards: rewards, rewardScale: rewardScale)
  }

  /// An interface whose actions have several factors.
  /// - Precondition: As `problem` says.
  public init(
    observationSizes: [Int] = [], sight: Sight = .cells, actionFactors: [Int], episodeLength: Int,
    rewards: [Float]?, rewardScale: Float = 1
  ) {
    let problem = Self.problem(
      observationSizes: observationSizes, sight: sight, actionFactors: actionFactors,
      episodeLength: episodeLength, rewards: rewards, rewardScale: rewardScale)
    precondition(problem == nil, "no task has such an interface: \(problem ?? "")")
    self.observationSizes = observationSizes
    self.sight = sight
    self.actionFactors = actionFactors
    actionCount = actionFactors.reduce(1, *)
    self.episodeLength = episodeLength
    self.rewards = rewards
    self.rewardScale = rewardScale
  }

  /// Whether a step can give a reward.
  public func allows(reward: Float) -> Bool { rewards?.contains(reward) ?? reward.isFinite }

  /// The number of distinct observations, where all that is seen are components.
  public var observationCount: Int { observationSizes.reduce(1, *) }

  /// The number of an observation among all, in 0 ..< `observationCount`: components as digits, the
  /// first the most significant.
  public func index(of observation: Observation) -> Int {
    var index = 0
    for component in observationSizes.indices {
      index = index * observationSizes[component] + Int(observation.components[component])
    }
    return index
  }
}

extension TaskInterface {
  /// The most steps of an episode.
  public static let greatestEpisodeLength = 1_000_000
  /// The most actions, joined.
  public static let greatestActionCount = 65_536

  /// The number of logits of a policy that is a product of a categorical for each factor: the factors' sum.
  public var actionLogitCount: Int { actionFactors.reduce(0, +) }

  /// The choice that an action makes in each factor: its digits, the first the most significant.
  public func choices(of action: Int) -> [Int] {
    var rest = action
    var choices: [Int] = []
    for size in actionFactors.reversed() {
      choices.append(rest % size)
      rest /= size
    }
    return choices.reversed()
  }

  /// The action that makes a choice in each factor.
  /// - Precondition: A choice for each factor, each in its range.
  public func action(choosing choices: [Int]) -> Int {
    precondition(
      choices.count == actionFactors.count
        && zip(choices, actionFactors).allSatisfy { $0 >= 0 && $0 < $1 },
      "\(choices) are no choices of factors \(actionFactors)")
    return zip(choices, actionFactors).reduce(0) { $0 * $1.1 + $1.0 }
  }

  /// What makes an interface impossible; nil if nothing does: the one place that says so, for makers and files.
  package static func problem(
    observationSizes: [Int], sight: Sight, actionFactors: [Int], episodeLength: Int,
    rewards: [Float]?, rewardScale: Float
  ) -> String? {
    if observationSizes.count > 4 || !observationSizes.allSatisfy({ (1...256).contains($0) }) {
      return "observations of sizes \(observationSizes) do not fit four bytes"
    }
    if let problem = sight.problem { return problem }
    if sight.isCarried && !observationSizes.isEmpty {
      return "\(sight) is carried beside components of sizes \(observationSizes)"
    }
    if !(1...16).contains(actionFactors.count)
      || !actionFactors.allSatisfy({ (1...greatestActionCount).contains($0) })
    {
      return "actions of \(actionFactors) choices"
    }
    // Factors of at most 2¹⁶ each: the product of two of them cannot overflow.
    var count = 1
    for size in actionFactors {
      count *= size
      if count > greatestActionCount {
        return "actions of \(actionFactors) choices are more than \(greatestActionCount) together"
      }
    }
    if !(1...greatestEpisodeLength).contains(episodeLength) {
      return "an episode of \(episodeLength) steps, not of 1 to \(greatestEpisodeLength)"
    }
    if let rewards, rewards != rewards.sorted() || !rewards.allSatisfy(\.isFinite) {
      return "rewards \(rewards) are not finite and ascending"
    }
    if !(rewardScale.isFinite && rewardScale > 0) {
      return "a reward scale of \(rewardScale)"
    }
    return nil
  }
}

/// What no task's interface can be, found in a file.
struct ImpossibleInterface: Error, CustomStringConvertible {
  let description: String
}

/// The one encoding of an interface. Models write its keys as they stand; histories turn them into snake case, all at
/// once, when they encode and decode (`JSONEncoder.forHistories`).
extension TaskInterface: Codable {
  private enum CodingKeys: String, CodingKey {
    case observationSizes, sight, actionCount, actionFactors, episodeLength, rewards, rewardScale
  }

  /// Reads what `encode` writes; what is not there has its usual value.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let sizes = try fields.decode([Int].self, forKey: .observationSizes)
    let sight = try fields.decodeIfPresent(Sight.self, forKey: .sight) ?? .cells
    let count = try fields.decode(Int.self, forKey: .actionCount)
    let factors = try fields.decodeIfPresent([Int].self, forKey: .actionFactors) ?? [count]
    let length = try fields.decode(Int.self, forKey: .episodeLength)
    let rewards = try fields.decodeIfPresent([Float].self, forKey: .rewards)
    let scale = try fields.decodeIfPresent(Float.self, forKey: .rewardScale) ?? 1
    if let problem = Self.problem(
      observationSizes: sizes, sight: sight, actionFactors: factors, episodeLength: length,
      rewards: rewards, rewardScale: scale)
    {
      throw ImpossibleInterface(description: problem)
    }
    let product = factors.reduce(1, *)
    guard count == product else {
      throw ImpossibleInterface(description: "\(count) actions of \(factors) choices")
    }
    self.init(
      observationSizes: sizes, sight: sight, actionFactors: factors, episodeLength: length,
      rewards: rewards, rewardScale: scale)
  }

  /// Writes all fields but those that have their usual value: sight of cells, actions of one factor, any
  /// reward, a scale of 1.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(observationSizes, forKey: .observationSizes)
    if sight != .cells { try fields.encode(sight, forKey: .sight) }
    try fields.encode(actionCount, forKey: .actionCount)
    if actionFactors.count > 1 { try fields.encode(actionFactors, forKey: .actionFactors) }
    try fields.encode(episodeLength, forKey: .episodeLength)
    try fields.encodeIfPresent(rewards, forKey: .rewards)
    if rewardScale != 1 { try fields.encode(rewardScale, forKey: .rewardScale) }
  }
}

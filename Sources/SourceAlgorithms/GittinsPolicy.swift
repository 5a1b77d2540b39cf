// The Gittins policy, Bayes-optimal for arms that pay 1 or 0 with probabilities from U[0, 1] and discounted rewards: it
// pulls the arm of the greatest index (see `GittinsIndex`). What is observed is not looked at.

public import Randomness
internal import Synchronization
public import Tasks

/// The settings of `GittinsPolicy`.
public struct GittinsPolicySettings: LearnerSettings {
  public static var algorithm: String { "gittins" }

  /// Episodes of the history; in a bandit each is a pull.
  public var episodes = 100
  /// γ, per pull: an agent that looks 1 / (1 − γ) pulls ahead.
  public var discount = 0.99

  public init() {}

  /// What makes the settings impossible; empty if nothing does.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if episodes < 1 {
      problems.append(("episodes", "a learner lives at least 1 episode, not \(episodes)"))
    }
    if !(0...0.999).contains(discount) {
      problems.append(("discount", "lies in 0 ... 0.999, not at \(discount)"))
    }
    return problems + self.problems(above: [("episodes", episodes, greatestEpisodeCount)])
  }

  public func makeLearner() -> any SourceLearner { Stepwise(GittinsPolicy(self)) }
}

/// A learner that weighs what it may learn by what that is worth.
public struct GittinsPolicy: StepwiseLearner {
  /// What was chosen.
  public let settings: GittinsPolicySettings
  private let indices: SharedIndices
  private var arms = ArmCounts(count: 0)

  /// A learner.
  /// - Precondition: The settings have no problems.
  public init(_ settings: GittinsPolicySettings = GittinsPolicySettings()) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    self.settings = settings
    // Arms that were pulled more often are known well enough for their mean to be their index.
    indices = SharedIndices(
      greatestPulls: min(settings.episodes, 300), discount: settings.discount)
  }

  public var name: String { GittinsPolicySettings.algorithm }

  /// As set.
  public var episodes: Int { settings.episodes }

  /// False: it counts what its arms pay.
  public var readsObservations: Bool { false }

  /// Rewards other than 0 and 1 are none that an arm pays by chance; episodes of several steps have more pulls.
  public func problem(with interface: TaskInterface, isListed: Bool) -> String? {
    if interface.episodeLength != 1 {
      return
        "\(name) pulls once an episode, but an episode has \(interface.episodeLength) steps; choose another "
        + "learner"
    }
    return ArmCounts.problem(with: interface, for: name)
  }

  /// Forgets all arms.
  public mutating func begin(_ interface: TaskInterface, using random: inout Random) {
    arms = ArmCounts(count: interface.actionCount)
  }

  /// One of the arms with the greatest index, by chance.
  public mutating func act(on observation: Observation, using random: inout Random) -> Int {
    indices.value.bestArm(pulls: arms.pulls, paid: arms.paid, using: &random)
  }

  /// Counts the pull and what it gave.
  public mutating func learn(from experience: Experience) { arms.count(experience) }
}

/// Indices that are worked out when a first arm is to be pulled, once for all copies of a learner.
private final class SharedIndices: Sendable {
  private let greatestPulls: Int
  private let discount: Double
  private let known = Mutex<GittinsIndex?>(nil)

  init(greatestPulls: Int, discount: Double) {
    self.greatestPulls = greatestPulls
    self.discount = discount
  }

  var value: GittinsIndex {
    known.withLock { known in
      if let known { return known }
      let made = GittinsIndex(greatestPulls: greatestPulls, discount: discount)
      known = made
      return made
    }
  }
}

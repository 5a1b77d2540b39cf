// UCB1 (Auer, Cesa-Bianchi & Fischer 2002, doi:10.1023/A:1013689704352), the source on bandits. It pulls
// every arm once, and from then on the one whose mean reward could be the greatest:
// argmax over a of r̄_a + α √(ln t / n_a), with n_a pulls of a among t. What is observed is not looked at.

internal import Foundation
public import Randomness
public import Tasks

/// The settings of `UpperConfidenceBound`.
public struct UpperConfidenceBoundSettings: LearnerSettings {
  public static var algorithm: String { "ucb" }

  /// Episodes of the history; in a bandit each is a pull.
  public var episodes = 100
  /// α: how much what is not known counts. UCB1 has √2.
  public var exploration = 0.5

  public init() {}

  /// What makes the settings impossible; empty if nothing does.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if episodes < 1 {
      problems.append(("episodes", "a learner lives at least 1 episode, not \(episodes)"))
    }
    if !(exploration >= 0 && exploration.isFinite) {
      problems.append(("exploration", "α is a number from 0, not \(exploration)"))
    }
    return problems + self.problems(above: [("episodes", episodes, greatestEpisodeCount)])
  }

  public func makeLearner() -> any SourceLearner { Stepwise(UpperConfidenceBound(self)) }
}

/// A learner that is optimistic about what it has seldom tried.
public struct UpperConfidenceBound: StepwiseLearner {
  /// What was chosen.
  public let settings: UpperConfidenceBoundSettings
  private var pulls: [Int] = []
  private var rewards: [Double] = []
  private var steps = 0

  /// A learner.
  /// - Precondition: The settings have no problems.
  public init(_ settings: UpperConfidenceBoundSettings = UpperConfidenceBoundSettings()) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    self.settings = settings
  }

  public var name: String { UpperConfidenceBoundSettings.algorithm }

  /// As set.
  public var episodes: Int { settings.episodes }

  /// False: it counts what its arms pay.
  public var readsObservations: Bool { false }

  /// As of learners that see cells.
  public func problem(with interface: TaskInterface, isListed: Bool) -> String? {
    interface.problemOfSeeingCells(for: name)
  }

  /// Forgets all arms.
  public mutating func begin(_ interface: TaskInterface, using random: inout Random) {
    pulls = Array(repeating: 0, count: interface.actionCount)
    rewards = Array(repeating: 0, count: interface.actionCount)
    steps = 0
  }

  /// One of the arms with the greatest bound, by chance.
  public mutating func act(on observation: Observation, using random: inout Random) -> Int {
    let logarithm = steps > 0 ? log(Double(steps)) : 0
    return greatestArm(of: pulls.count, using: &random) { arm in
      pulls[arm] == 0
        ? Double.infinity
        : rewards[arm] / Double(pulls[arm])
          + settings.exploration * (logarithm / Double(pulls[arm])).squareRoot()
    }
  }

  /// Counts the pull and what it gave.
  public mutating func learn(from experience: Experience) {
    pulls[experience.action] += 1
    rewards[experience.action] += Double(experience.transition.reward)
    steps += 1
  }
}

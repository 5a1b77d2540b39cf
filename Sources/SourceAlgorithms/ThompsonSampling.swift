// Thompson sampling (Thompson 1933, doi:10.1093/biomet/25.3-4.285) of arms that pay 1 or 0: each arm's probability of
// paying is drawn from what its pulls allow, Beta(1 + paid, 1 + failed), and the arm of the greatest draw is pulled.
// What is observed is not looked at.

public import Randomness
public import Tasks

/// The settings of `ThompsonSampling`.
public struct ThompsonSamplingSettings: LearnerSettings {
  public static var algorithm: String { "thompson-sampling" }

  /// Episodes of the history; in a bandit each is a pull.
  public var episodes = 100

  public init() {}

  /// What makes the settings impossible; empty if nothing does.
  public var problems: [(key: String, message: String)] {
    episodes < 1
      ? [("episodes", "a learner lives at least 1 episode, not \(episodes)")]
      : problems(above: [("episodes", episodes, greatestEpisodeCount)])
  }

  public func makeLearner() -> any SourceLearner { Stepwise(ThompsonSampling(self)) }
}

/// A learner that pulls each arm as often as it may be the best.
public struct ThompsonSampling: StepwiseLearner {
  /// What was chosen.
  public let settings: ThompsonSamplingSettings
  private var arms = ArmCounts(count: 0)

  /// A learner.
  /// - Precondition: The settings have no problems.
  public init(_ settings: ThompsonSamplingSettings = ThompsonSamplingSettings()) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    self.settings = settings
  }

  public var name: String { ThompsonSamplingSettings.algorithm }

  /// As set.
  public var episodes: Int { settings.episodes }

  /// False: it counts what its arms pay.
  public var readsObservations: Bool { false }

  /// Rewards other than 0 and 1 are none that an arm pays by chance.
  public func problem(with interface: TaskInterface, isListed: Bool) -> String? {
    ArmCounts.problem(with: interface, for: name)
  }

  /// Forgets all arms.
  public mutating func begin(_ interface: TaskInterface, using random: inout Random) {
    arms = ArmCounts(count: interface.actionCount)
  }

  /// The arm of the greatest draw.
  public mutating func act(on observation: Observation, using random: inout Random) -> Int {
    var best = 0
    var greatest = -1.0
    for arm in arms.paid.indices {
      let draw = Self.beta(paid: arms.paid[arm], of: arms.pulls[arm], using: &random)
      if draw > greatest { (best, greatest) = (arm, draw) }
    }
    return best
  }

  /// Counts the pull and what it gave.
  public mutating func learn(from experience: Experience) { arms.count(experience) }

  /// A draw from Beta(1 + paid, 1 + pulls − paid): of one more uniform draws than pulls, that with as many below it as
  /// paid. Nothing but comparisons, so the same on every processor.
  private static func beta(paid: Int, of pulls: Int, using random: inout Random) -> Double {
    var draws = (0...pulls).map { _ in Double(random.uniform()) }
    draws.sort()
    return draws[paid]
  }
}

/// How often each arm was pulled and paid.
struct ArmCounts: Sendable {
  private(set) var pulls: [Int]
  private(set) var paid: [Int]

  init(count: Int) {
    pulls = [Int](repeating: 0, count: count)
    paid = pulls
  }

  mutating func count(_ experience: Experience) {
    pulls[experience.action] += 1
    if experience.transition.reward != 0 { paid[experience.action] += 1 }
  }

  /// Why arms of a task cannot be counted so.
  static func problem(with interface: TaskInterface, for learner: String) -> String? {
    if let problem = interface.problemOfSeeingCells(for: learner) { return problem }
    if let rewards = interface.rewards, Set(rewards).isSubset(of: [0, 1]) { return nil }
    return
      "\(learner) counts arms that pay 1 or 0, but the task gives other rewards; choose another learner"
  }
}

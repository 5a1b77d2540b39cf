// What the returns of a family's tasks are measured against, and how methods are scored on it.

internal import Randomness

/// A named set of tasks that test, and are in no split.
public struct TestSet: Equatable, Sendable {
  /// The name in files, such as `even`.
  public let name: String
  /// The tasks, ascending.
  public let tasks: [TaskID]

  /// A test set.
  public init(name: String, tasks: [TaskID]) {
    self.name = name
    self.tasks = tasks
  }
}

/// What a method's score on a family is made of.
public enum Scoring: String, Sendable {
  /// The mean return of the last tenth of the episodes.
  case lastTenth = "last-tenth"
  /// The mean return r of all episodes, as (r − r of random actions) / (r of the source − r of random
  /// actions).
  case wholeAgainstSource = "whole-against-source"
}

/// How the returns of a family's tasks are judged. Everything has a default.
public protocol ScoredFamily {
  /// Sets of tasks that only test, each tested by itself. Empty unless a family says otherwise; the held-out tasks of
  /// a split test then.
  var testSets: [TestSet] { get }

  /// How methods are scored on it: by the last tenth of the episodes unless a family says otherwise.
  var scoring: Scoring { get }

  /// The greatest expected return of an episode, undiscounted; nil if it is not known, as it is not unless the states
  /// of a family's worlds can be listed or the family says it.
  func optimalReturn(of id: TaskID) -> Double?

  /// The expected return of an episode of uniformly random actions, undiscounted. Exact where states can be listed,
  /// otherwise measured unless a family says it.
  func randomReturn(of id: TaskID) -> Double

  /// What exploring could give at best: the expected return of each episode, averaged over tasks, of an agent that
  /// knows the family but not the task. Empty if that is not known, as it is unless a family says otherwise.
  func idealReturns(of tasks: [TaskID], episodes: Int) -> [Double]
}

extension ScoredFamily {
  /// None.
  public var testSets: [TestSet] { [] }

  /// By the last tenth of the episodes.
  public var scoring: Scoring { .lastTenth }

  /// Not known.
  public func optimalReturn(of id: TaskID) -> Double? { nil }

  /// Not known.
  public func idealReturns(of tasks: [TaskID], episodes: Int) -> [Double] { [] }
}

extension TaskFamily where World.Failure == Never {
  /// Measured over 4,096 episodes, whose chance all tasks share: the standard error is 1/64 of the returns' standard
  /// deviation. A family of slow worlds, or of worlds that may fail, says what it knows instead.
  public func randomReturn(of id: TaskID) -> Double {
    let episodes = 4_096
    var random = Seed(0).random(for: "random episodes")
    var life = Life(in: task(id), using: &random)
    var sum = 0.0
    for number in 0..<episodes {
      if number > 0 { life.beginEpisode(using: &random) }
      while !life.isOver { _ = life.step(random.below(interface.actionCount), using: &random) }
      sum += life.returnOfEpisode
    }
    return sum / Double(episodes)
  }
}

extension TaskFamily where World: FiniteEnvironment {
  /// By backward induction over the dynamics.
  public func optimalReturn(of id: TaskID) -> Double? { task(id).bestExpectedReturn() }

  /// By backward induction over the dynamics.
  public func randomReturn(of id: TaskID) -> Double { task(id).expectedReturnOfRandomActions() }
}

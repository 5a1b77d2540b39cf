// What a source of learning histories is: anything that improves at a task while it is watched.
// Gradient-based, tabular, evolutionary and population learners all sit behind this protocol.

public import Randomness
public import Tasks

/// A reinforcement-learning algorithm whose learning is recorded.
///
/// A learner runs on one task to the end of its training and emits every episode of every stream: of
/// each actor, or each member of a population. It begins with nothing, or with what it learned on
/// other tasks before. All its chance comes from the
/// generator it is given, so that the same generator gives the same episodes.
public protocol SourceLearner: Sendable {
  /// The name in configurations and files, such as `a3c`.
  var name: String { get }

  /// The number of streams that a run emits, each of which becomes one history.
  var streamCount: Int { get }

  /// The number of episodes that each stream has in what is emitted.
  var episodesPerStream: Int { get }

  /// Learns the task, from nothing or from what was learned on others before it.
  /// - Parameters:
  ///   - task: What to learn.
  ///   - previous: Tasks to learn first, one after the other, of which nothing is emitted. What is
  ///     learned last is carried into the task.
  ///   - random: All the chance of the run: initial weights, exploration and the order of actors.
  ///   - emit: Receives each finished episode, in order within its stream. The episode is only lent:
  ///     copy what is to be kept. What it throws ends the run.
  func learn<World: Environment, Failure: Error>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws(Failure) -> Void
  ) throws(Failure)
}

extension SourceLearner {
  /// Learns the task from nothing; see the form with tasks to learn before it.
  public func learn<World: Environment, Failure: Error>(
    _ task: World, using random: inout Random,
    emit: (borrowing StreamedEpisode) throws(Failure) -> Void
  ) throws(Failure) {
    try learn(task, after: [], using: &random, emit: emit)
  }
}

/// One finished episode of a learner, lent to whoever records it.
public struct StreamedEpisode: Equatable, Sendable {
  /// The stream (actor, member) that lived it, in 0 ..< `streamCount`.
  public var stream: Int
  /// The environment steps that all streams of the learner have taken when the episode ends.
  public var learnerSteps: Int
  /// What was lived.
  public var episode: Episode

  /// An episode of a stream.
  public init(stream: Int, learnerSteps: Int, episode: Episode) {
    self.stream = stream
    self.learnerSteps = learnerSteps
    self.episode = episode
  }
}

/// The steps of one episode: o₀ a₀ r₀ o₁ a₁ r₁ …
public struct Episode: Equatable, Sendable {
  /// One step.
  public struct Step: Equatable, Sendable {
    /// What was seen before the action.
    public fileprivate(set) var observation: Observation
    /// The reward that the action gave.
    public let reward: Float
    /// The action.
    public let action: UInt8

    init(_ observation: Observation, _ action: Int, _ transition: Transition) {
      self.observation = observation
      reward = transition.reward
      self.action = UInt8(action)
    }
  }

  /// The steps, in the order lived.
  public private(set) var steps: [Step] = []
  /// Whether the episode ended for good, rather than by running out of steps.
  public private(set) var isTerminated = false

  /// An episode without steps.
  public init() {}

  /// The number of steps.
  @inlinable
  public var stepCount: Int { steps.count }

  /// The sum of rewards, undiscounted.
  public var `return`: Double { steps.reduce(0) { $0 + Double($1.reward) } }

  /// Adds a step at the end.
  @inline(__always)
  public mutating func append(_ observation: Observation, _ action: Int, _ transition: Transition) {
    steps.append(Step(observation, action, transition))
    isTerminated = transition.isTerminated
  }

  /// Forgets what was seen beyond the first `count` components.
  mutating func forgetComponents(from count: Int) {
    for index in steps.indices {
      var components = steps[index].observation.components
      for component in count..<4 { components[component] = 0 }
      steps[index].observation = Observation(components: components)
    }
  }

  /// Forgets the steps and keeps the memory.
  public mutating func removeAll() {
    steps.removeAll(keepingCapacity: true)
    isTerminated = false
  }
}

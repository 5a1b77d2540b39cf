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

/// Which of a learner's streams one is.
public enum StreamRole: UInt8, Sendable, CaseIterable {
  /// It acts as the learner that it is a stream of.
  case behaviour = 0
  /// It acts as the centre of a population: the mean of its parameters.
  case centre = 1
  /// It acts as the best member of a population so far.
  case elite = 2
  /// It is one member of a population.
  case member = 3
}

/// Where a stream was copied from.
public struct StreamParent: Hashable, Sendable {
  /// The stream, in 0 ..< `streamCount`.
  public let stream: Int
  /// The last episode that it had finished, from 0.
  public let episode: Int

  /// A place to copy from.
  public init(stream: Int, episode: Int) {
    self.stream = stream
    self.episode = episode
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
  /// The stream and episode whose learner this one's was copied from before the episode; nil if it was not copied
  /// since its stream's last episode.
  public var parent: StreamParent?
  /// Which of the learner's streams it is.
  public var role: StreamRole

  /// An episode of a stream.
  public init(
    stream: Int, learnerSteps: Int, episode: Episode, parent: StreamParent? = nil,
    role: StreamRole = .behaviour
  ) {
    self.stream = stream
    self.learnerSteps = learnerSteps
    self.episode = episode
    self.parent = parent
    self.role = role
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
    @usableFromInline let storedAction: UInt32

    /// The action.
    @inlinable
    public var action: Int { Int(storedAction) }

    init(_ observation: Observation, _ action: Int, _ transition: Transition) {
      self.observation = observation
      reward = transition.reward
      storedAction = UInt32(action)
    }
  }

  /// The steps, in the order lived.
  public private(set) var steps: [Step] = []
  /// Whether the episode ended for good, rather than by running out of steps.
  public private(set) var isTerminated = false
  /// Every step's expert action, or −1, where an expert was asked at one of them; otherwise empty.
  @usableFromInline var experts: [Int32] = []

  /// An episode without steps.
  public init() {}

  /// The number of steps.
  @inlinable
  public var stepCount: Int { steps.count }

  @inline(never)
  private mutating func appendExpert(_ action: Int?) {
    while experts.count < steps.count - 1 { experts.append(-1) }
    experts.append(action.map { Int32($0) } ?? -1)
  }

  /// What was seen before a step's action.
  @inlinable
  public func observation(at step: Int) -> Observation { steps[step].observation }

  /// A step's action.
  @inlinable
  public func action(at step: Int) -> Int { steps[step].action }

  /// The reward that a step gave.
  @inlinable
  public func reward(at step: Int) -> Float { steps[step].reward }

  /// What an expert would have done in a step; nil where none was asked.
  @inlinable
  public func expertAction(at step: Int) -> Int? {
    experts.isEmpty || experts[step] < 0 ? nil : Int(experts[step])
  }

  /// The sum of rewards, undiscounted.
  public var `return`: Double { steps.reduce(0) { $0 + Double($1.reward) } }

  /// Adds a step at the end.
  /// - Parameter expertAction: What an expert would have done; of all steps or of none.
  @inline(__always)
  public mutating func append(
    _ observation: Observation, _ action: Int, _ transition: Transition, expertAction: Int? = nil
  ) {
    steps.append(Step(observation, action, transition))
    isTerminated = transition.isTerminated
    if expertAction != nil || !experts.isEmpty { appendExpert(expertAction) }
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
    if !experts.isEmpty { experts.removeAll(keepingCapacity: true) }
  }
}

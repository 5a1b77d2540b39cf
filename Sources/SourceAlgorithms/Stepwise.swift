// The adapter for learners that are fed step by step: a value that acts and learns. The adapter
// owns the loop over episodes; a learner never sees the task, only its interface.

public import Randomness
public import Tasks

/// A learner with one stream that chooses an action, sees what it gave, and changes.
public protocol StepwiseLearner: Sendable {
  /// The name in configurations and files, such as `q-learning`.
  var name: String { get }

  /// The number of episodes that it learns for.
  var episodes: Int { get }

  /// As `SourceLearner.readsObservations`.
  var readsObservations: Bool { get }

  /// As `SourceLearner.problem(with:isListed:)`.
  func problem(with interface: TaskInterface, isListed: Bool) -> String?

  /// Forgets everything and prepares for tasks with an interface.
  mutating func begin(_ interface: TaskInterface, using random: inout Random)

  /// Chooses an action, in 0 ..< `actionCount`.
  mutating func act(on observation: Observation, using random: inout Random) -> Int

  /// Changes by what the latest action gave.
  mutating func learn(from experience: Experience)

  /// The same from a step's parts, which is what the loop calls: a learner whose speed counts implements this, and need
  /// not be handed an experience, whose copying and destroying would take some percent of a tabular learner's time.
  mutating func learn(
    _ observation: Observation, _ action: Int, _ step: LivedStep, to following: Observation)

  /// Throws if what was learned is no number any more; asked after every episode.
  func checkDivergence() throws(LearnerDivergence)
}

extension StepwiseLearner {
  /// True, unless a learner says otherwise.
  public var readsObservations: Bool { true }

  /// None, unless a learner says otherwise.
  public func problem(with interface: TaskInterface, isListed: Bool) -> String? { nil }

  /// Puts the parts together.
  @inlinable
  public mutating func learn(
    _ observation: Observation, _ action: Int, _ step: LivedStep, to following: Observation
  ) {
    learn(
      from: Experience(
        observation: observation, action: action, transition: step.transition,
        following: following, endsEpisode: step.endsEpisode))
  }

  /// Nothing, unless a learner says otherwise: what it learns cannot diverge.
  public func checkDivergence() throws(LearnerDivergence) {}
}

/// One step as a learner is fed it.
public struct Experience: Equatable, Sendable {
  /// What was seen before the action.
  public let observation: Observation
  public let action: Int
  /// What the action gave.
  public let transition: Transition
  /// What is seen afterwards, in the state that the step led to.
  public let following: Observation
  /// Whether the episode is over, for good or for want of steps.
  public let endsEpisode: Bool

  public init(
    observation: Observation, action: Int, transition: Transition, following: Observation,
    endsEpisode: Bool
  ) {
    self.observation = observation
    self.action = action
    self.transition = transition
    self.following = following
    self.endsEpisode = endsEpisode
  }
}

/// Makes a source of histories of a learner that is fed step by step.
public struct Stepwise<Learner: StepwiseLearner>: SourceLearner {
  /// The learner as it is before any task.
  public let learner: Learner

  /// A source whose every run begins with a copy of the learner.
  public init(_ learner: Learner) { self.learner = learner }

  /// The learner's.
  public var name: String { learner.name }

  /// One.
  public var streamCount: Int { 1 }

  /// The learner's.
  public var episodesPerStream: Int { learner.episodes }

  /// The learner's.
  public var readsObservations: Bool { learner.readsObservations }

  /// The learner's.
  public func problem(with interface: TaskInterface, isListed: Bool) -> String? {
    learner.problem(with: interface, isListed: isListed)
  }

  /// Learns the tasks one after the other, and emits the last.
  public func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    requireNoProblem(with: task)
    var learner = learner
    learner.begin(task.interface, using: &random)
    for task in previous { try Self.live(&learner, in: task, using: &random) { _ in } }
    try Self.live(&learner, in: task, using: &random, emit: emit)
  }

  /// Lets the learner live all its episodes in a task. Learners and worlds of this package are named here to be
  /// compiled together, as one loop; any others meet through their protocols, a few times slower.
  @specialized(where Learner == TabularQLearning, World == DarkRoom)
  private static func live<World: Environment>(
    _ learner: inout Learner, in task: World, using chance: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    var random = chance  // a copy that stays in registers
    defer { chance = random }
    var lived = StreamedEpisode(stream: 0, learnerSteps: 0, episode: Episode())
    var life = try Life(in: task, using: &random)
    for episode in 0..<learner.episodes {
      if episode > 0 { try life.beginEpisode(using: &random) }
      lived.episode.removeAll()
      var observation = life.observation
      var isOver = false
      while !isOver {
        let action = learner.act(on: observation, using: &random)
        let step = try life.step(action, using: &random)
        lived.episode.append(observation, action, step.transition)
        let following = life.observation
        learner.learn(observation, action, step, to: following)
        observation = following
        isOver = step.endsEpisode
      }
      try learner.checkDivergence()
      lived.learnerSteps += lived.episode.stepCount
      try emit(lived)
    }
  }
}

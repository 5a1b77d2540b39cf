// A memory for learners that see only where they are: of how many rewards the episode has given, as one
// more component of what they see. With it, what is best to do in Key-to-Door follows from what is seen.
// It is a memory of the learner's own: the task is unchanged, and no shard or model is shown it.

public import Randomness
public import Tasks

/// A learner that remembers the rewards of its episode.
public struct RememberingRewards<Learner: SourceLearner>: SourceLearner {
  /// The learner whose memory it is.
  public let learner: Learner

  /// The learner with a memory.
  public init(_ learner: Learner) { self.learner = learner }

  /// The learner's.
  public var name: String { learner.name }

  /// The learner's.
  public var streamCount: Int { learner.streamCount }

  /// The learner's.
  public var episodesPerStream: Int { learner.episodesPerStream }

  /// The learner's.
  public var readsObservations: Bool { learner.readsObservations }

  /// The learner's, with the memory shown; or that there is no room for the memory, or no use for it.
  public func problem(with interface: TaskInterface, isListed: Bool) -> String? {
    if !readsObservations {
      return "\(name) has no use for it, since it does not look at what it is shown; leave it false"
    }
    if interface.sight != .cells || interface.observationSizes.count > 3 {
      return "needs observations of three cells at most, not \(interface.sight)"
    }
    return learner.problem(
      with: interface.remembering(rewards: greatestRewardCount), isListed: false)
  }

  /// Lets the learner learn the tasks with its memory shown, and emits the episodes as they were without.
  public func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    let shown = task.interface.observationSizes.count
    try learner.learn(
      RewardMemory(task), after: previous.map(RewardMemory.init), using: &random
    ) { emitted in
      var lived = copy emitted
      lived.episode.forgetComponents(from: shown)
      try emit(lived)
    }
  }
}

/// The most rewards that are told apart.
private let greatestRewardCount = 2

extension TaskInterface {
  /// The interface with a number of rewards as one more component.
  fileprivate func remembering(rewards greatest: Int) -> TaskInterface {
    TaskInterface(
      observationSizes: observationSizes + [greatest + 1], actionFactors: actionFactors,
      episodeLength: episodeLength, rewards: rewards, rewardScale: rewardScale)
  }
}

/// A world with the rewards of the episode among what is seen.
struct RewardMemory<World: Environment>: Environment {
  /// The world's state, and the number of its positive rewards.
  struct State: Sendable {
    var inner: World.State
    var rewardCount = 0
  }

  let world: World
  let interface: TaskInterface
  private let place: Int

  /// - Precondition: The world shows cells, of three components at most.
  init(_ world: World) {
    let inner = world.interface
    precondition(
      inner.sight == .cells && inner.observationSizes.count <= 3,
      "observations of sizes \(inner.observationSizes) as \(inner.sight) have no room for a memory")
    self.world = world
    place = inner.observationSizes.count
    interface = inner.remembering(rewards: greatestRewardCount)
  }

  func reset(using random: inout Random) throws(World.Failure) -> State {
    State(inner: try world.reset(using: &random))
  }

  func nextEpisode(
    after state: State, using random: inout Random
  ) throws(World.Failure) -> State {
    State(inner: try world.nextEpisode(after: state.inner, using: &random))
  }

  func announce(_ action: Int, in state: State) { world.announce(action, in: state.inner) }

  func observation(of state: State) -> Observation {
    var components = world.observation(of: state.inner).components
    components[place] = UInt8(state.rewardCount)
    return Observation(components: components)
  }

  func step(
    _ state: inout State, _ action: Int, using random: inout Random
  ) throws(World.Failure) -> Transition {
    let transition = try world.step(&state.inner, action, using: &random)
    if transition.reward > 0 { state.rewardCount = min(state.rewardCount + 1, greatestRewardCount) }
    return transition
  }
}

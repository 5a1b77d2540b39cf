// What a task is to a learner. The task, its state and its chance are three separate values: the
// task never changes, the state is all that changes, and chance is passed in.
//
//   let task = DarkRoom(size: 9, episodeLength: 20, goal: Cell(x: 3, y: 4))
//   var state = task.reset(using: &random)
//   let transition = task.step(&state, 2, using: &random)
//
// Who acts in a task for whole episodes does so through a `Life`.

public import Randomness

/// A task that an agent acts in, in episodes.
///
/// Conform a small `Sendable` struct to it, register its family's settings (`FamilySettings`), and every
/// learner, shard, model, evaluation and contract test works with it.
public protocol Environment: Sendable {
  /// Where the agent is: all that changes within an episode. A world that holds something open for it, such as
  /// a process, has a class here, which closes it when it goes.
  associatedtype State: Sendable

  /// What a reset or a step can throw: nothing, unless a world says otherwise. One that runs in another process
  /// can fail; what it throws ends the learning, the training or the rollout that meets it.
  associatedtype Failure: Error = Never

  /// What observations, actions and rewards look like; the same for every task of a family.
  var interface: TaskInterface { get }

  /// The state at the start of an episode.
  func reset(using random: inout Random) throws(Failure) -> State

  /// The state at the start of a life's next episode: that of `reset`, unless a world keeps something open for a
  /// whole life. `state` is not used any more afterwards.
  func nextEpisode(after state: State, using random: inout Random) throws(Failure) -> State

  /// What is kept of what the agent sees in a state.
  func observation(of state: State) -> Observation

  /// What draws the bytes that the agent sees of an observation, where `TaskInterface.sight` is made
  /// of bytes; nil, as it is unless a world says otherwise, where it sees the components themselves.
  var renderer: (any Renderer)? { get }

  /// Tells of the action that the next step takes, so that a world that runs elsewhere begins with it while others
  /// are told theirs. Nothing, as it is unless a world says otherwise, depends on whether it is told.
  func announce(_ action: Int, in state: State)

  /// Acts once and moves the state on.
  /// - Parameter action: In 0 ..< `interface.actionCount`.
  func step(
    _ state: inout State, _ action: Int, using random: inout Random
  ) throws(Failure) -> Transition
}

extension Environment {
  /// None: the agent sees the components.
  public var renderer: (any Renderer)? { nil }

  /// That of `reset`.
  @inlinable @inline(__always)
  public func nextEpisode(
    after state: State, using random: inout Random
  ) throws(Failure) -> State { try reset(using: &random) }

  /// Nothing: the world steps when it is stepped.
  @inlinable @inline(__always)
  public func announce(_ action: Int, in state: State) {}
}

/// What one step gave.
public struct Transition: Equatable, Sendable {
  /// The reward of this step, undiscounted.
  public let reward: Float
  /// Whether the episode ended here for good, so that there is nothing to bootstrap from. Running
  /// out of steps is no such end: it follows from `TaskInterface.episodeLength`.
  public let isTerminated: Bool

  @inlinable
  init(reward: Float, isTerminated: Bool) {
    self.reward = reward
    self.isTerminated = isTerminated
  }

  /// A step after which the episode goes on.
  @inlinable
  public static func step(reward: Float) -> Transition {
    Transition(reward: reward, isTerminated: false)
  }

  /// A step that ended the episode.
  @inlinable
  public static func terminated(reward: Float) -> Transition {
    Transition(reward: reward, isTerminated: true)
  }
}

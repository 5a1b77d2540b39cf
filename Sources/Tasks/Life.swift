// A life in a world, episode after episode: the one place where an episode begins, steps, runs out of steps and sums
// its return. It refuses a step after an episode's end.
//
// It never begins an episode by itself: loops draw from one stream of chance, and each says when the next episode
// draws from it.

public import Randomness

/// What one step of a life gave.
public struct LivedStep: Equatable, Sendable {
  /// What the world gave.
  public let transition: Transition
  /// Whether the episode ran out of steps, and did not end for good with this one.
  public let isCut: Bool

  @inlinable
  init(transition: Transition, isCut: Bool) {
    self.transition = transition
    self.isCut = isCut
  }

  /// The reward, undiscounted.
  @inlinable
  public var reward: Float { transition.reward }

  /// Whether the episode ended for good, so that there is nothing to bootstrap from.
  @inlinable
  public var isTerminated: Bool { transition.isTerminated }

  /// Whether the episode is over, either way.
  @inlinable
  public var endsEpisode: Bool { isTerminated || isCut }
}

/// An agent's life in a world.
///
///     var life = try Life(in: world, using: &random)
///     while true {
///       let step = try life.step(policy(life.observation), using: &random)
///       if step.endsEpisode { try life.beginEpisode(using: &random) }
///     }
public struct Life<World: Environment>: Sendable {
  public let world: World
  @usableFromInline let episodeLength: Int
  @usableFromInline var place: World.State
  @usableFromInline var steps = 0
  @usableFromInline var rewards = 0.0
  @usableFromInline var ended = false

  /// Where the agent is.
  @inlinable
  public var state: World.State { place }

  /// What it sees there, asked of the world anew.
  @inlinable @inline(__always)
  public var observation: Observation { world.observation(of: place) }

  /// The steps taken in this episode.
  @inlinable
  public var stepsInEpisode: Int { steps }

  /// The sum of this episode's rewards so far, undiscounted; after its last step, its return.
  @inlinable
  public var returnOfEpisode: Double { rewards }

  /// Whether the episode is over and the next one has not begun.
  @inlinable
  public var isOver: Bool { ended }

  /// A life at the beginning of its first episode.
  @inlinable @inline(__always)
  public init(in world: World, using random: inout Random) throws(World.Failure) {
    self.world = world
    episodeLength = world.interface.episodeLength
    place = try world.reset(using: &random)
  }

  /// Tells the world of the action that the next step takes. Whoever steps several lives tells all of them first.
  @inlinable @inline(__always)
  public func announce(_ action: Int) { world.announce(action, in: place) }

  /// Acts once. What is observed is then what is seen after the step, also where the step ends the episode.
  /// - Parameter action: In 0 ..< `actionCount` of the world's interface.
  /// - Precondition: The episode is not over.
  @inlinable @inline(__always)
  public mutating func step(
    _ action: Int, using random: inout Random
  ) throws(World.Failure) -> LivedStep {
    precondition(!ended, "the episode is over after \(steps) steps; begin another")
    let transition = try world.step(&place, action, using: &random)
    steps += 1
    if transition.reward != 0 { rewards += Double(transition.reward) }
    let lived = LivedStep(
      transition: transition,
      isCut: steps == episodeLength && !transition.isTerminated)
    ended = lived.endsEpisode
    return lived
  }

  /// Begins the next episode, whether or not this one is over.
  @inlinable @inline(__always)
  public mutating func beginEpisode(using random: inout Random) throws(World.Failure) {
    place = try world.nextEpisode(after: place, using: &random)
    steps = 0
    rewards = 0
    ended = false
  }
}

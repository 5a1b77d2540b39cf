// What a task is to a learner. The task, its state and its chance are three separate values: the
// task never changes, the state is all that changes, and chance is passed in.
//
//   let task = DarkRoom(goal: Cell(x: 3, y: 4))
//   var state = task.reset(using: &random)
//   let transition = task.step(&state, 2, using: &random)

public import Randomness

/// A task that an agent acts in, in episodes.
///
/// Conform a small `Sendable` struct to it, register its family in `TaskSettings`, and every
/// learner, shard, model, evaluation and contract test works with it.
public protocol Environment: Sendable {
  /// Where the agent is: all that changes within an episode.
  associatedtype State: Sendable

  /// What observations, actions and rewards look like; the same for every task of a family.
  var interface: TaskInterface { get }

  /// The state at the start of an episode.
  func reset(using random: inout Random) -> State

  /// What is kept of what the agent sees in a state.
  func observation(of state: State) -> Observation

  /// What draws the bytes that the agent sees of an observation, where `TaskInterface.sight` is made
  /// of bytes; nil, as it is unless a world says otherwise, where it sees the components themselves.
  var renderer: (any Renderer)? { get }

  /// Acts once and moves the state on.
  /// - Parameter action: In 0 ..< `interface.actionCount`.
  func step(_ state: inout State, _ action: Int, using random: inout Random) -> Transition
}

extension Environment {
  /// None: the agent sees the components.
  public var renderer: (any Renderer)? { nil }
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

/// What an agent sees, and what a shard keeps of it: at most four bytes.
///
/// How many of the bytes mean something, and what, is for `TaskInterface` to say.
public struct Observation: Hashable, Sendable {
  /// The components as digits of a number, the first the least significant: cheap to compare.
  @usableFromInline var digits: UInt32

  /// An observation without content.
  public static let empty = Observation(0, 0)

  /// An observation of two components, such as a cell.
  @inlinable
  public init(_ first: UInt8, _ second: UInt8) {
    digits = UInt32(first) | UInt32(second) << 8
  }

  /// An observation with these bytes.
  @inlinable
  public init(components: SIMD4<UInt8>) {
    digits = 0
    self.components = components
  }

  /// The components, in the order of the interface; unused ones are zero.
  @inlinable
  public var components: SIMD4<UInt8> {
    get { SIMD4(self[0], self[1], self[2], self[3]) }
    set {
      digits = (0..<4).reduce(0) { $0 | UInt32(newValue[$1]) << (8 * UInt32($1)) }
    }
  }

  /// One component.
  @inlinable
  public subscript(component: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: digits >> (8 * UInt32(truncatingIfNeeded: component)))
  }
}

/// What a learner or a model must know of a family to act in its tasks.
public struct TaskInterface: Hashable, Sendable, Codable {
  /// The number of values of each component of what is kept of an observation, such as [9, 9] for a
  /// cell of a 9 × 9 grid; empty if nothing is observed.
  public let observationSizes: [Int]
  /// What an agent is shown of the components.
  public let sight: Sight
  /// The number of actions.
  public let actionCount: Int
  /// The number of steps after which an episode is cut.
  public let episodeLength: Int
  /// Every reward that a step can give, ascending.
  public let rewards: [Float]

  /// An interface.
  /// - Precondition: at most four components of at most 256 values; 1 ... 256 actions; ascending rewards.
  public init(
    observationSizes: [Int], sight: Sight = .cells, actionCount: Int, episodeLength: Int,
    rewards: [Float]
  ) {
    precondition(sight.byteCount > 0 || sight == .cells, "\(sight) shows nothing")
    precondition(
      observationSizes.count <= 4 && observationSizes.allSatisfy { (1...256).contains($0) },
      "observations of sizes \(observationSizes) do not fit four bytes")
    precondition((1...256).contains(actionCount), "\(actionCount) actions do not fit a byte")
    precondition(episodeLength > 0, "an episode of \(episodeLength) steps holds nothing")
    precondition(rewards == rewards.sorted(), "rewards \(rewards) are not ascending")
    self.observationSizes = observationSizes
    self.sight = sight
    self.actionCount = actionCount
    self.episodeLength = episodeLength
    self.rewards = rewards
  }

  /// The number of distinct observations.
  public var observationCount: Int { observationSizes.reduce(1, *) }

  /// The number of an observation among all, in 0 ..< `observationCount`: components as digits, the
  /// first the most significant.
  public func index(of observation: Observation) -> Int {
    var index = 0
    for component in observationSizes.indices {
      index = index * observationSizes[component] + Int(observation.components[component])
    }
    return index
  }
}

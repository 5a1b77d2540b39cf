// The steps of one episode, as a learner emits them. Rows are plain numbers, since recording them is the hot loop of
// tabular learners: what an observation carries beyond four bytes, and what an expert would have done, lie beside
// them, and only where there are such.

public import Tasks

/// The steps of one episode: o₀ a₀ r₀ o₁ a₁ r₁ …
public struct Episode: Equatable, Sendable {
  /// One step.
  public struct Step: Equatable, Sendable {
    /// What was seen before the action.
    public let observation: Observation
    /// The action, in 0 ..< `actionCount`.
    public let action: Int
    /// The reward that the action gave.
    public let reward: Float
    /// What an expert would have done; nil where none was asked.
    public let expertAction: Int?

    @usableFromInline
    init(observation: Observation, action: Int, reward: Float, expertAction: Int?) {
      self.observation = observation
      self.action = action
      self.reward = reward
      self.expertAction = expertAction
    }
  }

  /// The steps of an episode, in the order lived.
  public struct Steps: RandomAccessCollection, Equatable, Sendable {
    @usableFromInline let episode: Episode

    @inlinable
    init(of episode: Episode) { self.episode = episode }

    /// 0.
    @inlinable
    public var startIndex: Int { 0 }

    @inlinable
    public var endIndex: Int { episode.rows.count }

    /// The step with a number, from 0.
    @inlinable
    public subscript(index: Int) -> Step {
      Step(
        observation: episode.observation(at: index), action: episode.action(at: index),
        reward: episode.reward(at: index), expertAction: episode.expertAction(at: index))
    }
  }

  /// What every step has, in twelve bytes: for who copies many.
  public struct Row: Equatable, Sendable {
    /// The components of what was seen before the action; see `Observation.digits`.
    public fileprivate(set) var digits: UInt32
    /// The reward that the action gave.
    public let reward: Float
    public let action: UInt16
  }

  /// The steps, without what observations carry and what experts would have done.
  public private(set) var rows: [Row] = []
  /// Every step's observation, where observations carry something; otherwise empty.
  @usableFromInline var carrying: [Observation] = []
  /// The expert's action at every step up to the last at which one was asked; −1 where none was.
  @usableFromInline var experts: [Int32] = []
  /// Whether the episode ended for good, rather than by running out of steps.
  public private(set) var isTerminated = false

  /// An episode without steps.
  public init() {}

  /// The steps, in the order lived.
  @inlinable
  public var steps: Steps { Steps(of: self) }

  @inlinable
  public var stepCount: Int { rows.count }

  /// Whether `rows` hold all there is: no observation carries anything, and no expert was asked.
  @inlinable
  public var isPlain: Bool { carrying.isEmpty && experts.isEmpty }

  /// What was seen before a step's action.
  @inlinable
  public func observation(at step: Int) -> Observation {
    carrying.isEmpty ? Observation(digits: rows[step].digits) : carrying[step]
  }

  /// A step's action.
  @inlinable
  public func action(at step: Int) -> Int { Int(rows[step].action) }

  /// The reward that a step gave.
  @inlinable
  public func reward(at step: Int) -> Float { rows[step].reward }

  /// What an expert would have done in a step; nil where none was asked.
  @inlinable
  public func expertAction(at step: Int) -> Int? {
    step >= experts.count || experts[step] < 0 ? nil : Int(experts[step])
  }

  /// The sum of rewards, undiscounted.
  public var `return`: Double { rows.reduce(0) { $0 + Double($1.reward) } }

  /// Adds a step at the end.
  /// - Parameters:
  ///   - observation: What was seen before the action.
  ///   - action: In 0 ..< 65,536.
  ///   - expertAction: What an expert would have done there, in 0 ..< 65,536; nil if none was asked.
  @inline(__always)
  public mutating func append(
    _ observation: Observation, _ action: Int, _ transition: Transition, expertAction: Int? = nil
  ) {
    rows.append(
      Row(digits: observation.digits, reward: transition.reward, action: UInt16(action)))
    isTerminated = transition.isTerminated
    if observation.isCarrying { carrying.append(observation) }
    if let expertAction { appendExpert(expertAction) }
  }

  @inline(never)
  private mutating func appendExpert(_ action: Int) {
    while experts.count < rows.count - 1 { experts.append(-1) }
    experts.append(Int32(UInt16(action)))
  }

  /// Forgets what was seen beyond the first `count` components.
  mutating func forgetComponents(from count: Int) {
    let kept: UInt32 = count < 4 ? 1 << (8 * UInt32(count)) - 1 : .max
    for index in rows.indices { rows[index].digits &= kept }
  }

  /// Forgets the steps and keeps the memory.
  public mutating func removeAll() {
    rows.removeAll(keepingCapacity: true)
    if !carrying.isEmpty { carrying.removeAll(keepingCapacity: true) }
    if !experts.isEmpty { experts.removeAll(keepingCapacity: true) }
    isTerminated = false
  }
}

// A history while it is being recorded or imported: its episodes, flat, as a shard will hold them. Refuses an episode
// that no task with the set's interface can have.

public import SourceAlgorithms
public import Tasks
internal import TensorFiles

/// Which history of a task is meant: in errors, and by what was copied from it.
public struct HistoryPlace: Hashable, Sendable, CustomStringConvertible {
  /// The task.
  public var task: TaskID
  /// Which run of the learner on the task, from 0.
  public var learner: Int
  /// Which stream of the run, from 0.
  public var stream: Int

  /// A history of a task.
  public init(task: TaskID, learner: Int, stream: Int) {
    (self.task, self.learner, self.stream) = (task, learner, stream)
  }

  /// Such as `learner 0, stream 1 of task 3`.
  public var description: String { "learner \(learner), stream \(stream) of task \(task)" }
}

/// Where a history was copied from: another history of the same task.
public struct HistoryParent: Hashable, Sendable {
  /// The learner that was copied.
  public var learner: Int
  /// Its stream that was copied.
  public var stream: Int
  /// The number of episodes that the stream had finished by then.
  public var episode: Int

  /// A copy of a stream of a learner.
  public init(learner: Int, stream: Int, episode: Int) {
    (self.learner, self.stream, self.episode) = (learner, stream, episode)
  }
}

/// A history to be written: what one stream of one learner lived on one task, from its first episode to its last.
public struct RecordedHistory: Sendable {
  /// The task, the learner and the stream.
  public let place: HistoryPlace
  /// What observations, actions and rewards look like.
  public let interface: TaskInterface
  /// The task that the learner had learned before this one, if any.
  public let priorTask: TaskID?
  /// Where the history was copied from, if it was.
  public private(set) var parent: HistoryParent?
  /// Which of its learner's streams it is.
  public private(set) var role: StreamRole

  /// As a shard holds them: see `ObservationLayout`.
  private(set) var observations: [UInt8] = []
  /// As a shard holds them: see `ActionLayout`.
  private(set) var actions: [UInt8] = []
  /// Like `actions`; empty where no expert was asked.
  private(set) var expertActions: [UInt8] = []
  private(set) var rewards: [Float] = []
  private(set) var episodeLengths: [Int] = []
  private(set) var terminated: [Bool] = []
  private(set) var learnerSteps: [UInt32] = []

  private let observationLayout: ObservationLayout
  private let actionLayout: ActionLayout
  /// The greatest value of each component; 255 for those that the interface does not have.
  private let greatestComponents: SIMD4<UInt8>

  /// A history without episodes.
  /// - Parameters:
  ///   - interface: That of the set.
  ///   - learner: Which run of the learner on the task, from 0.
  ///   - stream: Which stream of the run, from 0.
  public init(
    of task: TaskID, _ interface: TaskInterface, learner: Int = 0, stream: Int = 0,
    priorTask: TaskID? = nil, parent: HistoryParent? = nil, role: StreamRole = .behaviour
  ) {
    place = HistoryPlace(task: task, learner: learner, stream: stream)
    self.interface = interface
    self.priorTask = priorTask
    self.parent = parent
    self.role = role
    observationLayout = ObservationLayout(interface)
    actionLayout = ActionLayout(interface)
    var greatest = SIMD4<UInt8>(repeating: .max)
    for (index, size) in interface.observationSizes.enumerated() {
      greatest[index] = UInt8(size - 1)
    }
    greatestComponents = greatest
  }

  /// The number of episodes so far.
  public var episodeCount: Int { episodeLengths.count }
  /// The number of steps so far.
  public var stepCount: Int { rewards.count }
  /// Whether an expert was asked in the episodes so far.
  public var hasExpertActions: Bool { !expertActions.isEmpty }

  /// Adds a finished episode, or throws and is as it was.
  /// - Parameter learnerSteps: The environment steps that all streams of the learner had taken when it ended; those of
  ///   this history if nil.
  /// - Throws: `HistoryError` that names the history, the episode and the step.
  public mutating func append(
    _ episode: Episode, learnerSteps: Int? = nil
  ) throws(HistoryError) {
    let allSteps = learnerSteps ?? stepCount + episode.stepCount
    try check(episode)
    guard let allSteps = UInt32(exactly: allSteps) else {
      throw .impossibleEpisode(
        place, episode: episodeCount,
        reason: "the learner has taken \(allSteps) steps, which is not a number below 2³²")
    }
    observationLayout.append(episode, of: interface.sight, to: &observations)
    let steps = episode.steps.span
    if actionLayout.isByte {
      actions.append(addingCapacity: steps.count) { output in
        for index in steps.indices {
          output.append(UInt8(truncatingIfNeeded: steps[index].action))
        }
      }
    } else {
      for index in steps.indices { actionLayout.append(steps[index].action, to: &actions) }
    }
    for action in episode.expertActions { actionLayout.append(Int(action), to: &expertActions) }
    rewards.append(addingCapacity: steps.count) { output in
      for index in steps.indices { output.append(steps[index].reward) }
    }
    episodeLengths.append(episode.stepCount)
    terminated.append(episode.isTerminated)
    self.learnerSteps.append(allSteps)
  }

  /// Adds an episode that a learner emits, with what it says of the stream.
  /// - Throws: As the form for an episode; also if the stream says that it has another role or parent than before.
  public mutating func append(_ emitted: borrowing StreamedEpisode) throws(HistoryError) {
    let said = emitted.parent.map {
      HistoryParent(learner: place.learner, stream: $0.stream, episode: $0.episode)
    }
    if episodeCount == 0 { (role, parent) = (emitted.role, said ?? parent) }
    guard emitted.role == role else {
      throw .impossibleEpisode(
        place, episode: episodeCount,
        reason: "its stream says that it is \(emitted.role), and said \(role) before")
    }
    guard said == nil || parent == nil || said == parent else {
      throw .impossibleEpisode(
        place, episode: episodeCount,
        reason: "its stream says that it is a copy of another one for a second time")
    }
    parent = parent ?? said
    try append(emitted.episode, learnerSteps: emitted.learnerSteps)
  }

  /// Makes room for so many episodes of at most so many steps, up to a bound that no task of this package reaches.
  mutating func reserve(episodes: Int, stepsEach: Int) {
    let steps = min(episodes * stepsEach, Self.mostReserved)
    let observed = observationLayout.count * observationLayout.type.byteCount
    observations.reserveCapacity(min(steps * observed, Self.mostReserved))
    actions.reserveCapacity(steps)
    rewards.reserveCapacity(steps)
    episodeLengths.reserveCapacity(episodes)
    terminated.reserveCapacity(episodes)
    learnerSteps.reserveCapacity(episodes)
  }

  /// Sixteen million.
  private static let mostReserved = 1 << 24
}

extension RecordedHistory {
  /// Refuses an episode with anything in it that no task with the interface can have. Looks at maxima first and for the
  /// step that is at fault afterwards, so that what is right costs little.
  private func check(_ episode: Episode) throws(HistoryError) {
    guard episode.stepCount > 0 else {
      throw .emptyEpisode(place, episode: episodeCount)
    }
    guard episode.stepCount <= interface.episodeLength else {
      throw .longEpisode(
        place, episode: episodeCount, steps: episode.stepCount, most: interface.episodeLength)
    }
    let experts = episode.expertActions
    let expected = episodeCount == 0 ? experts.count : hasExpertActions ? 1 : 0
    guard experts.isEmpty == (expected == 0), experts.isEmpty || experts.count == episode.stepCount
    else {
      throw .impossibleEpisode(
        place, episode: episodeCount,
        reason: "\(experts.count) of its \(episode.stepCount) steps have an expert's action, "
          + "where all of a history have one or none has")
    }
    if !fits(episode) { try checkSteps(of: episode) }
  }

  private func fits(_ episode: Episode) -> Bool {
    guard episode.expertActions.isEmpty && !interface.sight.isCarried else { return false }
    let steps = episode.steps.span
    var components = SIMD4<UInt8>.zero
    var action = 0
    var fits = true
    var reward = Float.nan
    for index in steps.indices {
      let observation = steps[index].observation
      components = pointwiseMax(components, observation.components)
      action = max(action, steps[index].action)
      if steps[index].reward != reward {
        reward = steps[index].reward
        fits = fits && interface.allows(reward: reward)
      }
      fits = fits && !observation.carriesMore
    }
    return fits && action < interface.actionCount && all(components .<= greatestComponents)
  }

  private func checkSteps(of episode: Episode) throws(HistoryError) {
    let experts = episode.expertActions
    let steps = episode.steps.span
    for index in steps.indices {
      let step = steps[index]
      let misfit =
        interface.misfit(of: step.observation) ?? interface.misfit(ofAction: step.action)
        ?? interface.misfit(ofReward: step.reward)
        ?? (experts.isEmpty
          ? nil : interface.misfit(ofAction: Int(experts[index]), "the expert's action"))
      guard let misfit else { continue }
      throw .impossibleStep(
        place, episode: episodeCount, step: index, what: misfit.what, expected: misfit.expected,
        found: misfit.found)
    }
  }
}

// A history while it is being recorded or imported: its episodes, flat, as a shard will hold them. Refuses an episode
// that no task with the set's interface can have.

public import SourceAlgorithms
public import Tasks
internal import TensorFiles

/// Which history of a task is meant: in errors, and by what was copied from it.
public struct HistoryPlace: Hashable, Sendable, CustomStringConvertible {
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

/// Where what acts in a history was copied from: a history of the same task, at an episode.
public struct HistoryParent: Hashable, Sendable {
  /// The learner that was copied.
  public var learner: Int
  /// Its stream that was copied.
  public var stream: Int
  /// The last episode that the stream had finished, from 0.
  public var episode: Int

  /// A copy of a stream of a learner.
  public init(learner: Int, stream: Int, episode: Int) {
    (self.learner, self.stream, self.episode) = (learner, stream, episode)
  }

  /// The history that was copied.
  func place(in task: TaskID) -> HistoryPlace {
    HistoryPlace(task: task, learner: learner, stream: stream)
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
  /// Before which episodes it was made a copy, and of what; ascending.
  private(set) var copies: [(episode: Int, parent: HistoryParent)] = []

  private let observationLayout: ObservationLayout
  private let actionLayout: ActionLayout
  /// Whether no component exceeds 127.
  private let hasSmallComponents: Bool
  /// For each component, in the digits' byte, what its greatest value lacks of 127; 0 for those there are not.
  private let lacks: UInt32
  /// The eighth bit of each component there is.
  private let eighthBits: UInt32

  /// A history without episodes.
  /// - Parameters:
  ///   - interface: That of the set.
  ///   - learner: Which run of the learner on the task, from 0.
  ///   - stream: Which stream of the run, from 0.
  public init(
    of task: TaskID, _ interface: TaskInterface, learner: Int = 0, stream: Int = 0,
    priorTask: TaskID? = nil, role: StreamRole = .behaviour
  ) {
    place = HistoryPlace(task: task, learner: learner, stream: stream)
    self.interface = interface
    self.priorTask = priorTask
    self.role = role
    observationLayout = ObservationLayout(interface)
    actionLayout = ActionLayout(interface)
    hasSmallComponents = interface.observationSizes.allSatisfy { $0 <= 128 }
    lacks = interface.observationSizes.enumerated().reduce(0) { lacks, component in
      lacks | UInt32(max(0, 128 - component.element)) << (8 * UInt32(component.offset))
    }
    eighthBits = interface.observationSizes.indices.reduce(0) { $0 | 0x80 << (8 * UInt32($1)) }
  }

  /// The number of episodes so far.
  public var episodeCount: Int { episodeLengths.count }
  /// The number of steps so far.
  public var stepCount: Int { rewards.count }
  /// Whether an expert was asked in the episodes so far.
  public var hasExpertActions: Bool { !expertActions.isEmpty }

  /// Adds a finished episode, or throws and is as it was.
  /// - Parameters:
  ///   - learnerSteps: The environment steps that all streams of the learner had taken when it ended; those of this
  ///     history if nil.
  ///   - parent: What the history was made a copy of before this episode, if it was.
  /// - Throws: `HistoryError` that names the history, the episode and the step.
  public mutating func append(
    _ episode: Episode, learnerSteps: Int? = nil, parent: HistoryParent? = nil
  ) throws(HistoryError) {
    let isAsking = try check(episode)
    let taken = learnerSteps ?? stepCount + episode.stepCount
    guard let count = UInt32(exactly: taken) else {
      throw .impossibleEpisode(
        place, episode: episodeCount,
        reason: "its learner has taken \(taken) steps, which is no number from 0 to 2³² − 1")
    }
    observationLayout.append(episode, of: interface.sight, to: &observations)
    let rows = episode.rows.span
    if actionLayout.isByte {
      actions.append(addingCapacity: rows.count) { output in
        for index in rows.indices { output.append(UInt8(truncatingIfNeeded: rows[index].action)) }
      }
    } else {
      for index in rows.indices { actionLayout.append(Int(rows[index].action), to: &actions) }
    }
    if isAsking {
      for action in rows.indices.compactMap(episode.expertAction(at:)) {
        actionLayout.append(action, to: &expertActions)
      }
    }
    rewards.append(addingCapacity: rows.count) { output in
      for index in rows.indices { output.append(rows[index].reward) }
    }
    if let parent { copies.append((episodeCount, parent)) }
    episodeLengths.append(episode.stepCount)
    terminated.append(episode.isTerminated)
    self.learnerSteps.append(count)
  }

  /// Adds an episode that a learner emits, with what it says of the stream.
  /// - Throws: As the form for an episode; also if the stream has another role than before.
  public mutating func append(_ emitted: borrowing StreamedEpisode) throws(HistoryError) {
    guard episodeCount == 0 || emitted.role == role else {
      throw .impossibleEpisode(
        place, episode: episodeCount, reason: "its stream is a \(emitted.role), and was a \(role)")
    }
    let learner = place.learner
    try append(
      emitted.episode, learnerSteps: emitted.learnerSteps,
      parent: emitted.parent.map {
        HistoryParent(learner: learner, stream: $0.stream, episode: $0.episode)
      })
    role = emitted.role
  }

  /// Makes room for so many episodes of at most so many steps, up to a bound that no task of this package reaches.
  mutating func reserve(episodes: Int, stepsEach: Int) {
    let steps = min(episodes * stepsEach, Self.mostReserved)
    observations.reserveCapacity(
      min(steps * observationLayout.bytesPerStep, Self.mostReserved))
    actions.reserveCapacity(min(steps * actionLayout.bytesPerStep, Self.mostReserved))
    rewards.reserveCapacity(steps)
    episodeLengths.reserveCapacity(episodes)
    terminated.reserveCapacity(episodes)
    learnerSteps.reserveCapacity(episodes)
  }

  /// Sixteen million.
  private static let mostReserved = 1 << 24
}

extension RecordedHistory {
  /// Refuses an episode with anything in it that no task with the interface can have.
  /// - Returns: Whether an expert was asked in it.
  private func check(_ episode: Episode) throws(HistoryError) -> Bool {
    guard episode.stepCount > 0 else { throw .emptyEpisode(place, episode: episodeCount) }
    guard episode.stepCount <= interface.episodeLength else {
      throw .longEpisode(
        place, episode: episodeCount, steps: episode.stepCount, most: interface.episodeLength)
    }
    // Looks at maxima first, and for the step at fault only if there is one: collecting is a hot loop.
    if !hasExpertActions && isPlain(episode) { return false }
    try checkSteps(of: episode)
    let asked = (0..<episode.stepCount).count { episode.expertAction(at: $0) != nil }
    let expected =
      episodeCount == 0 ? [0, episode.stepCount] : [hasExpertActions ? episode.stepCount : 0]
    guard expected.contains(asked) else {
      throw .impossibleEpisode(
        place, episode: episodeCount,
        reason: "\(asked) of its \(episode.stepCount) steps have an expert's action, "
          + "where all steps of a history must have one or none")
    }
    return asked > 0
  }

  /// Whether an episode is surely right and asks no expert, as far as can be seen without looking for a step at fault.
  private func isPlain(_ episode: Episode) -> Bool {
    guard episode.isPlain && !interface.sight.isCarried && hasSmallComponents else { return false }
    // A component plus what its greatest value lacks of 127 has its eighth bit if it is too great, or it has that
    // itself; only then can the sum carry into the next component.
    var bits: UInt32 = 0
    var action: UInt16 = 0
    let rows = episode.rows.span
    // The reward that was allowed last, as bits; to begin with, not that of the first step.
    var pattern = ~rows[0].reward.bitPattern
    for index in rows.indices {
      let row = rows[index]
      bits |= row.digits | (row.digits &+ lacks)
      action = max(action, row.action)
      if row.reward.bitPattern != pattern {
        guard interface.allows(reward: row.reward) else { return false }
        pattern = row.reward.bitPattern
      }
    }
    return action < interface.actionCount && bits & eighthBits == 0
  }

  private func checkSteps(of episode: Episode) throws(HistoryError) {
    for step in 0..<episode.stepCount {
      let misfit =
        interface.misfit(of: episode.observation(at: step))
        ?? interface.misfit(ofAction: episode.action(at: step))
        ?? interface.misfit(ofReward: episode.reward(at: step))
        ?? episode.expertAction(at: step).flatMap {
          interface.misfit(ofAction: $0, "the expert's action")
        }
      guard let misfit else { continue }
      throw .impossibleStep(
        place, episode: episodeCount, step: step, what: misfit.what, expected: misfit.expected,
        found: misfit.found)
    }
  }
}

// One history: everything one stream of one learner lived on one task, from first to last episode.
// A view of a mapped shard; reading a step costs a few nanoseconds and allocates nothing,
// unless its observation carries what four bytes cannot hold.

public import SourceAlgorithms
public import Tasks
internal import TensorFiles

/// A recorded history. Steps and episodes are numbered from 0 within the history.
///
/// Its steps are those of a single task: nothing made of one history mixes tasks.
public struct History: Sendable {
  /// The task that was learned.
  public let task: TaskID
  /// Which run of the learner on that task, from 0.
  public let learner: Int
  /// Which stream (actor, member) of that run, from 0.
  public let stream: Int
  /// The task that the learner had learned before this one, if any.
  public let priorTask: TaskID?
  /// Which of the learner's streams it is.
  public let role: StreamRole
  public let episodeCount: Int
  /// The number of environment steps.
  public let stepCount: Int
  private let shard: HistoryShard
  private let firstEpisode: Int
  private let firstStep: Int

  init(
    _ shard: HistoryShard, task: TaskID, learner: Int, stream: Int, priorTask: TaskID?,
    role: StreamRole, episodes: Range<Int>, steps: Range<Int>
  ) {
    self.shard = shard
    self.task = task
    self.learner = learner
    self.stream = stream
    self.priorTask = priorTask
    self.role = role
    episodeCount = episodes.count
    stepCount = steps.count
    firstEpisode = episodes.lowerBound
    firstStep = steps.lowerBound
  }

  /// What observations, actions and rewards look like.
  public var interface: TaskInterface { shard.interface }

  /// The steps of an episode.
  public func steps(ofEpisode episode: Int) -> Range<Int> {
    let index = shardEpisode(episode)
    let (start, end) = (Int(shard.episodeOffsets[index]), Int(shard.episodeOffsets[index + 1]))
    return start - firstStep..<end - firstStep
  }

  /// What was seen before the action of a step. One that carries floats or bytes is allocated.
  public func observation(at step: Int) -> Observation {
    shard.observations(at: shardStep(step))
  }

  /// The action of a step; where it has several factors, their choices joined.
  public func action(at step: Int) -> Int {
    shard.actions[shardStep(step)]
  }

  /// What an expert would have done in place of the action of a step; nil where none was asked.
  public func expertAction(at step: Int) -> Int? {
    shard.expertActions?[shardStep(step)]
  }

  /// The reward that the action of a step gave, undiscounted.
  public func reward(at step: Int) -> Float {
    shard.reward(at: shardStep(step))
  }

  /// The sum of an episode's rewards, undiscounted.
  public func `return`(ofEpisode episode: Int) -> Double {
    var sum = 0.0
    for step in steps(ofEpisode: episode) { sum += Double(reward(at: step)) }
    return sum
  }

  /// The environment steps that all streams of the learner had taken when an episode ended; where the file does not say,
  /// those of this history.
  public func learnerSteps(atEndOf episode: Int) -> Int {
    shard.learnerSteps(atEndOf: shardEpisode(episode)) ?? steps(ofEpisode: episode).upperBound
  }

  /// Whether an episode ended for good, rather than by running out of steps.
  public func isTerminated(_ episode: Int) -> Bool {
    shard.episodeTerminated[shardEpisode(episode)]
  }

  /// What it was made a copy of before an episode, such as another member of a population; nil if it was not.
  public func parent(ofEpisode episode: Int) -> HistoryParent? {
    shard.parent(ofEpisode: shardEpisode(episode))
  }

  /// Tells the system that steps of this history, and of all others of its shard, will be read here and
  /// there, as windows are: from a disk, each then costs a page and not what lies around it.
  package func expectRandomReads() { shard.expectRandomReads() }

  /// Has the system begin to read steps that are not in memory, without waiting for them.
  package func willRead(_ steps: Range<Int>) {
    precondition(
      steps.lowerBound >= 0 && steps.upperBound <= stepCount, "no steps \(steps) among \(stepCount)"
    )
    shard.willRead(firstStep + steps.lowerBound..<firstStep + steps.upperBound)
  }

  private func shardStep(_ step: Int) -> Int {
    precondition(step >= 0 && step < stepCount, "no step \(step) among \(stepCount)")
    return firstStep + step
  }

  private func shardEpisode(_ episode: Int) -> Int {
    precondition(
      episode >= 0 && episode < episodeCount, "no episode \(episode) among \(episodeCount)")
    return firstEpisode + episode
  }
}

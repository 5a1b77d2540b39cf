// A source of histories that takes no time: it acts at random and, later in its life, stays where a
// reward was. For tests of everything that records, reads or learns from histories.

public import Randomness
public import SourceAlgorithms
public import Tasks

/// A learner without a network: streams take turns, each episode improves on the one before.
public struct ScriptedLearner: SourceLearner {
  /// `scripted`.
  public var name: String { "scripted" }
  /// The number of streams.
  public let streamCount: Int
  /// The episodes of each stream.
  public let episodesPerStream: Int
  /// Whether episodes end, for good, after a random number of steps.
  public let endsEarly: Bool

  /// A learner with some streams of some episodes.
  public init(streamCount: Int = 2, episodesPerStream: Int = 10, endsEarly: Bool = false) {
    self.streamCount = streamCount
    self.episodesPerStream = episodesPerStream
    self.endsEarly = endsEarly
  }

  /// Acts at random; with a chance that grows with the episodes, repeats a rewarded action's observation
  /// by acting with the last action, which in a dark room is `stay`.
  public func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    var steps = 0
    for number in 0..<episodesPerStream {
      let skill = Float(number) / Float(episodesPerStream)
      for stream in 0..<streamCount {
        let episode = try live(task, skill: skill, using: &random)
        steps += episode.stepCount
        try emit(StreamedEpisode(stream: stream, learnerSteps: steps, episode: episode))
      }
    }
  }

  private func live<World: Environment>(
    _ task: World, skill: Float, using random: inout Random
  ) throws(World.Failure) -> Episode {
    let interface = task.interface
    let length = endsEarly ? 1 + random.below(interface.episodeLength) : interface.episodeLength
    var episode = Episode()
    var state = try task.reset(using: &random)
    var reward: Float = 0
    for step in 1...length {
      let stays = reward > 0 && random.chance(skill)
      let action = stays ? interface.actionCount - 1 : random.below(interface.actionCount)
      let observation = task.observation(of: state)
      var transition = try task.step(&state, action, using: &random)
      reward = transition.reward
      if endsEarly && step == length { transition = .terminated(reward: reward) }
      episode.append(observation, action, transition)
    }
    return episode
  }
}

// Histories without a learner: an oracle whose noise fades (AD^ε, Zisman et al. 2024, arXiv:2312.12275). With
// probability ε the action is any, otherwise one of the best; ε falls linearly from the first episode to the
// last. What such a history shows looks like learning, and costs only a plan of the world. The
// oracle plans by backward induction (see `EpisodePlan`), so the world's states must be such as can be
// listed. In order: settings, the curriculum.

public import Randomness
public import Tasks

/// The settings of `NoiseCurriculum`.
public struct NoiseCurriculumSettings: LearnerSettings {
  public static var algorithm: String { "noise-curriculum" }

  /// Episodes of the history.
  public var episodes = 200
  /// ε in the first episode.
  public var initialNoise = 1.0
  /// ε from the end of the fading on.
  public var finalNoise = 0.0
  /// The part of the episodes over which ε falls.
  public var fadingFraction = 0.9

  public init() {}

  /// What makes the settings impossible; empty if nothing does.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if episodes < 1 {
      problems.append(("episodes", "a history has at least 1 episode, not \(episodes)"))
    }
    for (key, value) in [("initialNoise", initialNoise), ("finalNoise", finalNoise)]
    where !(0...1).contains(value) {
      problems.append((key, "a probability lies in 0 ... 1, not at \(value)"))
    }
    if !(fadingFraction > 0 && fadingFraction <= 1) {
      problems.append(
        ("fadingFraction", "a part lies above 0 and up to 1, not at \(fadingFraction)"))
    }
    return problems + self.problems(above: [("episodes", episodes, greatestEpisodeCount)])
  }

  /// ε of an episode, counted from 0.
  func noise(inEpisode episode: Int) -> Double {
    let left = max(0, 1 - Double(episode) / (fadingFraction * Double(episodes)))
    return finalNoise + left * (initialNoise - finalNoise)
  }

  public func makeLearner() -> any SourceLearner { NoiseCurriculum(self) }
}

/// An oracle whose noise fades.
public struct NoiseCurriculum: SourceLearner {
  /// What was chosen.
  public let settings: NoiseCurriculumSettings

  /// A curriculum.
  /// - Precondition: The settings have no problems.
  public init(_ settings: NoiseCurriculumSettings = NoiseCurriculumSettings()) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    self.settings = settings
  }

  /// `noise-curriculum`.
  public var name: String { NoiseCurriculumSettings.algorithm }

  /// One.
  public var streamCount: Int { 1 }

  /// As set.
  public var episodesPerStream: Int { settings.episodes }

  /// False: an oracle knows the state.
  public var readsObservations: Bool { false }

  /// States that cannot be listed cannot be planned over.
  public func problem(with interface: TaskInterface, isListed: Bool) -> String? {
    isListed
      ? nil
      : "an oracle plans over listed states, which the task has not; choose another learner"
  }

  /// Lives the episodes of the curriculum. What was learned before does not matter to an oracle.
  public func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    guard let finite = task as? any FiniteEnvironment else {
      preconditionFailure("there is no oracle for \(World.self), whose states cannot be listed")
    }
    try live(finite, using: &random, emit: emit)
  }

  private func live<World: FiniteEnvironment>(
    _ task: World, using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    let plan = EpisodePlan(of: task)
    let bestActions = plan.bestActions()
    var lived = StreamedEpisode(stream: 0, learnerSteps: 0, episode: Episode())
    for number in 0..<settings.episodes {
      let noise = Float(settings.noise(inEpisode: number))
      lived.episode.removeAll()
      var life = Life(in: task, using: &random)
      while !life.isOver {
        let left = task.interface.episodeLength - life.stepsInEpisode
        let best = bestActions[left - 1][plan.number(of: life.state)]
        let action =
          random.chance(noise)
          ? random.below(task.interface.actionCount) : best[random.below(best.count)]
        let observation = life.observation
        lived.episode.append(
          observation, action, life.step(action, using: &random).transition)
      }
      lived.learnerSteps += lived.episode.stepCount
      try emit(lived)
    }
  }
}

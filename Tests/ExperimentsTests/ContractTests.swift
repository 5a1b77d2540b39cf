// What every registered family of tasks and every registered learner must do, whatever it is.

import Experiments
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport
import Testing

/// The registered names, with those of a library user's own.
private enum Contract {
  static let families = {
    OwnWorld.register()
    return Registry.families.map { $0.family }
  }()
  static let learners = {
    OwnWorld.register()
    return Registry.learners.map { $0.algorithm }
  }()
}

@Suite struct `Every family of tasks` {
  @Test(arguments: Contract.families)
  func `bears the name it is registered under`(kind: String) {
    #expect(family(kind).name == kind)
  }

  @Test(arguments: Contract.families)
  func `gives what its interface says`(kind: String) throws {
    for task in sample(of: family(kind)) { try checkInterface(of: family(kind), task) }
  }

  @Test(arguments: Contract.families)
  func `lives the same from the same chance`(kind: String) throws {
    for task in sample(of: family(kind)) {
      #expect(try lived(in: family(kind), task, seed: 3) == lived(in: family(kind), task, seed: 3))
    }
  }

  @Test(arguments: Contract.families)
  func `states what random actions earn`(kind: String) throws {
    let family = family(kind)
    for task in sample(of: family) {
      let returns = try lived(in: family, task, seed: 5, episodes: 3000).map(\.return)
      let mean = returns.reduce(0, +) / Double(returns.count)
      let variance = returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(returns.count)
      let error = (max(variance, 0.01) / Double(returns.count)).squareRoot()
      #expect(abs(mean - family.randomReturn(of: task)) < 5 * error)
      if let optimum = family.optimalReturn(of: task) {
        #expect(optimum >= family.randomReturn(of: task))
      }
    }
  }

  @Test(arguments: Contract.families)
  func `has an optimum that an oracle earns, where its states can be listed`(
    kind: String
  ) throws {
    let family = family(kind)
    guard family.hasListedStates else { return }
    var settings = NoiseCurriculumSettings()
    settings.episodes = 3000
    settings.initialNoise = 0
    for task in sample(of: family) {
      let returns = try lived(NoiseCurriculum(settings), in: family, task, seed: 1).map(\.return)
      let mean = returns.reduce(0, +) / Double(returns.count)
      let optimum = try #require(family.optimalReturn(of: task))
      // Bandits pay by chance: 5 standard errors of at most ½; all other worlds pay surely.
      let error = family.interface.episodeLength == 1 ? 2.5 / Double(3000).squareRoot() : 1e-9
      #expect(abs(mean - optimum) <= error)
    }
  }

  @Test(arguments: Contract.families)
  func `is split into tasks that share nothing, nor with its test sets`(
    kind: String
  ) {
    let family = family(kind)
    let split = TaskSplit(of: family, heldOut: 3, validation: 2, training: 7, seed: Seed(1))
    let parts = [split.training, split.validation, split.heldOut] + family.testSets.map(\.tasks)
    #expect(split.training.count == 7)
    #expect(Set(parts.joined()).count == parts.reduce(0) { $0 + $1.count })
  }

  private func family(_ kind: String) -> any TaskFamily {
    TaskSettings(family: kind)?.makeFamily() ?? DarkRoomFamily()
  }

  /// The first, the last and some tasks between.
  private func sample(of family: any TaskFamily) -> [TaskID] {
    (0..<5).map { TaskID($0 * (family.taskCount - 1) / 4) }
  }

  private func checkInterface(of family: some TaskFamily, _ id: TaskID) throws {
    let world = family.task(id)
    #expect(world.interface == family.interface)
    for episode in try lived(in: family, id, seed: 1) {
      #expect((1...world.interface.episodeLength).contains(episode.stepCount))
      #expect(episode.isTerminated || episode.stepCount == world.interface.episodeLength)
      for step in episode.steps {
        #expect(world.interface.allows(reward: step.reward))
        for component in 0..<4 {
          let sizes = world.interface.observationSizes
          let size = component < sizes.count ? sizes[component] : 1
          #expect(Int(step.observation.components[component]) < size)
        }
      }
    }
  }

  /// Episodes of random actions: an oracle that is never listened to needs no list of states.
  private func lived(
    in family: some TaskFamily, _ id: TaskID, seed: UInt64, episodes: Int = 20
  ) throws -> [Episode] {
    try lived(RandomActions(episodesPerStream: episodes), in: family, id, seed: seed)
  }

  private func lived(
    _ learner: some SourceLearner, in family: some TaskFamily, _ id: TaskID, seed: UInt64
  ) throws -> [Episode] {
    var random = Seed(seed).random(for: "contract", id.index)
    var episodes: [Episode] = []
    try learner.learn(family.task(id), using: &random) { episodes.append($0.episode) }
    return episodes
  }
}

@Suite struct `Every source learner` {
  @Test(arguments: Contract.learners)
  func `bears the name it is registered under`(kind: String) {
    #expect(settings(kind).makeLearner().name == kind)
  }

  @Test(arguments: Contract.learners, [false, true])
  func `emits every episode of every stream, in order, as the task shows it`(
    kind: String, remembersRewards: Bool
  ) throws {
    for family in families(for: kind, remembersRewards: remembersRewards) {
      let learner = settings(kind, remembersRewards: remembersRewards).makeLearner()
      try checkEpisodes(of: learner.prepared(for: family), in: family)
    }
  }

  @Test(arguments: Contract.learners)
  func `learns the same from the same chance and another way from another`(
    kind: String
  ) throws {
    for family in families(for: kind) {
      let learner = settings(kind).makeLearner().prepared(for: family)
      let task = TaskID(family.taskCount / 3)
      let first = try episodes(of: learner, in: family, task, seed: 1)
      #expect(try first == episodes(of: learner, in: family, task, seed: 1))
      #expect(try first != episodes(of: learner, in: family, task, seed: 2))
    }
  }

  @Test(arguments: Contract.learners)
  func `begins with another task and emits its own alone`(kind: String) throws {
    for family in families(for: kind) {
      let learner = settings(kind).makeLearner().prepared(for: family)
      let own = try episodes(of: learner, in: family, TaskID(1), after: [TaskID(0)], seed: 1)
      #expect(own.count == learner.streamCount * learner.episodesPerStream)
      // What an oracle and UCB do on a task follows from that task alone.
      if kind == A3CSettings.algorithm || kind == DQNSettings.algorithm {
        #expect(try own != episodes(of: learner, in: family, TaskID(1), seed: 1))
      }
    }
  }

  /// Small settings.
  private func settings(
    _ kind: String, remembersRewards: Bool = false
  ) -> SourceSettings {
    var settings = SourceSettings(algorithm: kind) ?? SourceSettings()
    settings.remembersRewards = remembersRewards
    switch settings.settings {
    case var a3c as A3CSettings:
      (a3c.actors, a3c.episodes, a3c.hiddenWidth, a3c.noveltyBonus) = (3, 12, 16, 0.1)
      settings.settings = a3c
    case var dqn as DQNSettings:
      (dqn.actors, dqn.episodes) = (2, 6)
      settings.settings = dqn
    case is GittinsPolicySettings: settings[GittinsPolicySettings.self].episodes = 12
    case is PosteriorSamplingSettings: settings[PosteriorSamplingSettings.self].episodes = 12
    case is NoiseCurriculumSettings: settings[NoiseCurriculumSettings.self].episodes = 12
    case is TabularQLearningSettings: settings[TabularQLearningSettings.self].episodes = 12
    case is UpperConfidenceBoundSettings: settings[UpperConfidenceBoundSettings.self].episodes = 12
    default: break
    }
    return settings
  }

  /// All families that the learner can learn.
  private func families(
    for kind: String, remembersRewards: Bool = false
  ) -> [any TaskFamily] {
    Registry.families.map { $0.init().makeFamily() }.filter { family in
      let learner = settings(kind, remembersRewards: remembersRewards).makeLearner()
      return learner.problem(with: family.interface, isListed: family.hasListedStates) == nil
    }
  }

  private func checkEpisodes(of learner: any SourceLearner, in family: some TaskFamily) throws {
    var counts = [Int](repeating: 0, count: learner.streamCount)
    var steps = [Int](repeating: 0, count: learner.streamCount)
    for lived in try episodes(of: learner, in: family, TaskID(2), seed: 1) {
      counts[lived.stream] += 1
      #expect(lived.learnerSteps > steps[lived.stream])
      steps[lived.stream] = lived.learnerSteps
      let sizes = family.interface.observationSizes
      for step in lived.episode.steps {
        #expect(Int(step.action) < family.interface.actionCount)
        for component in 0..<4 {
          let size = component < sizes.count ? sizes[component] : 1
          #expect(Int(step.observation.components[component]) < size)
        }
      }
    }
    #expect(counts.allSatisfy { $0 == learner.episodesPerStream })
  }

  private func episodes(
    of learner: any SourceLearner, in family: some TaskFamily, _ task: TaskID,
    after previous: [TaskID] = [], seed: UInt64
  ) throws -> [StreamedEpisode] {
    var random = Seed(seed).random(for: "contract")
    var lived: [StreamedEpisode] = []
    try learner.learn(family.task(task), after: previous.map(family.task), using: &random) {
      lived.append(copy $0)
    }
    return lived
  }
}

/// Acts at random.
private struct RandomActions: SourceLearner {
  let name = "random"
  let streamCount = 1
  let episodesPerStream: Int

  func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    var lived = StreamedEpisode(stream: 0, learnerSteps: 0, episode: Episode())
    for _ in 0..<episodesPerStream {
      lived.episode.removeAll()
      var life = try Life(in: task, using: &random)
      while !life.isOver {
        let (observation, action) = (life.observation, random.below(task.interface.actionCount))
        let step = try life.step(action, using: &random)
        lived.episode.append(observation, action, step.transition)
      }
      lived.learnerSteps += lived.episode.stepCount
      try emit(lived)
    }
  }
}

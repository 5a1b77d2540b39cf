// The claim, put to the test: a frozen model acts in tasks it never saw, its context fills, and its
// return is watched. Streams (a task and an evaluation seed each) are stepped together, so that the
// model reads one matrix per step; what a stream lives through follows from its identity alone, and no
// bit of it from the streams it shares the matrix with.

public import LearningHistories
internal import LinearAlgebra
public import Models
public import Randomness
public import Tasks

/// How streams act, what they start with and what they are told.
public struct RolloutConditions: Sendable {
  /// How predictions become actions.
  public var acting = ActingSettings()
  /// Whether the model is told a reward of 0 whatever happened.
  public var hidesRewards = false
  /// Steps of another's life in each task, put into the context before the first episode; drawn for
  /// each evaluation seed in turn. Empty for none.
  public var prompts: [TaskID: [[ContextStep]]] = [:]
  /// The task whose stream of the first evaluation seed keeps all that it sees; none if nil.
  public var watchedTask: TaskID?

  /// An empty context, true rewards, actions as predicted.
  public init() {}
}

/// The life of one stream.
public struct StreamReturns: Equatable, Sendable {
  public let task: TaskID
  /// The evaluation seed, from 0.
  public let evaluationSeed: Int
  /// The return of each episode, undiscounted.
  public let returns: [Double]
  /// The environment steps taken by the end of each episode.
  public let environmentSteps: [Int]
  /// What was seen in each episode, before the first action and after each; of watched streams alone.
  public let sights: [[Observation]]
  /// What the model was told of each step; of watched streams alone.
  public let steps: [ContextStep]
}

/// A part of a rollout.
public struct RolloutProgress: Equatable, Sendable {
  /// The environment steps taken.
  public let steps: Int
  /// The episodes finished, of those that count.
  public let episodes: Int
}

/// Rollouts of a frozen model in several tasks at once.
public struct InContextRollout: Sendable {
  /// The episodes of each stream.
  public let episodes: Int
  /// The streams of each task.
  public let seedsPerTask: Int
  /// How the model acts and what it is told.
  public let conditions: RolloutConditions
  /// All chance of the rollout: of the environments and of the actions.
  public let seed: Seed

  /// The most streams that share a matrix: as many as let their caches stay near.
  package static let streamsPerMatrix = 8

  /// A rollout, not yet begun.
  public init(episodes: Int, seedsPerTask: Int, conditions: RolloutConditions, seed: Seed) {
    precondition(
      episodes >= 1 && seedsPerTask >= 1, "\(episodes) episodes of \(seedsPerTask) streams")
    self.episodes = episodes
    self.seedsPerTask = seedsPerTask
    self.conditions = conditions
    self.seed = seed
  }

  /// Acts in every task with every evaluation seed.
  /// - Parameters:
  ///   - parameters: The frozen model; only read.
  ///   - progress: Receives what was just done, from any worker.
  /// - Returns: The streams by task, then by evaluation seed.
  /// - Throws: What a world or `progress` throws.
  public func run<Family: TaskFamily>(
    _ parameters: Parameters, in family: Family, tasks: [TaskID], workers: Int,
    progress: @Sendable (RolloutProgress) throws -> Void = { _ in }
  ) throws -> [StreamReturns] {
    let identities = tasks.flatMap { task in (0..<seedsPerTask).map { (task, $0) } }
    let rounds = max(
      1,
      (identities.count + workers * Self.streamsPerMatrix - 1) / (workers * Self.streamsPerMatrix))
    let count = min(identities.count, rounds * workers)
    let groups = try (0..<count).map { group in
      StreamGroup(
        streams: try identities[
          group * identities.count / count..<(group + 1) * identities.count / count
        ].map { try RolloutStream(family.task($0.0), task: $0.0, evaluationSeed: $0.1, self) })
    }
    try concurrently(over: groups, workers: workers) { _, group, _ in
      try group.live(parameters, self, renderer: family.renderer, progress)
    }
    return groups.flatMap { $0.streams.map(\.result) }
  }
}

/// One stream on its way.
private struct RolloutStream<World: Environment> {
  let task: TaskID
  let evaluationSeed: Int
  private(set) var life: Life<World>
  private(set) var returns: [Double] = []
  private var environmentRandom: Random
  /// What the draws of its actions follow from.
  let actionRandom: Random
  private var environmentSteps: [Int] = []
  private var sights: [[Observation]] = []
  private let isWatched: Bool
  private var sightsOfEpisode: [Observation] = []
  private var steps: [ContextStep] = []
  private var stepsSoFar = 0

  init(
    _ world: World, task: TaskID, evaluationSeed: Int, _ rollout: InContextRollout
  ) throws(World.Failure) {
    self.task = task
    self.evaluationSeed = evaluationSeed
    isWatched = evaluationSeed == 0 && task == rollout.conditions.watchedTask
    environmentRandom = rollout.seed.random(for: "environment", task.index, evaluationSeed)
    actionRandom = rollout.seed.random(for: "action", task.index, evaluationSeed)
    life = try Life(in: world, using: &environmentRandom)
  }

  var result: StreamReturns {
    StreamReturns(
      task: task, evaluationSeed: evaluationSeed, returns: returns,
      environmentSteps: environmentSteps, sights: sights, steps: steps)
  }

  /// Lives a step, of which the agent is told.
  mutating func step(
    _ action: Int, by agent: InContextAgent, _ index: Int, hidesRewards: Bool
  ) throws(World.Failure) {
    let observation = life.observation
    let lived = try life.step(action, using: &environmentRandom)
    let step = agent.finish(
      index, reward: hidesRewards ? 0 : lived.reward, endsEpisode: lived.endsEpisode)
    if isWatched {
      sightsOfEpisode.append(observation)
      steps.append(step)
    }
    stepsSoFar += 1
    guard lived.endsEpisode else { return }
    returns.append(life.returnOfEpisode)
    environmentSteps.append(stepsSoFar)
    if isWatched {
      sights.append(sightsOfEpisode + [life.observation])
      sightsOfEpisode = []
    }
    try life.beginEpisode(using: &environmentRandom)
  }
}

/// Streams that share the model's matrices.
private final class StreamGroup<World: Environment> {
  var streams: [RolloutStream<World>]

  init(streams: [RolloutStream<World>]) { self.streams = streams }

  func live(
    _ parameters: Parameters, _ rollout: InContextRollout, renderer: (any Renderer)?,
    _ progress: @Sendable (RolloutProgress) throws -> Void
  ) throws {
    let conditions = rollout.conditions
    let agent = InContextAgent(
      parameters, randoms: streams.map { $0.actionRandom }, settings: conditions.acting,
      renderer: renderer)
    for (index, stream) in streams.enumerated() {
      guard let prompts = conditions.prompts[stream.task], !prompts.isEmpty else { continue }
      agent.prompt(index, with: prompts[stream.evaluationSeed % prompts.count])
    }
    let all = Array(streams.indices)
    var finished = 0
    while let slowest = streams.lazy.map({ $0.returns.count }).min(), slowest < rollout.episodes {
      let actions = try agent.choose(on: streams.map { $0.life.observation }, in: all)
      for index in all { streams[index].life.announce(actions[index]) }
      for index in all {
        try streams[index].step(
          actions[index], by: agent, index, hidesRewards: conditions.hidesRewards)
      }
      let before = finished
      finished = streams.reduce(0) { $0 + min($1.returns.count, rollout.episodes) }
      try progress(RolloutProgress(steps: streams.count, episodes: finished - before))
    }
    for index in streams.indices { streams[index].keepFirst(rollout.episodes) }
  }
}

extension RolloutStream {
  /// Forgets episodes lived while slower streams of the group were finishing theirs.
  mutating func keepFirst(_ episodes: Int) {
    returns.removeSubrange(episodes...)
    environmentSteps.removeSubrange(episodes...)
    if isWatched {
      sights.removeSubrange(episodes...)
      steps.removeSubrange((environmentSteps.last ?? 0)...)
    }
  }
}

extension History {
  /// The steps of some successive episodes, as a context holds them.
  public func contextSteps(ofEpisodes episodes: Range<Int>) -> [ContextStep] {
    episodes.flatMap { episode in
      let steps = self.steps(ofEpisode: episode)
      return steps.map { step in
        ContextStep(
          observation: observation(at: step), action: action(at: step), reward: reward(at: step),
          startsEpisode: step == steps.lowerBound)
      }
    }
  }
}

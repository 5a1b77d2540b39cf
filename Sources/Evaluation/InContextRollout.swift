// The claim, put to the test: a frozen model acts in tasks it never saw, its context fills, and its
// return is watched. Streams (a task and an evaluation seed each) are stepped together, so that the
// model reads one matrix per step; what a stream lives through follows from its identity alone, and no
// bit of it from the streams it shares the matrix with.

internal import Learning
public import LearningHistories
internal import LinearAlgebra
public import Models
public import Randomness
public import Tasks

/// What a stream starts with and what it is told.
public struct RolloutConditions: Sendable {
  /// Divides the logits before an action is drawn; 1 acts as the model predicts.
  public var temperature = 1.0
  /// ε, the probability of an action at random, where a model predicts the values of actions, and not which is
  /// taken; otherwise the action of the greatest value.
  public var exploration = 0.0
  /// The greatest share of a full context that is dropped at once.
  public var droppedFraction = 0.5
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
    precondition(conditions.temperature > 0, "a temperature of \(conditions.temperature)")
    precondition(
      (0...1).contains(conditions.exploration), "an exploration of \(conditions.exploration)")
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
  private var actionRandom: Random
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

  /// Acts on what was predicted for the stream and returns the step, as the model is told of it.
  /// - Parameters:
  ///   - weights: To which the probabilities of the choices are proportional, factor after factor.
  ///   - policy: Of whose factors each is drawn by itself.
  mutating func step(
    _ weights: [Float], _ policy: FactoredPolicy, _ conditions: RolloutConditions
  ) throws(World.Failure) -> ContextStep {
    let observation = life.observation
    let startsEpisode = life.stepsInEpisode == 0
    let action = policy.draw(from: weights.span, using: &actionRandom)
    let lived = try life.step(action, using: &environmentRandom)
    let step = ContextStep(
      observation: observation, action: action,
      reward: conditions.hidesRewards ? 0 : lived.reward, startsEpisode: startsEpisode)
    if isWatched {
      sightsOfEpisode.append(observation)
      steps.append(step)
    }
    stepsSoFar += 1
    if lived.endsEpisode {
      returns.append(life.returnOfEpisode)
      environmentSteps.append(stepsSoFar)
      if isWatched {
        sights.append(sightsOfEpisode + [life.observation])
        sightsOfEpisode = []
      }
      try life.beginEpisode(using: &environmentRandom)
    }
    return step
  }
}

extension RolloutConditions {
  /// Overwrites `weights`, to which the probabilities of each factor's choices are proportional.
  fileprivate func weigh(
    _ predictions: Matrix, row: Int, _ kind: Prediction, _ policy: FactoredPolicy,
    into weights: inout [Float]
  ) {
    let values = predictions.row(row)
    for choices in policy.parts {
      var best = choices.lowerBound
      for index in choices where values[index] > values[best] { best = index }
      for index in choices {
        weights[index] =
          kind == .actionValues
          ? Float(exploration) / Float(choices.count)
          : exponential((values[index] - values[best]) / Float(temperature))
      }
      if kind == .actionValues { weights[best] += Float(1 - exploration) }
    }
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
    let context = parameters.makeContext(
      streamCount: streams.count, droppedFraction: rollout.conditions.droppedFraction,
      renderer: renderer)
    for (index, stream) in streams.enumerated() {
      guard let prompts = rollout.conditions.prompts[stream.task], !prompts.isEmpty else {
        continue
      }
      context.prefill(index, with: prompts[stream.evaluationSeed % prompts.count])
    }
    let kind = parameters.configuration.predicts
    let policy = FactoredPolicy(factors: parameters.configuration.predictedFactors)
    var weights = [Float](repeating: 0, count: context.logits.columns)
    var finished = 0
    while let slowest = streams.lazy.map({ $0.returns.count }).min(), slowest < rollout.episodes {
      context.predict(streams.map { $0.life.observation })
      for index in streams.indices {
        rollout.conditions.weigh(context.logits, row: index, kind, policy, into: &weights)
        let step = try streams[index].step(weights, policy, rollout.conditions)
        context.append(step, to: index)
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

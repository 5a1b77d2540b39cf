// Deep Q-learning (Mnih et al. 2015, doi:10.1038/nature14236) with λ-returns, as it makes histories for
// algorithm distillation in the Watermaze (Laskin et al. 2022, appendix). In order: settings, the learner, a
// run with its schedule, its actors and what they lived, the values with their gradient. The loss of a step and the
// optimiser are handed in. An action of several factors is one action among all joined ones.
//
// No threads, no priorities. The returns are Q(λ) of Peng & Williams (1996): they continue with the greatest
// value of the target network and are not cut where an actor explored. The time limit ends the return, as in
// A3C.swift.

public import Layers
public import Learning
internal import LinearAlgebra
public import Randomness
public import Tasks

/// The settings of `DQN`.
public struct DQNSettings: LearnerSettings {
  public static var algorithm: String { "dqn" }

  /// The number of actors, each of which makes one history.
  public var actors = 8
  /// Episodes of each actor.
  public var episodes = 160
  /// The environment steps of a rollout, which learns from the values of one state more.
  public var rollout = 20
  /// The steps that an actor's rollout shares with the one before it.
  public var rolloutOverlap = 10
  /// The rollouts of an update.
  public var batch = 4
  /// The share of an update's rollouts that are drawn from the replay; the others are the newest.
  public var replayFraction = 0.5
  /// The newest steps that the replay draws from, those that are new among them. Older ones are kept, and
  /// not drawn.
  public var replayCapacity = 100_000
  /// λ of the returns, from 0 (one step and the greatest value after it) to 1.
  public var lambda = 0.75
  /// γ, per step.
  public var discount = 0.9
  /// Adam's step size.
  public var learningRate = 5e-4
  /// The greatest norm of the gradient; larger ones are scaled down to it.
  public var gradientClipNorm = 10.0
  /// The updates after which the target network copies the other.
  public var targetPeriod = 50
  /// ε in an actor's first episode.
  public var initialExploration = 1.0
  /// ε from the end of the decay on.
  public var finalExploration = 0.01
  /// The part of the episodes over which ε falls linearly from the first to the last.
  public var explorationFraction = 0.2
  /// ε in an actor's first episode of a task that comes after another, whatever it is in the first: low, so
  /// that what was learned there is tried here, and given up.
  public var explorationAfterPrior = 0.3
  /// The fewest episodes of each actor on a task that is learned before the recorded one.
  public var fewestPriorEpisodes = 20
  /// The most episodes of each actor on such a task; each run draws a number.
  public var mostPriorEpisodes = 60
  public var sight = SightSettings()

  /// The defaults: smaller and quicker than the paper's.
  public init() {}

  /// What makes the settings impossible; empty if nothing does.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    func require(_ holds: Bool, _ key: String, _ message: String) {
      if !holds { problems.append((key, message)) }
    }
    func require(_ value: Int, in range: ClosedRange<Int>, _ key: String) {
      require(
        range.contains(value), key,
        "must be \(range.lowerBound) to \(range.upperBound), not \(value)")
    }
    func requirePart(_ value: Double, _ key: String) {
      require((0...1).contains(value), key, "must be in 0 ... 1, not \(value)")
    }
    require(actors, in: 1...4096, "actors")
    require(episodes, in: 1...1_000_000, "episodes")
    require(rollout, in: 1...4096, "rollout")
    require(rolloutOverlap, in: 0...min(max(rollout, 1), 4096) - 1, "rolloutOverlap")
    require(batch, in: 1...4096, "batch")
    require(replayCapacity, in: min(max(rollout, 1), 4096)...1_000_000_000, "replayCapacity")
    require(targetPeriod, in: 1...1_000_000, "targetPeriod")
    require(
      (0...1).contains(replayFraction) && onlineRollouts >= 1, "replayFraction",
      "must leave one rollout of a batch of \(batch) that is new, and not be \(replayFraction)")
    for (value, key) in [
      (lambda, "lambda"), (discount, "discount"), (initialExploration, "initialExploration"),
      (finalExploration, "finalExploration"), (explorationFraction, "explorationFraction"),
      (explorationAfterPrior, "explorationAfterPrior"),
    ] { requirePart(value, key) }
    require(
      learningRate > 0 && learningRate <= 1, "learningRate",
      "must be above 0 and up to 1, not \(learningRate)")
    require(
      gradientClipNorm > 0, "gradientClipNorm", "must be positive, not \(gradientClipNorm)")
    require(fewestPriorEpisodes, in: 1...1_000_000, "fewestPriorEpisodes")
    require(
      mostPriorEpisodes, in: min(max(fewestPriorEpisodes, 1), 1_000_000)...1_000_000,
      "mostPriorEpisodes")
    require(
      sight.dropout == 0, "sight.dropout",
      "must be 0, since values are learned without dropout, not \(sight.dropout)")
    return problems + sight.problems.map { ("sight.\($0.key)", $0.message) }
  }

  /// The rollouts of an update that are new.
  var onlineRollouts: Int {
    let batch = min(max(batch, 1), 4096)
    return batch - Int((min(max(replayFraction, 0), 1) * Double(batch)).rounded())
  }

  public func makeLearner() -> any SourceLearner { DQN(self) }
}

/// Deep Q-learning with λ-returns.
public struct DQN: SourceLearner {
  /// What was chosen.
  public let settings: DQNSettings
  /// What is learned from a step.
  public let loss: any ActionValueLoss
  /// How parameters are moved.
  public let optimiser: any Optimiser

  /// The most actions, joined: a network has an output for each.
  public static let greatestActionCount = 512

  /// A learner.
  /// - Parameters:
  ///   - loss: What is learned from a step.
  ///   - optimiser: How parameters are moved.
  /// - Precondition: The settings have no problems.
  public init(
    _ settings: DQNSettings = DQNSettings(), loss: any ActionValueLoss = SquaredError(),
    optimiser: any Optimiser = Adam()
  ) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    self.settings = settings
    self.loss = loss
    self.optimiser = optimiser
  }

  public var name: String { DQNSettings.algorithm }

  /// One for each actor.
  public var streamCount: Int { settings.actors }

  /// As set.
  public var episodesPerStream: Int { settings.episodes }

  /// It sees whatever is shown, but a value of every action must be learned.
  public func problem(with interface: TaskInterface, isListed: Bool) -> String? {
    guard interface.actionCount > Self.greatestActionCount else { return nil }
    return
      "dqn learns a value of each action, of at most \(Self.greatestActionCount), and the task has "
      + "\(interface.actionCount); choose a3c"
  }

  /// Learns the task, with the network and moments of those before it; explores and replays each anew.
  public func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    requireNoProblem(with: task)
    let values = ActionValues(self, task, using: &random)
    var exploration = settings.initialExploration
    for prior in previous {
      let spread = settings.mostPriorEpisodes - settings.fewestPriorEpisodes + 1
      let episodes = settings.fewestPriorEpisodes + random.below(spread)
      var run = try DQNRun(
        settings, prior, values, episodes: episodes, exploration: exploration, using: &random)
      while !run.isFinished { try run.advance(using: &random) { _ in } }
      exploration = settings.explorationAfterPrior
    }
    var run = try DQNRun(
      settings, task, values, episodes: settings.episodes, exploration: exploration,
      using: &random)
    while !run.isFinished { try run.advance(using: &random, emit: emit) }
  }
}

/// One learner on its way through one task.
package struct DQNRun<World: Environment> {
  private let task: World
  private let settings: DQNSettings
  private let episodes: Int
  /// ε in the first episodes.
  private let initialExploration: Double
  private let values: ActionValues
  private var actors: [ValueActor<World>]
  private var learnerSteps = 0
  /// All rollouts, in the order lived; those from `newest` on were not learned from yet.
  private var rollouts: [Rollout] = []
  private var newest = 0
  private var batch: [Rollout] = []

  /// A part of what an actor lived.
  private struct Rollout {
    let actor: Int
    let firstStep: Int
  }

  /// A learner before its first step in a task.
  /// - Parameter exploration: ε in an actor's first episode.
  package init(
    _ settings: DQNSettings, _ task: World, _ values: ActionValues, episodes: Int,
    exploration: Double, using random: inout Random
  ) throws(World.Failure) {
    self.task = task
    self.settings = settings
    self.episodes = episodes
    initialExploration = exploration
    self.values = values
    actors = []
    for stream in 0..<settings.actors {
      actors.append(try ValueActor(stream: stream, task, using: &random))
    }
  }

  /// The weights of values and targets, the optimiser's state and the number of updates. What the actors live
  /// through, and what is replayed, is no part of it.
  package var learnerState: LearnerState {
    get { values.state }
    nonmutating set { values.state = newValue }
  }

  /// The optimiser's step size: the settings', until another is set.
  package var learningRate: Double {
    get { values.learningRate }
    nonmutating set { values.learningRate = newValue }
  }

  /// Whether all actors have lived all their episodes.
  package var isFinished: Bool { actors.allSatisfy { $0.finishedEpisodes == episodes } }

  /// Lets every actor take a step, then learns from as many batches as new rollouts have been lived for.
  /// - Throws: What the world or `emit` throws, or `LearnerDivergence`.
  package mutating func advance(
    using random: inout Random, emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    let acting = actors.indices.filter { actors[$0].finishedEpisodes < episodes }
    values.evaluate(acting.map { actors[$0].past.observations.last ?? .empty })
    for (row, index) in acting.enumerated() {
      let actor = actors[index]
      let explores = random.chance(exploration(after: actor.finishedEpisodes))
      let action =
        explores ? random.below(task.interface.actionCount) : values.greediestAction(ofRow: row)
      learnerSteps += 1
      if try actor.step(action, using: &random) {
        actor.lived.learnerSteps = learnerSteps
        try emit(actor.lived)
        actor.beginEpisode()
      }
      let steps = actor.past.actions.count
      let stride = settings.rollout - settings.rolloutOverlap
      if steps >= settings.rollout && (steps - settings.rollout) % stride == 0 {
        rollouts.append(Rollout(actor: index, firstStep: steps - settings.rollout))
      }
    }
    while rollouts.count - newest >= settings.onlineRollouts { try learn(using: &random) }
  }

  /// ε of an actor's next episode.
  private func exploration(after finishedEpisodes: Int) -> Float {
    let length = max(settings.explorationFraction * Double(episodes), 1)
    let left = max(0, 1 - Double(finishedEpisodes) / length)
    return Float(
      settings.finalExploration
        + left * (initialExploration - settings.finalExploration))
  }

  private mutating func learn(using random: inout Random) throws(LearnerDivergence) {
    batch.removeAll(keepingCapacity: true)
    batch += rollouts[newest..<newest + settings.onlineRollouts]
    newest += settings.onlineRollouts
    let kept = settings.replayCapacity / (settings.rollout - settings.rolloutOverlap)
    let oldest = max(0, newest - kept)
    while batch.count < settings.batch {
      batch.append(rollouts[oldest + random.below(newest - oldest)])
    }
    try values.learn(from: batch.map { ($0.firstStep, actors[$0.actor].past) })
  }
}

/// All that an actor lived, and what it sees now.
package struct ActorLife {
  /// What was seen before each action; last, what is seen now.
  package var observations: [Observation]
  package var actions: [UInt16] = []
  /// The rewards they gave.
  package var rewards: [Float] = []
  /// Whether an episode ended with the action.
  package var ends: [Bool] = []

  /// A life that begins with what is seen.
  package init(seeing observation: Observation) { observations = [observation] }
}

/// An actor: its own life, all that it lived, its episode under way.
private final class ValueActor<World: Environment> {
  private(set) var past: ActorLife
  var lived: StreamedEpisode
  private(set) var finishedEpisodes = 0
  private var life: Life<World>

  init(stream: Int, _ task: World, using random: inout Random) throws(World.Failure) {
    life = try Life(in: task, using: &random)
    past = ActorLife(seeing: life.observation)
    lived = StreamedEpisode(stream: stream, learnerSteps: 0, episode: Episode())
  }

  /// Acts once; whether the episode ended.
  func step(_ action: Int, using random: inout Random) throws(World.Failure) -> Bool {
    let step = try life.step(action, using: &random)
    lived.episode.append(past.observations[past.actions.count], action, step.transition)
    if step.endsEpisode { try life.beginEpisode(using: &random) }
    past.actions.append(UInt16(action))
    past.rewards.append(step.reward)
    past.ends.append(step.endsEpisode)
    past.observations.append(life.observation)
    return step.endsEpisode
  }

  func beginEpisode() {
    finishedEpisodes += 1
    lived.episode.removeAll()
  }
}

/// A network of action values Q, its target Q⁻, and their learning.
///
/// The loss of an update is the mean over its steps of an `ActionValueLoss`, with the λ-return G_t taken as a
/// constant: G_t = r_t + γ · ((1 − λ) · max Q⁻(o_{t+1}, ·) + λ · G_{t+1}).
package final class ActionValues {
  private let settings: DQNSettings
  private let input: SightInput
  private let network: SightNetwork
  private let vector: Matrix
  /// Of Q, packed.
  package let parameters: SightNetwork.Parameters
  private let target: Matrix
  /// Of Q⁻.
  package let targetParameters: SightNetwork.Parameters
  private let gradient: Matrix
  /// Of the latest update, before it is clipped.
  package let gradients: SightNetwork.Parameters
  /// The optimiser's step size.
  var learningRate: Double
  private let loss: any ActionValueLoss
  private var optimisation: any Optimisation
  private let acting: SightPass
  private let learning: SightPass
  private let targets: SightPass
  private let outputGradient: Matrix
  private var updates = 0
  private var drawn: [UInt8] = []
  private var nextValues: [Float] = []
  private var returns: [Float] = []

  /// Values close to zero.
  package init(_ learner: DQN, _ task: some Environment, using random: inout Random) {
    let settings = learner.settings
    self.settings = settings
    loss = learner.loss
    learningRate = settings.learningRate
    input = SightInput(task.interface, renderer: task.renderer)
    let network = SightNetwork(
      settings.sight, shape: input.shape, outputs: task.interface.actionCount, outputDeviation: 0.01
    )
    self.network = network
    let shapes = network.tensors.map { (rows: $0.rows, columns: $0.columns) }
    let count = Arena.footprint(of: shapes)
    func block() -> (Matrix, [Matrix]) {
      let vector = Matrix(rows: 1, columns: count)
      return (vector, vector.split(into: shapes))
    }
    let (vector, matrices) = block()
    self.vector = vector
    network.initialize(matrices, using: &random)
    parameters = network.parameters(in: matrices, isPacked: true)
    let (target, targetMatrices) = block()
    self.target = target
    target.copy(from: vector)
    targetParameters = network.parameters(in: targetMatrices)
    let (gradient, gradientMatrices) = block()
    self.gradient = gradient
    gradients = network.parameters(in: gradientMatrices)
    optimisation = learner.optimiser.begin(count: count)
    acting = SightPass(network, capacity: settings.actors, isForBackward: false)
    learning = SightPass(network, capacity: settings.batch * (settings.rollout + 1))
    targets = SightPass(
      network, capacity: learning.capacity, sharing: learning.input, isForBackward: false)
    outputGradient = Matrix(rows: learning.capacity, columns: network.outputs)
  }

  /// Weights of values and targets, the optimiser's state, the number of updates.
  var state: LearnerState {
    get {
      var state = LearnerState(
        vectors: ["weights": vector.values, "targetWeights": target.values],
        counters: ["updates": updates])
      state.insert(optimisation.state, under: "optimiser")
      return state
    }
    set {
      vector.assign(newValue.vector("weights", count: vector.count))
      target.assign(newValue.vector("targetWeights", count: target.count))
      updates = newValue.counter("updates")
      optimisation.state = newValue.part(under: "optimiser")
      pack()
    }
  }

  private func pack() { for linear in parameters.linears { linear.packed?.pack(linear.weight) } }

  /// Computes the values of some observations; at most as many as actors.
  package func evaluate(_ observations: [Observation]) {
    for (row, observation) in observations.enumerated() {
      input.read(observation, into: acting.input, row: row, drawingIn: &drawn)
    }
    _ = acting.forward(observations.count, parameters)
  }

  /// The action of the greatest value in a row of the latest evaluation; the first of them.
  package func greediestAction(ofRow row: Int) -> Int {
    let values = acting.output(acting.capacity).row(row)
    var best = 0
    for action in values.indices where values[action] > values[best] { best = action }
    return best
  }

  /// Learns once from rollouts: each a life with the step that it begins at.
  /// - Throws: If the gradient is no number; then nothing has moved.
  package func learn(
    from rollouts: [(firstStep: Int, life: ActorLife)]
  ) throws(LearnerDivergence) {
    computeGradient(of: rollouts)
    let norm = gradient.sumOfSquares.squareRoot()
    guard norm.isFinite else {
      throw LearnerDivergence(
        learner: "dqn", update: updates + 1, tensor: "gradient", lowering: "learningRate",
        learningRate)
    }
    updates += 1
    optimisation.step(
      vector, gradient: gradient, learningRate: learningRate,
      gradientScale: norm > settings.gradientClipNorm ? settings.gradientClipNorm / norm : 1,
      copyingTo: nil)
    pack()
    if updates % settings.targetPeriod == 0 { target.copy(from: vector) }
  }

  private func computeGradient(of rollouts: [(firstStep: Int, life: ActorLife)]) {
    let states = settings.rollout + 1
    for (index, rollout) in rollouts.enumerated() {
      for state in 0..<states {
        input.read(
          rollout.life.observations[rollout.firstStep + state], into: learning.input,
          row: index * states + state, drawingIn: &drawn)
      }
    }
    let count = rollouts.count * states
    let after = targets.forward(count, targetParameters)
    let now = learning.forward(count, parameters)
    let doutput = outputGradient[rows: 0..<count]
    doutput.fill(with: 0)
    let weight = 1 / Float(rollouts.count * settings.rollout)
    for (index, rollout) in rollouts.enumerated() {
      let steps = rollout.firstStep..<rollout.firstStep + settings.rollout
      nextValues.removeAll(keepingCapacity: true)
      for state in 1..<states {
        let values = after.row(index * states + state)
        var greatest = values[0]
        for action in values.indices where values[action] > greatest { greatest = values[action] }
        nextValues.append(greatest)
      }
      computeLambdaReturns(
        rewards: Array(rollout.life.rewards[steps]), ends: Array(rollout.life.ends[steps]),
        nextValues: nextValues, discount: Float(settings.discount),
        lambda: Float(settings.lambda), into: &returns)
      for (state, step) in steps.enumerated() {
        let row = index * states + state
        let action = Int(rollout.life.actions[step])
        var dvalues = doutput.mutableRow(row)
        let (_, dvalue) = loss.differentiate(value: now.row(row)[action], return: returns[state])
        dvalues[action] = weight * dvalue
      }
    }
    gradient.fill(with: 0)
    learning.backward(doutput, parameters, into: gradients)
  }
}

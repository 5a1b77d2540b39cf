// Asynchronous advantage actor-critic (Mnih et al. 2016, arXiv:1602.01783), as it makes histories for
// algorithm distillation (Laskin et al. 2022, appendix). In order: settings, the learner, a run with
// its schedule, an actor, what an actor lived through, the two networks with their gradient. The loss of a step and
// the optimiser are handed in.
//
// No threads: the actors' asynchrony is scheduled by chance from the seed, so that a history can be
// made again to the byte. No replay, no recurrence, no gradient clipping. The time limit ends the
// return: an episode cut there is not continued by a value, because the undiscounted return that
// counts ends there too.

public import Learning
package import LinearAlgebra
public import Randomness
public import Tasks

/// The settings of `A3C`.
public struct A3CSettings: LearnerSettings {
  public static var algorithm: String { "a3c" }

  /// The number of actors, each of which makes one history.
  public var actors = 8
  /// Episodes of each actor.
  public var episodes = 200
  /// The environment steps that an actor takes between two updates.
  public var unroll = 20
  /// Hidden layers of the policy's network, and of the value's.
  public var hiddenLayers = 3
  /// Units of each hidden layer.
  public var hiddenWidth = 128
  /// Adam's step size.
  public var learningRate = 1e-4
  /// γ, per step.
  public var discount = 0.99
  /// λ of the returns, from 0 (one step and the value after it) to 1 (to the end of the episode).
  public var lambda = 0.95
  /// The weight of the policy's entropy, in nats, beside the discounted return.
  public var entropyBonus = 0.01
  /// β: what learning adds to the reward of coming to see something for the n-th time on a task, over all
  /// actors, is β / √n (Strehl & Littman 2008; Bellemare et al. 2016). Histories keep the task's rewards.
  public var noveltyBonus = 0.0
  /// The fewest episodes of each actor on a task that is learned before the recorded one.
  public var fewestPriorEpisodes = 10
  /// The most episodes of each actor on such a task; each run draws a number. Too many, and the policy
  /// is too sure of itself to be unlearned.
  public var mostPriorEpisodes = 40

  /// The defaults: the paper's, except for fewer actors and episodes.
  public init() {}

  /// What makes the settings impossible; empty if nothing does.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    func require(_ holds: Bool, _ key: String, _ message: String) {
      if !holds { problems.append((key, message)) }
    }
    require(
      (1...4096).contains(actors), "actors", "there must be 1 to 4096 actors, not \(actors)")
    require(episodes >= 1, "episodes", "an actor lives at least 1 episode, not \(episodes)")
    require(
      (1...4096).contains(unroll), "unroll", "an update takes 1 to 4096 steps, not \(unroll)")
    require(
      (1...64).contains(hiddenLayers), "hiddenLayers",
      "a network has 1 to 64 hidden layers, not \(hiddenLayers)")
    require(
      (1...4096).contains(hiddenWidth), "hiddenWidth",
      "a hidden layer has 1 to 4096 units, not \(hiddenWidth)")
    require(
      learningRate > 0 && learningRate <= 1, "learningRate",
      "a learning rate lies above 0 and up to 1, not at \(learningRate)")
    require(
      (0...1).contains(discount), "discount", "a discount lies in 0 ... 1, not at \(discount)")
    require((0...1).contains(lambda), "lambda", "λ lies in 0 ... 1, not at \(lambda)")
    for (key, name, value) in [
      ("entropyBonus", "an entropy bonus", entropyBonus),
      ("noveltyBonus", "a novelty bonus", noveltyBonus),
    ] {
      require(value >= 0 && value.isFinite, key, "\(name) is a number from 0, not \(value)")
      require(
        !(value > 1e6 && value.isFinite), key, "\(name) is at most 1000000, not \(value)")
    }
    require(
      fewestPriorEpisodes >= 1, "fewestPriorEpisodes",
      "an actor lives at least 1 episode, not \(fewestPriorEpisodes)")
    require(
      mostPriorEpisodes >= fewestPriorEpisodes, "mostPriorEpisodes",
      "the most episodes are at least the fewest, \(fewestPriorEpisodes), not \(mostPriorEpisodes)")
    return problems
      + self.problems(above: [
        ("episodes", episodes, greatestEpisodeCount),
        ("fewestPriorEpisodes", fewestPriorEpisodes, greatestEpisodeCount),
        ("mostPriorEpisodes", mostPriorEpisodes, greatestEpisodeCount),
      ])
  }

  public func makeLearner() -> any SourceLearner { A3C(self) }
}

/// Asynchronous advantage actor-critic.
public struct A3C: SourceLearner {
  /// What was chosen.
  public let settings: A3CSettings
  /// What is learned from a step.
  public let loss: any ActorCriticLoss
  /// How parameters are moved.
  public let optimiser: any Optimiser

  /// A learner.
  /// - Parameters:
  ///   - loss: What is learned from a step; nil for `LogitActorCriticLoss` with the settings' entropy bonus.
  ///   - optimiser: How parameters are moved.
  /// - Precondition: The settings have no problems.
  public init(
    _ settings: A3CSettings = A3CSettings(), loss: (any ActorCriticLoss)? = nil,
    optimiser: any Optimiser = Adam()
  ) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    self.settings = settings
    self.loss = loss ?? LogitActorCriticLoss(entropyBonus: Float(settings.entropyBonus))
    self.optimiser = optimiser
  }

  public var name: String { A3CSettings.algorithm }

  /// One for each actor.
  public var streamCount: Int { settings.actors }

  /// As set.
  public var episodesPerStream: Int { settings.episodes }

  /// It sees cells and what observations carry, and nothing that must be drawn.
  public func problem(with interface: TaskInterface, isListed: Bool) -> String? {
    interface.sight.isCarried ? nil : interface.problemOfSeeingCells(for: name)
  }

  /// Learns the task, with the networks and moments of those before it.
  ///
  /// In every round, each actor finishes its unroll once, in an order drawn anew: so its gradient is
  /// applied to parameters that have moved 0 to 2 · (actors − 1) times since it copied them.
  public func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    requireNoProblem(with: task)
    var run = try A3CRun(self, task, using: &random)
    for prior in previous {
      let spread = settings.mostPriorEpisodes - settings.fewestPriorEpisodes + 1
      let episodes = settings.fewestPriorEpisodes + random.below(spread)
      try run.begin(prior, episodes: episodes, using: &random)
      try live(&run, using: &random) { _ in }
    }
    if !previous.isEmpty { try run.begin(task, episodes: settings.episodes, using: &random) }
    try live(&run, using: &random, emit: emit)
  }

  /// Lets all actors live all their episodes of the task that was begun.
  private func live<World: Environment>(
    _ run: inout A3CRun<World>, using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    var order = Array(0..<settings.actors)
    while !run.isFinished {
      random.shuffle(&order)
      for actor in order where !run.isFinished(actor) {
        try run.advance(actor, using: &random, emit: emit)
      }
    }
  }
}

/// One learner on its way: the shared parameters and the actors.
package struct A3CRun<World: Environment> {
  package private(set) var task: World
  package let settings: A3CSettings
  package let networks: ActorCriticNetworks
  /// What all actors move and copy.
  package let shared: ActorCriticNetworks.Parameters
  /// Of the latest update.
  package let gradient: ActorCriticNetworks.Parameters
  /// The optimiser's step size: the settings', until another is set.
  package var learningRate: Double
  /// The updates of all actors so far.
  package private(set) var updates = 0
  private var optimisation: any Optimisation
  private var actors: [Actor<World>] = []
  private var unroll: Unroll
  private var learnerSteps = 0
  /// The episodes of each actor on this task.
  private var episodes: Int
  /// How often each observation was come to on this task, where that is rewarded.
  private var visits: [Observation: Int] = [:]

  /// A learner before its first step.
  package init(_ learner: A3C, _ task: World, using random: inout Random) throws(World.Failure) {
    let settings = learner.settings
    self.task = task
    self.settings = settings
    episodes = settings.episodes
    learningRate = settings.learningRate
    networks = ActorCriticNetworks(settings, learner.loss, task.interface)
    shared = networks.makeParameters()
    gradient = networks.makeParameters()
    optimisation = learner.optimiser.begin(count: networks.parameterCount)
    unroll = Unroll(steps: settings.unroll, networks)
    networks.initialize(shared, using: &random)
    for stream in 0..<settings.actors {
      let stale = networks.makeParameters()
      stale.vector.copy(from: shared.vector)
      actors.append(try Actor(stream: stream, task, parameters: stale, using: &random))
    }
  }

  /// Goes on to another task with the networks and moments of those before it.
  package mutating func begin(
    _ next: World, episodes: Int, using random: inout Random
  ) throws(World.Failure) {
    task = next
    self.episodes = episodes
    learnerSteps = 0
    visits.removeAll(keepingCapacity: true)
    for (index, actor) in actors.enumerated() {
      actor.parameters.vector.copy(from: shared.vector)
      actors[index] = try Actor(
        stream: index, next, parameters: actor.parameters, using: &random)
    }
  }

  /// The shared weights, those that each actor copied last, the optimiser's state and the number of updates. What the
  /// actors live through is no part of it. A state without an actor's weights gives it the shared ones.
  package var learnerState: LearnerState {
    get {
      var state = LearnerState(
        vectors: ["weights": shared.vector.values], counters: ["updates": updates])
      for (index, actor) in actors.enumerated() {
        state.vectors["actor/\(index)"] = actor.parameters.vector.values
      }
      state.insert(optimisation.state, under: "optimiser")
      return state
    }
    set {
      let weights = newValue.vector("weights", count: networks.parameterCount)
      shared.vector.assign(weights)
      for (index, actor) in actors.enumerated() {
        actor.parameters.vector.assign(newValue.vectors["actor/\(index)"] ?? weights)
      }
      optimisation.state = newValue.part(under: "optimiser")
      updates = newValue.counter("updates")
    }
  }

  /// What is added to the reward of a step that led to an observation.
  private mutating func noveltyBonus(of observation: Observation) -> Float {
    guard settings.noveltyBonus > 0 else { return 0 }
    let count = visits[observation, default: 0] + 1
    visits[observation] = count
    return Float(settings.noveltyBonus) / Float(count).squareRoot()
  }

  /// Whether all actors have lived all their episodes.
  package var isFinished: Bool { actors.indices.allSatisfy(isFinished) }

  /// Whether an actor has lived all its episodes.
  package func isFinished(_ actor: Int) -> Bool {
    actors[actor].finishedEpisodes == episodes
  }

  /// Lets an actor live through an unroll, applies its gradient, taken at the parameters it copied
  /// last, to the shared parameters, and has it copy those.
  /// - Throws: What the world or `emit` throws, or `LearnerDivergence`.
  package mutating func advance(
    _ index: Int, using random: inout Random, emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    let actor = actors[index]
    let stale = actor.parameters
    unroll.removeAll()
    while !unroll.isFull && actor.finishedEpisodes < episodes {
      let row = unroll.row(of: actor.observation, networks, stale)
      try require(unroll.hasPolicy(inRow: row), "policy")
      let action = networks.actions.draw(from: unroll.probabilities.row(row), using: &random)
      let step = try actor.step(action, using: &random)
      unroll.append(
        row: row, action: action, reward: step.reward + noveltyBonus(of: actor.observation),
        ends: step.endsEpisode)
      learnerSteps += 1
      if step.endsEpisode {
        actor.lived.learnerSteps = learnerSteps
        try emit(actor.lived)
        try actor.beginEpisode(using: &random)
      }
    }
    unroll.following = actor.observation
    networks.computeGradient(of: &unroll, at: stale, into: gradient)
    try require(unroll.returns.allSatisfy(\.isFinite), "return")
    updates += 1
    optimisation.step(
      shared.vector, gradient: gradient.vector, learningRate: learningRate, gradientScale: 1,
      copyingTo: stale.vector)
  }

  private func require(_ hasNumbers: Bool, _ tensor: String) throws(LearnerDivergence) {
    guard hasNumbers else {
      throw LearnerDivergence(
        learner: "a3c", update: updates + 1, tensor: tensor, lowering: "learningRate", learningRate)
    }
  }
}

/// An actor: its own copy of the parameters, its own life, its episode under way.
///
/// A class, because copying a value of it with every step cost a sixth of the time.
private final class Actor<World: Environment> {
  let parameters: ActorCriticNetworks.Parameters
  private(set) var observation: Observation
  private var life: Life<World>
  var lived: StreamedEpisode
  private(set) var finishedEpisodes = 0

  init(
    stream: Int, _ task: World, parameters: ActorCriticNetworks.Parameters,
    using random: inout Random
  ) throws(World.Failure) {
    self.parameters = parameters
    life = try Life(in: task, using: &random)
    observation = life.observation
    lived = StreamedEpisode(stream: stream, learnerSteps: 0, episode: Episode())
  }

  func step(_ action: Int, using random: inout Random) throws(World.Failure) -> LivedStep {
    let step = try life.step(action, using: &random)
    lived.episode.append(observation, action, step.transition)
    observation = life.observation
    return step
  }

  func beginEpisode(using random: inout Random) throws(World.Failure) {
    finishedEpisodes += 1
    lived.episode.removeAll()
    try life.beginEpisode(using: &random)
    observation = life.observation
  }
}

/// What one actor lived through since it copied the parameters, and the networks' activations.
///
/// While the parameters stand still, equal observations have equal activations. So every distinct
/// observation has one row, is passed forward once, and gathers the gradient of all steps taken there.
package struct Unroll {
  /// The distinct observations, one for each row, in the order of their first steps.
  package private(set) var observations: [Observation] = []
  /// The row of each step's observation.
  package private(set) var rows: [Int] = []
  /// Each step's action.
  package private(set) var actions: [Int] = []
  /// Each step's reward.
  package private(set) var rewards: [Float] = []
  /// Whether an episode ended with the step.
  package private(set) var ends: [Bool] = []
  /// What is seen after the last step, unless an episode ended with it.
  package var following = Observation.empty
  /// Rows × logits: the policy.
  package let probabilities: Matrix
  fileprivate let policy: MultilayerPerceptron.Activations
  fileprivate let value: MultilayerPerceptron.Activations
  fileprivate var nextValues: [Float] = []
  /// The λ-return of each step, after the gradient is computed.
  package fileprivate(set) var returns: [Float] = []
  private let capacity: Int

  /// Memory for a number of steps; the value network sees one state more.
  package init(steps: Int, _ networks: ActorCriticNetworks) {
    capacity = steps
    policy = networks.policy.activations(states: steps)
    value = networks.value.activations(states: steps + 1)
    probabilities = Matrix(rows: steps, columns: networks.policy.outputs)
  }

  var isFull: Bool { rows.count == capacity }

  package mutating func removeAll() {
    observations.removeAll(keepingCapacity: true)
    rows.removeAll(keepingCapacity: true)
    actions.removeAll(keepingCapacity: true)
    rewards.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }

  /// The row of an observation, in which the policy there stands.
  package mutating func row(
    of observation: Observation, _ networks: ActorCriticNetworks,
    _ parameters: ActorCriticNetworks.Parameters
  ) -> Int {
    if let known = observations.firstIndex(of: observation) { return known }
    let row = observations.count
    observations.append(observation)
    networks.policy.forward(observation, parameters.policy, into: policy, row: row)
    networks.actions.findProbabilities(of: policy.output, row: row, into: probabilities)
    return row
  }

  /// Whether the policy in a row is made of numbers.
  func hasPolicy(inRow row: Int) -> Bool {
    let probabilities = probabilities.row(row)
    var sum: Float = 0
    for index in probabilities.indices { sum += probabilities[index] }
    return sum.isFinite
  }

  package mutating func append(row: Int, action: Int, reward: Float, ends: Bool) {
    rows.append(row)
    actions.append(action)
    rewards.append(reward)
    self.ends.append(ends)
  }
}

/// The networks of an actor-critic: a policy π and a value V, which share no parameters.
///
/// The loss of an unroll is the mean over its steps of an `ActorCriticLoss`, with the λ-return taken as a constant. The
/// value's error needs no weight: Adam does not feel the scale of a network's gradient.
package struct ActorCriticNetworks {
  package let policy: MultilayerPerceptron
  package let value: MultilayerPerceptron
  /// How the policy's outputs make actions.
  package let actions: FactoredPolicy
  private let settings: A3CSettings
  private let loss: any ActorCriticLoss
  /// The gradient of one step by the logits.
  private let stepGradient: Matrix

  /// Parameters, or their gradient.
  package struct Parameters {
    /// All of them, in one row.
    package let vector: Matrix
    package let policy: MultilayerPerceptron.Parameters
    package let value: MultilayerPerceptron.Parameters
  }

  /// The networks for an interface.
  package init(
    _ settings: A3CSettings, _ loss: any ActorCriticLoss, _ interface: TaskInterface
  ) {
    self.settings = settings
    self.loss = loss
    actions = FactoredPolicy(factors: interface.actionFactors)
    stepGradient = Matrix(rows: 1, columns: actions.logitCount)
    policy = MultilayerPerceptron(
      interface, hiddenLayers: settings.hiddenLayers, width: settings.hiddenWidth,
      outputs: actions.logitCount)
    value = MultilayerPerceptron(
      interface, hiddenLayers: settings.hiddenLayers, width: settings.hiddenWidth, outputs: 1)
  }

  package var parameterCount: Int { policy.parameterCount + value.parameterCount }

  /// Parameters of zero.
  package func makeParameters() -> Parameters {
    let vector = Matrix(rows: 1, columns: parameterCount)
    return Parameters(
      vector: vector,
      policy: policy.parameters(in: vector[columns: 0..<policy.parameterCount]),
      value: value.parameters(in: vector[columns: policy.parameterCount..<parameterCount]))
  }

  /// Draws parameters whose policy is close to uniform and whose values are close to zero: with
  /// outputs of unit size, one goal in twenty was half found and never learned.
  package func initialize(_ parameters: Parameters, using random: inout Random) {
    policy.initialize(parameters.policy, outputScale: 0.01, using: &random)
    value.initialize(parameters.value, outputScale: 0.01, using: &random)
  }

  /// Overwrites `gradient` with the gradient of the unroll's loss.
  package func computeGradient(
    of unroll: inout Unroll, at parameters: Parameters, into gradient: Parameters
  ) {
    evaluate(&unroll, at: parameters)
    computeOutputGradients(of: unroll)
    policy.backward(
      unroll.observations, unroll.policy, parameters.policy, into: gradient.policy)
    value.backward(unroll.observations, unroll.value, parameters.value, into: gradient.value)
  }

  private func evaluate(_ unroll: inout Unroll, at parameters: Parameters) {
    precondition(!unroll.rows.isEmpty, "an unroll without steps has no loss")
    for (row, observation) in unroll.observations.enumerated() {
      value.forward(observation, parameters.value, into: unroll.value, row: row)
    }
    unroll.nextValues.removeAll(keepingCapacity: true)
    for row in unroll.rows.dropFirst() { unroll.nextValues.append(unroll.value.output.row(row)[0]) }
    unroll.nextValues.append(bootstrapValue(of: unroll, at: parameters))
    computeLambdaReturns(
      rewards: unroll.rewards, ends: unroll.ends, nextValues: unroll.nextValues,
      discount: Float(settings.discount), lambda: Float(settings.lambda), into: &unroll.returns)
  }

  private func bootstrapValue(of unroll: Unroll, at parameters: Parameters) -> Float {
    guard unroll.ends.last == false else { return 0 }
    let row = unroll.observations.count
    value.forward(unroll.following, parameters.value, into: unroll.value, row: row)
    return unroll.value.output.row(row)[0]
  }

  private func computeOutputGradients(of unroll: Unroll) {
    unroll.policy.outputGradient.fill(with: 0)
    unroll.value.outputGradient.fill(with: 0)
    let weight = 1 / Float(unroll.rows.count)
    for (step, row) in unroll.rows.enumerated() {
      var stepGradient = stepGradient.mutableRow(0)
      let (_, dvalue) = loss.differentiate(
        actions, logits: unroll.policy.output.row(row),
        probabilities: unroll.probabilities.row(row), value: unroll.value.output.row(row)[0],
        action: unroll.actions[step], return: unroll.returns[step], into: &stepGradient)
      var dLogits = unroll.policy.outputGradient.mutableRow(row)
      for index in dLogits.indices { dLogits[index] += weight * stepGradient[index] }
      var dValue = unroll.value.outputGradient.mutableRow(row)
      dValue[0] += weight * dvalue
    }
  }
}

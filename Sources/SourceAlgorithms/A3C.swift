// Asynchronous advantage actor-critic (Mnih et al. 2016, arXiv:1602.01783), as it makes histories for
// algorithm distillation (Laskin et al. 2022, appendix). In order: settings, the learner, a run with
// its schedule, an actor, what an actor lived through, the two networks with their gradient.
//
// No threads: the actors' asynchrony is scheduled by chance from the seed, so that a history can be
// made again to the byte. No replay, no recurrence, no gradient clipping. The time limit ends the
// return: an episode cut there is not continued by a value, because the undiscounted return that
// counts ends there too.

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

  /// A learner.
  /// - Precondition: The settings have no problems.
  public init(_ settings: A3CSettings = A3CSettings()) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    self.settings = settings
  }

  /// `a3c`.
  public var name: String { A3CSettings.algorithm }

  /// One for each actor.
  public var streamCount: Int { settings.actors }

  /// As set.
  public var episodesPerStream: Int { settings.episodes }

  /// Learns the task, with the networks and moments of those before it.
  ///
  /// In every round, each actor finishes its unroll once, in an order drawn anew: so its gradient is
  /// applied to parameters that have moved 0 to 2 · (actors − 1) times since it copied them.
  public func learn<World: Environment, Failure: Error>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws(Failure) -> Void
  ) throws(Failure) {
    var run = A3CRun(settings, task, using: &random)
    for prior in previous {
      let spread = settings.mostPriorEpisodes - settings.fewestPriorEpisodes + 1
      let episodes = settings.fewestPriorEpisodes + random.below(spread)
      run.begin(prior, episodes: episodes, using: &random)
      live(&run, using: &random) { _ in }
    }
    if !previous.isEmpty { run.begin(task, episodes: settings.episodes, using: &random) }
    try live(&run, using: &random, emit: emit)
  }

  /// Lets all actors live all their episodes of the task that was begun.
  private func live<World: Environment, Failure: Error>(
    _ run: inout A3CRun<World>, using random: inout Random,
    emit: (borrowing StreamedEpisode) throws(Failure) -> Void
  ) throws(Failure) {
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
  package let networks: ActorCritic
  /// What all actors move and copy.
  package let shared: ActorCritic.Parameters
  /// Of the latest update.
  package let gradient: ActorCritic.Parameters
  private var adam: NetworkAdam
  private var actors: [Actor<World>] = []
  private var unroll: Unroll
  private var learnerSteps = 0
  /// The episodes of each actor on this task.
  private var episodes: Int
  /// How often each observation was come to on this task.
  private var visits: [Int] = []

  /// A learner before its first step.
  package init(_ settings: A3CSettings, _ task: World, using random: inout Random) {
    self.task = task
    self.settings = settings
    episodes = settings.episodes
    visits = Array(repeating: 0, count: task.interface.observationCount)
    networks = ActorCritic(settings, task.interface)
    shared = networks.makeParameters()
    gradient = networks.makeParameters()
    adam = NetworkAdam(
      count: networks.parameterCount, firstDecay: 0.9, secondDecay: 0.999, epsilon: 1e-6)
    unroll = Unroll(steps: settings.unroll, networks)
    networks.initialize(shared, using: &random)
    for stream in 0..<settings.actors {
      let stale = networks.makeParameters()
      stale.vector.copy(from: shared.vector)
      actors.append(Actor(stream: stream, task, parameters: stale, using: &random))
    }
  }

  /// Goes on to another task with the networks and moments of those before it.
  package mutating func begin(_ next: World, episodes: Int, using random: inout Random) {
    task = next
    self.episodes = episodes
    learnerSteps = 0
    for index in visits.indices { visits[index] = 0 }
    actors = actors.map { actor in
      actor.parameters.vector.copy(from: shared.vector)
      return Actor(stream: actor.lived.stream, next, parameters: actor.parameters, using: &random)
    }
  }

  /// What is added to the reward of a step that led to an observation.
  private mutating func noveltyBonus(of observation: Observation) -> Float {
    guard settings.noveltyBonus > 0 else { return 0 }
    let index = task.interface.index(of: observation)
    visits[index] += 1
    return Float(settings.noveltyBonus) / Float(visits[index]).squareRoot()
  }

  /// Whether all actors have lived all their episodes.
  package var isFinished: Bool { actors.indices.allSatisfy(isFinished) }

  /// Whether an actor has lived all its episodes.
  package func isFinished(_ actor: Int) -> Bool {
    actors[actor].finishedEpisodes == episodes
  }

  /// Lets an actor live through an unroll, applies its gradient, taken at the parameters it copied
  /// last, to the shared parameters, and has it copy those.
  package mutating func advance<Failure: Error>(
    _ index: Int, using random: inout Random,
    emit: (borrowing StreamedEpisode) throws(Failure) -> Void
  ) throws(Failure) {
    let actor = actors[index]
    let stale = actor.parameters
    unroll.removeAll()
    while !unroll.isFull && actor.finishedEpisodes < episodes {
      let row = unroll.row(of: actor.observation, networks, stale)
      let action = random.categorical(unroll.probabilities.row(row))
      let (reward, ends) = actor.step(action, in: task, using: &random)
      unroll.append(
        row: row, action: action, reward: reward + noveltyBonus(of: actor.observation), ends: ends)
      learnerSteps += 1
      if ends {
        actor.lived.learnerSteps = learnerSteps
        try emit(actor.lived)
        actor.beginEpisode(in: task, using: &random)
      }
    }
    unroll.following = actor.observation
    networks.computeGradient(of: &unroll, at: stale, into: gradient)
    adam.step(
      shared.vector, gradient: gradient.vector, learningRate: settings.learningRate,
      copyingTo: stale.vector)
  }
}

/// An actor: its own copy of the parameters, its own environment, its episode under way.
///
/// A class, because copying a value of it with every step cost a sixth of the time.
private final class Actor<World: Environment> {
  let parameters: ActorCritic.Parameters
  var observation: Observation
  var lived: StreamedEpisode
  var finishedEpisodes = 0
  private var state: World.State

  init(
    stream: Int, _ task: World, parameters: ActorCritic.Parameters, using random: inout Random
  ) {
    self.parameters = parameters
    state = task.reset(using: &random)
    observation = task.observation(of: state)
    lived = StreamedEpisode(stream: stream, learnerSteps: 0, episode: Episode())
  }

  func step(
    _ action: Int, in task: World, using random: inout Random
  ) -> (reward: Float, ends: Bool) {
    let transition = task.step(&state, action, using: &random)
    lived.episode.append(observation, action, transition)
    observation = task.observation(of: state)
    let isCut = lived.episode.stepCount == task.interface.episodeLength
    return (transition.reward, transition.isTerminated || isCut)
  }

  func beginEpisode(in task: World, using random: inout Random) {
    finishedEpisodes += 1
    lived.episode.removeAll()
    state = task.reset(using: &random)
    observation = task.observation(of: state)
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
  /// Rows × actions: the policy.
  package let probabilities: Matrix
  fileprivate let policy: MultilayerPerceptron.Activations
  fileprivate let value: MultilayerPerceptron.Activations
  fileprivate var nextValues: [Float] = []
  /// The λ-return of each step, after the gradient is computed.
  package fileprivate(set) var returns: [Float] = []
  private let capacity: Int

  /// Memory for a number of steps; the value network sees one state more.
  package init(steps: Int, _ networks: ActorCritic) {
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
    of observation: Observation, _ networks: ActorCritic, _ parameters: ActorCritic.Parameters
  ) -> Int {
    if let known = observations.firstIndex(of: observation) { return known }
    let row = observations.count
    observations.append(observation)
    networks.policy.forward(observation, parameters.policy, into: policy, row: row)
    Network.softmax(policy.output[rows: row..<row + 1], into: probabilities[rows: row..<row + 1])
    return row
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
/// The loss of an unroll is a mean over its steps,
/// −A_t · log π(a_t | o_t) − β · H(π(· | o_t)) + ½ (G_t − V(o_t))², with the λ-return G_t and the advantage
/// A_t = G_t − V(o_t) taken as constants. The value's error needs no weight: Adam does not feel the scale
/// of a network's gradient.
package struct ActorCritic {
  package let policy: MultilayerPerceptron
  package let value: MultilayerPerceptron
  private let settings: A3CSettings

  /// Parameters, or their gradient.
  package struct Parameters {
    /// All of them, in one row.
    package let vector: Matrix
    package let policy: MultilayerPerceptron.Parameters
    package let value: MultilayerPerceptron.Parameters
  }

  /// The networks for an interface.
  package init(_ settings: A3CSettings, _ interface: TaskInterface) {
    self.settings = settings
    policy = MultilayerPerceptron(
      observationSizes: interface.observationSizes, hiddenLayers: settings.hiddenLayers,
      width: settings.hiddenWidth, outputs: interface.actionCount)
    value = MultilayerPerceptron(
      observationSizes: interface.observationSizes, hiddenLayers: settings.hiddenLayers,
      width: settings.hiddenWidth, outputs: 1)
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

  /// By the logits z: A (π − 1[a]) + β π (z − Σ π z); by the value: −A.
  private func computeOutputGradients(of unroll: Unroll) {
    unroll.policy.outputGradient.fill(with: 0)
    unroll.value.outputGradient.fill(with: 0)
    let weight = 1 / Float(unroll.rows.count)
    let entropyBonus = Float(settings.entropyBonus)
    for (step, row) in unroll.rows.enumerated() {
      let probabilities = unroll.probabilities.row(row)
      let logits = unroll.policy.output.row(row)
      let advantage = unroll.returns[step] - unroll.value.output.row(row)[0]
      var meanLogit: Float = 0
      for action in logits.indices { meanLogit += probabilities[action] * logits[action] }
      var dLogits = unroll.policy.outputGradient.mutableRow(row)
      for action in logits.indices {
        let chosen: Float = action == unroll.actions[step] ? 1 : 0
        let towards = advantage * (probabilities[action] - chosen)
        let spread = entropyBonus * probabilities[action] * (logits[action] - meanLogit)
        dLogits[action] += weight * (towards + spread)
      }
      var dValue = unroll.value.outputGradient.mutableRow(row)
      dValue[0] -= weight * advantage
    }
  }
}

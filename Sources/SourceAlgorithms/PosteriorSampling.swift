// Posterior sampling for reinforcement learning (Osband, Russo & Van Roy 2013, arXiv:1306.0940) over a family's tasks:
// the learner knows the rules of the family but not which of its tasks it is in. It draws a task from all that what it
// has seen allows, acts as is best in that one, and draws again as soon as the drawn one is refuted, and at the start
// of every episode. With several draws it follows the one that promises most: optimism over posterior samples (Agrawal
// & Jia 2017, arXiv:1705.07041). In order: settings, the learner, its belief, its plans.
//
// It is no learner from nothing: histories show how soon a task can be found by one who knows what tasks there are.

public import Randomness
internal import Synchronization
public import Tasks

/// The settings of `PosteriorSampling`.
public struct PosteriorSamplingSettings: LearnerSettings {
  public static var algorithm: String { "posterior-sampling" }

  /// Episodes of the history.
  public var episodes = 20
  /// Tasks that are drawn at a time; the one with the greatest value from where the learner is is followed. 1 is
  /// posterior sampling; many seek what is nearest.
  public var samples = 1
  /// γ, per step, of what a drawn task promises: below 1 it makes haste.
  public var discount = 0.95
  /// The probability of any action in the place of the best.
  public var noise = 0.0

  public init() {}

  /// What makes the settings impossible; empty if nothing does.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if episodes < 1 {
      problems.append(("episodes", "a learner lives at least 1 episode, not \(episodes)"))
    }
    if samples < 1 {
      problems.append(("samples", "at least 1 task is drawn, not \(samples)"))
    }
    if !(0...0.999).contains(discount) {
      problems.append(("discount", "lies in 0 ... 0.999, not at \(discount)"))
    }
    if !(0...1).contains(noise) {
      problems.append(("noise", "a probability lies in 0 ... 1, not at \(noise)"))
    }
    return problems
      + self.problems(above: [
        ("episodes", episodes, greatestEpisodeCount), ("samples", samples, 1_000_000),
      ])
  }

  public func makeLearner() -> any SourceLearner { PosteriorSampling(self) }
}

/// A learner that knows a family's tasks, and finds out which of them it is in. Until it is prepared for a family it knows
/// only the task that it learns, and has nothing to find out.
public struct PosteriorSampling: SourceLearner {
  /// What was chosen.
  public let settings: PosteriorSamplingSettings

  /// A learner.
  /// - Precondition: The settings have no problems.
  public init(_ settings: PosteriorSamplingSettings = PosteriorSamplingSettings()) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    self.settings = settings
  }

  public var name: String { PosteriorSamplingSettings.algorithm }

  /// One.
  public var streamCount: Int { 1 }

  /// As set.
  public var episodesPerStream: Int { settings.episodes }

  /// States that cannot be listed cannot be planned over.
  public func problem(with interface: TaskInterface, isListed: Bool) -> String? {
    isListed
      ? nil
      : "\(name) plans over listed states, which the task has not; choose another learner"
  }

  /// A learner of the family's tasks, all of which are alike to it before it has seen anything.
  public func prepared(for family: some TaskFamily) -> any SourceLearner {
    prepared(forTasks: family.allTasks.lazy.map(family.task)) ?? self
  }

  /// Lives in a task that it knows.
  public func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    guard let learner = prepared(forTasks: [task]) else {
      preconditionFailure("\(name) cannot plan in \(World.self), whose states cannot be listed")
    }
    try learner.learn(task, after: previous, using: &random, emit: emit)
  }

  /// A learner of the tasks; nil if their states cannot be listed.
  private func prepared<World: Environment>(
    forTasks tasks: some Sequence<World>
  ) -> (any SourceLearner)? {
    func listed<Listed: FiniteEnvironment>(_ type: Listed.Type) -> any SourceLearner {
      FamilyPosteriorSampling(self, tasks: tasks.compactMap { $0 as? Listed })
    }
    return (World.self as? any FiniteEnvironment.Type).map { listed($0) }
  }
}

/// Posterior sampling over certain tasks.
private struct FamilyPosteriorSampling<Listed: FiniteEnvironment>: SourceLearner {
  let learner: PosteriorSampling
  let tasks: [Listed]
  let plans: Plans<Listed>

  init(_ learner: PosteriorSampling, tasks: [Listed]) {
    self.learner = learner
    self.tasks = tasks
    plans = Plans(of: tasks, discount: learner.settings.discount)
  }

  var settings: PosteriorSamplingSettings { learner.settings }
  var name: String { learner.name }
  var streamCount: Int { learner.streamCount }
  var episodesPerStream: Int { learner.episodesPerStream }

  func problem(with interface: TaskInterface, isListed: Bool) -> String? {
    learner.problem(with: interface, isListed: isListed)
  }

  /// Lives in a task of which it knows only that it is one of its tasks. What was lived before in others tells nothing
  /// of it.
  func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    guard let task = task as? Listed else {
      preconditionFailure("\(name) was prepared for tasks of \(Listed.self), not \(World.self)")
    }
    try live(in: task, using: &random, emit: emit)
  }

  private func live(
    in task: Listed, using random: inout Random, emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    var belief = Belief(among: tasks)
    var lived = StreamedEpisode(stream: 0, learnerSteps: 0, episode: Episode())
    for _ in 0..<settings.episodes {
      lived.episode.removeAll()
      var life = Life(in: task, using: &random)
      belief.beginEpisode(seeing: life.observation)
      var followed: Belief<Listed>.Hypothesis?
      while !life.isOver {
        let current = followed ?? draw(from: belief, using: &random)
        let best = plans[current.task].bestActions(in: current.state)
        let action =
          random.chance(Float(settings.noise))
          ? random.below(task.interface.actionCount)
          : best[best.count > 1 ? random.below(best.count) : 0]
        let observation = life.observation
        let step = life.step(action, using: &random)
        lived.episode.append(observation, action, step.transition)
        belief.update(after: action, gave: step.transition, seeing: life.observation)
        followed = belief.successor(of: current)
      }
      lived.learnerSteps += lived.episode.stepCount
      try emit(lived)
    }
  }

  /// The drawn hypothesis that promises most; of equal ones, the first.
  private func draw(
    from belief: Belief<Listed>, using random: inout Random
  ) -> Belief<Listed>.Hypothesis {
    var best = belief.draw(using: &random)
    if settings.samples == 1 { return best }
    var greatest = plans[best.task].value(of: best.state)
    for _ in 1..<settings.samples {
      let other = belief.draw(using: &random)
      let value = plans[other.task].value(of: other.state)
      if value > greatest { (best, greatest) = (other, value) }
    }
    return best
  }
}

/// Which tasks a learner may be in, and where in each, with their probabilities given all it has seen.
private struct Belief<World: FiniteEnvironment> {
  /// That it is a task, and that the learner is in a state of it.
  struct Hypothesis {
    let task: Int
    let state: World.State
  }

  private let tasks: [World]
  /// Whether steps have one outcome each, so that they need not be listed.
  private let isDeterministic = World.self is any DeterministicEnvironment.Type
  private var hypotheses: [Hypothesis] = []
  /// Of each hypothesis; they sum to 1.
  private var probabilities: [Double] = []

  init(among tasks: [World]) { self.tasks = tasks }

  /// Places the agent at the start of an episode of every task that is still possible.
  mutating func beginEpisode(seeing observation: Observation) {
    var ofTasks = [Double](repeating: hypotheses.isEmpty ? 1 : 0, count: tasks.count)
    for (hypothesis, probability) in zip(hypotheses, probabilities) {
      ofTasks[hypothesis.task] += probability
    }
    hypotheses.removeAll(keepingCapacity: true)
    probabilities.removeAll(keepingCapacity: true)
    for (number, task) in tasks.enumerated() where ofTasks[number] > 0 {
      for start in task.initialStates where task.observation(of: start.state) == observation {
        hypotheses.append(Hypothesis(task: number, state: start.state))
        probabilities.append(ofTasks[number] * start.probability)
      }
    }
    normalise()
  }

  /// Keeps what agrees with a step.
  mutating func update(
    after action: Int, gave transition: Transition, seeing observation: Observation
  ) {
    var kept: [Hypothesis] = []
    var weights: [Double] = []
    var unused = Random(seed: 0)
    for (hypothesis, probability) in zip(hypotheses, probabilities) {
      let task = tasks[hypothesis.task]
      func keep(_ next: World.State, _ gave: Transition, _ chance: Double) {
        guard chance > 0, gave == transition, task.observation(of: next) == observation else {
          return
        }
        kept.append(Hypothesis(task: hypothesis.task, state: next))
        weights.append(probability * chance)
      }
      if isDeterministic {
        var next = hypothesis.state
        let gave = task.step(&next, action, using: &unused)
        keep(next, gave, 1)
      } else {
        for outcome in task.outcomes(of: action, in: hypothesis.state) {
          keep(outcome.next, outcome.transition, outcome.probability)
        }
      }
    }
    hypotheses = kept
    probabilities = weights
    normalise()
  }

  private mutating func normalise() {
    let sum = probabilities.reduce(0, +)
    precondition(
      sum > 0,
      "none of \(tasks.count) tasks of \(World.self) is like what was seen: is the task among them?"
    )
    for index in probabilities.indices { probabilities[index] /= sum }
  }

  /// Any hypothesis, by its probability.
  func draw(using random: inout Random) -> Hypothesis {
    var rest = Double(random.uniform())
    for (index, probability) in probabilities.enumerated() {
      rest -= probability
      if rest < 0 { return hypotheses[index] }
    }
    return hypotheses[hypotheses.count - 1]
  }

  /// Where a hypothesis has led after an update; nil if what was seen refutes it.
  func successor(of hypothesis: Hypothesis) -> Hypothesis? {
    hypotheses.first { $0.task == hypothesis.task }
  }
}

/// What is best in each of some tasks, worked out when it is first asked and shared by all learners of them.
private final class Plans<World: FiniteEnvironment>: Sendable {
  private let tasks: [World]
  private let discount: Double
  private let known = Mutex<[Int: EpisodePlan<World>.Discounted]>([:])
  /// Beyond as many, plans are forgotten.
  private static var greatestCount: Int { 8_192 }

  init(of tasks: [World], discount: Double) {
    self.tasks = tasks
    self.discount = discount
  }

  subscript(task: Int) -> EpisodePlan<World>.Discounted {
    if let plan = known.withLock({ $0[task] }) { return plan }
    let plan = EpisodePlan(of: tasks[task]).discounted(by: discount)
    known.withLock { known in
      if known.count == Self.greatestCount { known = [:] }
      known[task] = plan
    }
    return plan
  }
}

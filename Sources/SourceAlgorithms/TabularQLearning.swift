// Q-learning (Watkins & Dayan 1992, doi:10.1007/BF00992698) with one value for every observation and
// action, ε-greedy with ties broken by chance. In order: settings, the learner, its choice, its update.
// No eligibility traces, no replay. The time limit does not end the return: the value after a cut
// episode's last step is bootstrapped from, since the update cannot tell when a cut will come.

public import Randomness
public import Tasks

/// The settings of `TabularQLearning`.
public struct TabularQLearningSettings: Codable, Sendable, Equatable {
  /// Episodes of the history.
  public var episodes = 500
  /// α: how far a value moves towards its target.
  public var learningRate = 0.5
  /// γ, per step.
  public var discount = 0.9
  /// ε in the first episode.
  public var initialExploration = 1.0
  /// ε from the end of the decay on.
  public var finalExploration = 0.0
  /// The part of the episodes over which ε falls linearly from the first to the last.
  public var explorationFraction = 0.8

  /// The defaults: they learn a dark room of 9 × 9.
  public init() {}

  /// What makes the settings impossible; empty if nothing does.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    func requirePart(_ value: Double, _ key: String, _ meaning: String) {
      if !(0...1).contains(value) {
        problems.append((key, "\(meaning) lies in 0 ... 1, not at \(value)"))
      }
    }
    if episodes < 1 {
      problems.append(("episodes", "a learner lives at least 1 episode, not \(episodes)"))
    }
    requirePart(learningRate, "learningRate", "a table's learning rate")
    requirePart(discount, "discount", "a discount")
    requirePart(initialExploration, "initialExploration", "a probability of exploring")
    requirePart(finalExploration, "finalExploration", "a probability of exploring")
    requirePart(explorationFraction, "explorationFraction", "a part of the episodes")
    return problems
  }
}

/// Q-learning with a table.
public struct TabularQLearning: StepwiseLearner {
  /// What was chosen.
  public let settings: TabularQLearningSettings
  /// Q, observation by observation, an action's value each.
  private var values: [Float] = []
  private var strides = SIMD4<Int32>.zero
  private var actionCount = 0
  private var finishedEpisodes = 0
  private var exploration: Float = 0

  /// A learner.
  /// - Precondition: The settings have no problems.
  public init(_ settings: TabularQLearningSettings = TabularQLearningSettings()) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    self.settings = settings
  }

  /// `q-learning`.
  public var name: String { "q-learning" }

  /// As set.
  public var episodes: Int { settings.episodes }

  /// Sets all values to zero.
  public mutating func begin(_ interface: TaskInterface, using random: inout Random) {
    actionCount = interface.actionCount
    values = Array(repeating: 0, count: interface.observationCount * actionCount)
    var stride = actionCount
    for component in interface.observationSizes.indices.reversed() {
      strides[component] = Int32(stride)
      stride *= interface.observationSizes[component]
    }
    finishedEpisodes = 0
    exploration = Float(settings.initialExploration)
  }

  /// With probability ε any action, otherwise one of the highest value.
  public mutating func act(on observation: Observation, using random: inout Random) -> Int {
    if random.chance(exploration) { return random.below(actionCount) }
    let first = place(of: observation)
    var best = 0
    var ties = 1
    for action in 1..<actionCount {
      let value = values[first + action]
      if value > values[first + best] {
        best = action
        ties = 1
      } else if value == values[first + best] {
        ties += 1
        if random.below(ties) == 0 { best = action }
      }
    }
    return best
  }

  /// Q(o, a) ← Q(o, a) + α · (r + γ · max Q(o', ·) − Q(o, a)), without the maximum after a terminal step.
  public mutating func learn(from experience: Experience) {
    var target = experience.transition.reward
    if !experience.transition.isTerminated {
      target += Float(settings.discount) * greatestValue(at: experience.following)
    }
    let place = place(of: experience.observation) + experience.action
    values[place] += Float(settings.learningRate) * (target - values[place])
    if experience.endsEpisode { finishEpisode() }
  }

  private mutating func finishEpisode() {
    finishedEpisodes += 1
    let decay = Double(finishedEpisodes) / (settings.explorationFraction * Double(episodes))
    let left = max(0, 1 - decay)
    exploration = Float(
      settings.finalExploration + left * (settings.initialExploration - settings.finalExploration))
  }

  private func greatestValue(at observation: Observation) -> Float {
    let first = place(of: observation)
    var greatest = values[first]
    for action in 1..<actionCount { greatest = max(greatest, values[first + action]) }
    return greatest
  }

  private func place(of observation: Observation) -> Int {
    Int((SIMD4<Int32>(truncatingIfNeeded: observation.components) &* strides).wrappedSum())
  }
}

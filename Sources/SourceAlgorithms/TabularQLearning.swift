// Q-learning (Watkins & Dayan 1992, doi:10.1007/BF00992698) with one value for every observation and
// action, ε-greedy with ties broken by chance. In order: settings, the learner, its choice, its update.
// No eligibility traces, no replay. The time limit does not end the return: the value after a cut
// episode's last step is bootstrapped from, since the update cannot tell when a cut will come.

public import Randomness
public import Tasks

/// The settings of `TabularQLearning`.
public struct TabularQLearningSettings: LearnerSettings {
  public static var algorithm: String { "q-learning" }

  /// Episodes of the history.
  public var episodes = 500
  /// α: how far a value moves towards its target.
  public var learningRate = 0.5
  /// γ, per step.
  public var discount = 0.9
  /// Q of everything before it is tried. Above what is to be earned, the learner seeks what it has not tried.
  public var initialValue = 0.0
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
    if !initialValue.isFinite {
      problems.append(("initialValue", "a value is a number, not \(initialValue)"))
    }
    requirePart(initialExploration, "initialExploration", "a probability of exploring")
    requirePart(finalExploration, "finalExploration", "a probability of exploring")
    requirePart(explorationFraction, "explorationFraction", "a part of the episodes")
    return problems + self.problems(above: [("episodes", episodes, greatestEpisodeCount)])
  }

  public func makeLearner() -> any SourceLearner { Stepwise(TabularQLearning(self)) }
}

/// Q-learning with a table.
public struct TabularQLearning: StepwiseLearner {
  /// What was chosen.
  public let settings: TabularQLearningSettings
  /// A row for each observation: its greatest value, then Q of each action.
  private var table: [Float] = []
  /// The observation asked for last, and where its row begins.
  private var latest: UInt32 = 0
  private var latestRow = 0
  private var strides = SIMD4<Int>.zero
  private var actionCount = 0
  private var finishedEpisodes = 0
  private var exploration: Float = 0
  /// 0 as long as every value that was learned is a number: 0 times another is none.
  private var taint: Float = 0
  private let learningRate: Float
  private let discount: Float

  /// A learner.
  /// - Precondition: The settings have no problems.
  public init(_ settings: TabularQLearningSettings = TabularQLearningSettings()) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    self.settings = settings
    learningRate = Float(settings.learningRate)
    discount = Float(settings.discount)
  }

  /// `q-learning`.
  public var name: String { TabularQLearningSettings.algorithm }

  /// As set.
  public var episodes: Int { settings.episodes }

  /// The most values of a table: 256 MiB.
  private static let greatestTable = 1 << 26

  /// A table has a row for every observation, so observations must be few.
  public func problem(with interface: TaskInterface, isListed: Bool) -> String? {
    if let problem = interface.problemOfSeeingCells(for: name) { return problem }
    let values = interface.observationCount * (interface.actionCount + 1)
    guard values > Self.greatestTable else { return nil }
    return
      "a table for the task would have \(values) values, more than \(Self.greatestTable); choose another "
      + "learner"
  }

  /// Sets all values to the initial one.
  public mutating func begin(_ interface: TaskInterface, using random: inout Random) {
    actionCount = interface.actionCount
    table = Array(
      repeating: Float(settings.initialValue), count: interface.observationCount * (actionCount + 1)
    )
    (latest, latestRow, taint) = (0, 0, 0)
    var stride = actionCount + 1
    for component in interface.observationSizes.indices.reversed() {
      strides[component] = stride
      stride *= interface.observationSizes[component]
    }
    finishedEpisodes = 0
    exploration = Float(settings.initialExploration)
  }

  /// With probability ε any action, otherwise one of the highest value.
  @inline(__always)
  public mutating func act(on observation: Observation, using random: inout Random) -> Int {
    if random.chance(exploration) { return random.below(actionCount) }
    let row = row(of: observation.digits)
    let greatest = table[row]
    let values = table.span.extracting(row + 1..<row + 1 + actionCount)
    var best = 0
    var ties = 0
    for action in values.indices where values[action] == greatest {
      best = action
      ties &+= 1
    }
    if ties > 1 {
      best = -1
      for _ in 0...random.below(ties) {
        repeat { best &+= 1 } while values[best] != greatest
      }
    }
    return best
  }

  /// Q(o, a) ← Q(o, a) + α · (r + γ · max Q(o', ·) − Q(o, a)), without the maximum after a terminal step.
  public mutating func learn(from experience: Experience) {
    learn(
      experience.observation.digits, experience.action, experience.transition,
      to: experience.following.digits, endsEpisode: experience.endsEpisode)
  }

  /// As `learn(from:)`.
  @inline(__always)
  public mutating func learn(
    _ observation: Observation, _ action: Int, _ step: LivedStep, to following: Observation
  ) {
    learn(
      observation.digits, action, step.transition, to: following.digits,
      endsEpisode: step.endsEpisode)
  }

  @inline(__always)
  private mutating func learn(
    _ observation: UInt32, _ action: Int, _ transition: Transition, to following: UInt32,
    endsEpisode: Bool
  ) {
    let row = row(of: observation)
    let following = self.row(of: following)
    var target = transition.reward
    if !transition.isTerminated { target += discount * table[following] }
    taint += 0 * move(row, action, towards: target)
    if endsEpisode { finishEpisode() }
  }

  /// Moves a value, and the greatest of its row with it. Returns what it has become.
  @inline(__always)
  private mutating func move(_ row: Int, _ action: Int, towards target: Float) -> Float {
    let rate = learningRate
    let actions = actionCount
    var table = table.mutableSpan
    let value = table[row + 1 + action]
    let moved = value + rate * (target - value)
    table[row + 1 + action] = moved
    if moved >= table[row] {
      table[row] = moved
    } else if value == table[row] {
      var greatest = moved
      for place in row + 1...row + actions where table[place] > greatest { greatest = table[place] }
      table[row] = greatest
    }
    return moved
  }

  /// Rewards and values beyond what floats hold.
  public func checkDivergence() throws(LearnerDivergence) {
    guard taint.isNaN else { return }
    throw LearnerDivergence(
      learner: name, update: finishedEpisodes, tensor: "table", lowering: "discount",
      settings.discount)
  }

  private mutating func finishEpisode() {
    finishedEpisodes += 1
    let decay = Double(finishedEpisodes) / (settings.explorationFraction * Double(episodes))
    let left = max(0, 1 - decay)
    exploration = Float(
      settings.finalExploration + left * (settings.initialExploration - settings.finalExploration))
  }

  /// Where the row of the table of an observation's digits begins.
  @inline(__always)
  private mutating func row(of digits: UInt32) -> Int {
    if digits == latest { return latestRow }
    var row = 0
    for component in 0..<4 {
      let value = UInt8(truncatingIfNeeded: digits >> (8 * UInt32(component)))
      row &+= Int(value) &* strides[component]
    }
    latest = digits
    latestRow = row
    return row
  }
}

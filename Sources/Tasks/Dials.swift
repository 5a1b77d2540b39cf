// Dials: a panel whose action sets several dials at once. A lamp shows which of some modes the panel is in, by chance
// anew in every step; for each mode every dial has a hidden place where it should stand. A step's reward is a
// weighted sum over the dials, real-valued: 1 in all when every dial stands where it should. Actions have a factor
// for each dial; targets and weights differ from task to task and are not seen.

public import Randomness

/// One panel.
public struct Dials: FiniteEnvironment {
  /// Modes × dials: where each dial should stand.
  public let targets: [[Int]]
  /// What each dial counts; they sum to 1.
  public let weights: [Double]
  /// The mode as the one component; a factor for each dial; any reward.
  public let interface: TaskInterface

  /// A panel.
  /// - Precondition: A target for each dial in every mode, each among the positions; as many weights.
  public init(targets: [[Int]], weights: [Double], positions: Int, episodeLength: Int) {
    precondition(
      targets.allSatisfy { row in
        row.count == weights.count && row.allSatisfy { (0..<positions).contains($0) }
      }, "\(targets) are no targets of \(weights.count) dials of \(positions) positions")
    self.targets = targets
    self.weights = weights
    interface = TaskInterface(
      observationSizes: [targets.count], actionFactors: weights.map { _ in positions },
      episodeLength: episodeLength, rewards: nil)
  }

  /// A mode by chance. The state is the mode.
  public func reset(using random: inout Random) -> Int { random.below(targets.count) }

  /// The mode.
  public func observation(of state: Int) -> Observation { Observation(UInt8(state), 0) }

  /// Sets the dials; the next mode comes by chance.
  public func step(_ state: inout Int, _ action: Int, using random: inout Random) -> Transition {
    let reward = reward(of: action, in: state)
    state = random.below(targets.count)
    return .step(reward: reward)
  }

  /// Σ over the dials: weight · (1 − |place − target| / (positions − 1))².
  private func reward(of action: Int, in mode: Int) -> Float {
    var sum = 0.0
    for (dial, place) in interface.choices(of: action).enumerated() {
      let positions = interface.actionFactors[dial]
      let distance = Double(abs(place - targets[mode][dial])) / Double(max(positions - 1, 1))
      sum += weights[dial] * (1 - distance) * (1 - distance)
    }
    return Float(sum)
  }

  public var initialStates: [(probability: Double, state: Int)] {
    targets.indices.map { (1 / Double(targets.count), $0) }
  }

  public func outcomes(
    of action: Int, in state: Int
  ) -> [(probability: Double, next: Int, transition: Transition)] {
    let transition = Transition.step(reward: reward(of: action, in: state))
    return targets.indices.map { (1 / Double(targets.count), $0, transition) }
  }
}

/// The settings of `DialsFamily`.
public struct DialsSettings: FamilySettings {
  public static var family: String { "dials" }

  /// The number of tasks.
  public var panels = 200
  /// The dials of each panel: the factors of an action.
  public var dials = 3
  /// The places where a dial can stand.
  public var positions = 5
  /// The modes of a panel.
  public var modes = 2
  /// Steps of an episode.
  public var episodeLength = 10

  public init() {}

  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    for (value, range, key) in [
      (panels, 1...100_000, "panels"), (dials, 1...6, "dials"), (positions, 2...16, "positions"),
      (modes, 1...256, "modes"), (episodeLength, 1...10_000, "episodeLength"),
    ] where !range.contains(value) {
      problems.append((key, "must be \(range.lowerBound) to \(range.upperBound), not \(value)"))
    }
    guard problems.isEmpty else { return problems }
    // At most 16⁶.
    let joined = (0..<dials).reduce(1) { product, _ in product * positions }
    if joined > TaskInterface.greatestActionCount {
      problems.append(
        (
          "positions",
          "make \(joined) actions of all dials, more than \(TaskInterface.greatestActionCount)"
        ))
    }
    return problems
  }

  public func makeFamily() -> any TaskFamily { DialsFamily(self) }
}

/// Panels whose targets and weights follow from their numbers.
public struct DialsFamily: TaskFamily {
  /// What was chosen.
  public let settings: DialsSettings

  /// A family of panels.
  /// - Precondition: The settings have no problems.
  public init(_ settings: DialsSettings = DialsSettings()) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    self.settings = settings
  }

  public var name: String { DialsSettings.family }
  public var interface: TaskInterface { task(TaskID(0)).interface }
  public var taskCount: Int { settings.panels }

  public func task(_ id: TaskID) -> Dials {
    precondition((0..<taskCount).contains(id.index), "no task \(id) among \(taskCount)")
    var random = Seed(0).random(for: "dials", id.index)
    let targets = (0..<settings.modes).map { _ in
      (0..<settings.dials).map { _ in random.below(settings.positions) }
    }
    let raw = (0..<settings.dials).map { _ in 0.5 + Double(random.uniform()) }
    let sum = raw.reduce(0, +)
    return Dials(
      targets: targets, weights: raw.map { $0 / sum }, positions: settings.positions,
      episodeLength: settings.episodeLength)
  }

  /// Such as `targets 0 3 1, 4 4 2`.
  public func label(of id: TaskID) -> String {
    let modes = task(id).targets.map { $0.map(String.init).joined(separator: " ") }
    return "targets \(modes.joined(separator: ", "))"
  }
}

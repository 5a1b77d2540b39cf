// A family, a learner and a method's section as a library user adds them: corridors with a goal, and a learner that
// repeats what was rewarded.

import Experiments
import Randomness
import SourceAlgorithms
import Tasks

enum OwnWorld {
  /// Makes the corridors and their learner known.
  static func register() {
    Registry.add(family: CorridorSettings.self)
    Registry.add(learner: RepetitionSettings.self)
  }
}

/// The settings of `CorridorFamily`.
struct CorridorSettings: FamilySettings {
  static let family = "corridor"

  var cells = 13
  var episodeLength = 10

  var problems: [(key: String, message: String)] {
    (3...99).contains(cells) ? [] : [("cells", "must be 3 to 99, not \(cells)")]
  }

  func makeFamily() -> any TaskFamily { CorridorFamily(settings: self) }
}

/// A corridor for each place of its goal.
struct CorridorFamily: TaskFamily {
  let settings: CorridorSettings

  var name: String { CorridorSettings.family }
  var interface: TaskInterface { task(TaskID(0)).interface }
  var taskCount: Int { settings.cells }

  func task(_ id: TaskID) -> Corridor { Corridor(settings: settings, goal: id.index) }
  func label(of id: TaskID) -> String { "goal \(id.index)" }
}

/// Cells in a row, from whose middle an agent walks; each step that ends on the goal gives 1.
struct Corridor: DeterministicEnvironment {
  let settings: CorridorSettings
  let goal: Int

  var interface: TaskInterface {
    TaskInterface(
      observationSizes: [settings.cells], actionCount: 3, episodeLength: settings.episodeLength,
      rewards: [0, 1])
  }
  var initialStates: [(probability: Double, state: Int)] { [(1, settings.cells / 2)] }

  func reset(using random: inout Random) -> Int { settings.cells / 2 }
  func observation(of state: Int) -> Observation { Observation(UInt8(state), 0) }
  func step(_ state: inout Int, _ action: Int, using random: inout Random) -> Transition {
    state = min(max(state + action - 1, 0), settings.cells - 1)
    return .step(reward: state == goal ? 1 : 0)
  }
}

/// The settings of `Repetition`.
struct RepetitionSettings: LearnerSettings {
  static let algorithm = "repetition"

  var episodes = 20

  var problems: [(key: String, message: String)] {
    episodes < 1 ? [("episodes", "must be 1 or more, not \(episodes)")] : []
  }

  func makeLearner() -> any SourceLearner { Stepwise(Repetition(settings: self)) }
}

/// A learner that does at random what has never been rewarded, and mostly what has been.
struct Repetition: StepwiseLearner {
  let settings: RepetitionSettings
  private var interface: TaskInterface?
  private var rewarded: [Int: Int] = [:]

  init(settings: RepetitionSettings) { self.settings = settings }

  var name: String { RepetitionSettings.algorithm }
  var episodes: Int { settings.episodes }

  mutating func begin(_ interface: TaskInterface, using random: inout Random) {
    self.interface = interface
    rewarded = [:]
  }

  mutating func act(on observation: Observation, using random: inout Random) -> Int {
    let known = interface.flatMap { rewarded[$0.index(of: observation)] }
    let any = random.below(interface?.actionCount ?? 1)
    return random.chance(0.1) ? any : known ?? any
  }

  mutating func learn(from experience: Experience) {
    guard experience.transition.reward > 0, let interface else { return }
    rewarded[interface.index(of: experience.observation)] = experience.action
  }
}

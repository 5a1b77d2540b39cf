import Randomness
import SourceAlgorithms
import Synchronization
import Tasks
import TestSupport
import Testing

@Suite struct `Learners that are fed step by step` {
  @Test func `reach the recorder as one stream of whole episodes`() throws {
    let lived = try episodes(of: Probe(), seed: 1)
    #expect(lived.map(\.stream) == [0, 0, 0])
    #expect(lived.map(\.learnerSteps) == [3, 6, 9])
    #expect(lived.allSatisfy { $0.episode.isTerminated })
  }

  @Test func `are fed each step as it was`() throws {
    var random = Seed(1).random(for: "source")
    let probe = Probe()
    try Stepwise(probe).learn(Corridor(), using: &random) { _ in }
    let fed = probe.log.experiences.withLock { $0 }
    #expect(fed.map(\.observation.components.x) == [0, 1, 2, 0, 1, 2, 0, 1, 2])
    #expect(fed.map(\.following.components.x) == [1, 2, 3, 1, 2, 3, 1, 2, 3])
    #expect(fed.map(\.endsEpisode) == [false, false, true, false, false, true, false, false, true])
  }

  @Test func `are fed the tasks before theirs and emit their own alone`() throws {
    var random = Seed(1).random(for: "source")
    let probe = Probe()
    var emitted = 0
    try Stepwise(probe).learn(Corridor(), after: [Corridor()], using: &random) { _ in emitted += 1 }
    #expect(emitted == 3)
    #expect(probe.log.experiences.withLock { $0.count } == 18)
  }

  private func episodes(of learner: Probe, seed: UInt64) throws -> [Lived] {
    var random = Seed(seed).random(for: "source")
    var lived: [Lived] = []
    try Stepwise(learner).learn(Corridor(), using: &random) { lived.append(Lived($0)) }
    return lived
  }
}

/// A learner that always goes right, and keeps what it what it is fed.
private struct Probe: StepwiseLearner {
  final class Log: Sendable {
    let experiences = Mutex<[Experience]>([])
  }

  let log = Log()
  let name = "probe"
  let episodes = 3

  mutating func begin(_ interface: TaskInterface, using random: inout Random) {}

  mutating func act(on observation: Observation, using random: inout Random) -> Int { 1 }

  mutating func learn(from experience: Experience) {
    log.experiences.withLock { $0.append(experience) }
  }
}

@Suite struct `Tabular Q-learning` {
  @Test func `moves a value towards the reward and the best value after it`() throws {
    var settings = TabularQLearningSettings()
    settings.initialExploration = 0
    settings.learningRate = 0.5
    settings.discount = 0.9
    var learner = TabularQLearning(settings)
    var random = Seed(1).random(for: "choice")
    learner.begin(Corridor().interface, using: &random)
    // Q(2, 1) = 0.5, then Q(1, 1) = 0.5 · 0.9 · 0.5, above an action worth 0.2.
    learner.learn(from: step(from: 2, 1, .terminated(reward: 1), to: 3))
    learner.learn(from: step(from: 1, 1, .step(reward: 0), to: 2))
    learner.learn(from: step(from: 1, 0, .step(reward: 0.4), to: 0))
    #expect(try learner.act(on: Observation(1, 0), using: &random) == 1)
    // Beyond 0.225, the other action is preferred.
    learner.learn(from: step(from: 1, 0, .step(reward: 0.26), to: 0))
    #expect(learner.act(on: Observation(1, 0), using: &random) == 0)
  }

  @Test func `does not look beyond a terminal step`() throws {
    var settings = TabularQLearningSettings()
    settings.initialExploration = 0
    var learner = TabularQLearning(settings)
    var random = Seed(1).random(for: "choice")
    learner.begin(Corridor().interface, using: &random)
    learner.learn(from: step(from: 3, 0, .step(reward: 8), to: 0))
    learner.learn(from: step(from: 1, 0, .terminated(reward: 0), to: 3))
    learner.learn(from: step(from: 1, 1, .step(reward: 0.1), to: 0))
    #expect(learner.act(on: Observation(1, 0), using: &random) == 1)
  }

  /// An action that was tried and earned 0.1 is better than 0 and worse than 1.
  @Test(arguments: [(1, true), (0, false)])
  func `seeks what it has not tried if it expects more than there is`(
    initialValue: Double, seeks: Bool
  ) throws {
    var settings = TabularQLearningSettings()
    settings.initialExploration = 0
    settings.initialValue = initialValue
    for seed in 0..<10 {
      var learner = TabularQLearning(settings)
      var random = Seed(UInt64(seed)).random(for: "choice")
      learner.begin(Corridor().interface, using: &random)
      let first = learner.act(on: Observation(1, 0), using: &random)
      learner.learn(from: step(from: 1, first, .terminated(reward: 0.1), to: 3))
      #expect(learner.act(on: Observation(1, 0), using: &random) == (seeks ? 1 - first : first))
    }
  }

  @Test func `chooses among equal values by chance`() {
    var settings = TabularQLearningSettings()
    settings.initialExploration = 0
    var learner = TabularQLearning(settings)
    var random = Seed(1).random(for: "choice")
    learner.begin(Levers().interface, using: &random)
    var counts = [0, 0, 0]
    for _ in 0..<900 { counts[learner.act(on: .empty, using: &random)] += 1 }
    #expect(counts.allSatisfy { (240...360).contains($0) })  // four deviations of 300
  }

  /// Fixed seeds; 500 episodes end at 1.0.
  @Test(arguments: [(3, 0), (8, 1), (24, 2)])
  func `earns nine tenths of the optimum in a small room in the end`(goal: Int, seed: Int) throws {
    let family = DarkRoomFamily(size: 5, episodeLength: 20)
    let earned = try lastTenth(
      of: Stepwise(TabularQLearning()), in: family.task(TaskID(goal)),
      optimum: try #require(family.optimalReturn(of: TaskID(goal))), seed: UInt64(seed))
    #expect(earned > 0.9)
  }

  @Test func `has possible settings by default`() {
    #expect(TabularQLearningSettings().problems.isEmpty)
  }

  @Test func `names every impossible setting`() {
    var settings = TabularQLearningSettings()
    settings.episodes = 0
    settings.learningRate = 2
    settings.discount = -1
    settings.initialValue = .infinity
    settings.initialExploration = .nan
    settings.finalExploration = 1.5
    settings.explorationFraction = -0.1
    #expect(
      settings.problems.map(\.key) == [
        "episodes", "learningRate", "discount", "initialValue", "initialExploration",
        "finalExploration", "explorationFraction",
      ])
  }

  private func step(
    from observation: UInt8, _ action: Int, _ transition: Transition, to following: UInt8
  ) -> Experience {
    Experience(
      observation: Observation(observation, 0), action: action, transition: transition,
      following: Observation(following, 0), endsEpisode: false)
  }
}

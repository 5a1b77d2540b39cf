// What ends a run in its middle: a world that fails, and a learner whose numbers leave what floats can hold.

import Layers
import Learning
import LinearAlgebra
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport
import Testing

@Suite struct `A world that fails` {
  private static let room = DarkRoomFamily(size: 5, episodeLength: 20).task(TaskID(8))

  private static func learner(_ name: String) -> any SourceLearner {
    var (a3c, dqn) = (A3CSettings(), DQNSettings())
    (a3c.actors, a3c.episodes, a3c.hiddenWidth) = (3, 6, 8)
    (dqn.actors, dqn.episodes, dqn.sight.widths) = (3, 6, [8])
    return switch name {
    case "a3c": A3C(a3c)
    case "dqn": DQN(dqn)
    case "ucb": Stepwise(UpperConfidenceBound())
    case "remembering": RememberingRewards(A3C(a3c))
    default: Stepwise(TabularQLearning())
    }
  }

  /// After 130 steps, in the middle of an episode of each actor: what was emitted before is whole and the same as
  /// without the failure.
  @Test(arguments: ["a3c", "dqn", "q-learning", "ucb", "remembering"])
  func `ends the learning with its error, and no episode is emitted in part`(name: String) throws {
    let learner = Self.learner(name)
    func live(_ task: some Environment) throws -> [Lived] {
      var random = Seed(1).random(for: "source")
      var lived: [Lived] = []
      do {
        try learner.learn(task, using: &random) { lived.append(Lived($0)) }
      } catch is Breakdown {
        #expect(!(task is DarkRoom))
        return lived
      }
      #expect(task is DarkRoom)
      return lived
    }
    let whole = try live(Self.room)
    let broken = try live(FailingWorld(Self.room, Fuse(steps: 130)))
    #expect(broken.count > 2 && broken.count <= 6)
    #expect(broken.allSatisfy { $0.episode.stepCount == 20 })
    #expect(broken == Array(whole.prefix(broken.count)))
  }

  @Test func `ends it on a task that is learned before, too`() throws {
    var random = Seed(1).random(for: "source")
    var emitted = 0
    let world = FailingWorld(Self.room, Fuse(steps: 130))
    #expect(throws: Breakdown()) {
      try Self.learner("a3c").learn(world, after: [world], using: &random) { _ in emitted += 1 }
    }
    #expect(emitted == 0)
  }
}

@Suite struct `A learner that diverges` {
  /// Pays as much as a float can hold, and shows where it is.
  private struct Jackpot: Environment {
    let interface = TaskInterface(
      observationSizes: [4], actionCount: 2, episodeLength: 8, rewards: nil)

    func reset(using random: inout Random) -> Int { 0 }
    func observation(of state: Int) -> Observation { Observation(UInt8(state % 4), 0) }
    func step(_ state: inout Int, _ action: Int, using random: inout Random) -> Transition {
      state += 1
      return .step(reward: 3e38)
    }
  }

  @Test(arguments: ["a3c", "dqn", "q-learning"])
  func `says so with its name, its update and what to lower`(name: String) throws {
    var (a3c, dqn) = (A3CSettings(), DQNSettings())
    (a3c.actors, a3c.hiddenWidth, a3c.learningRate) = (2, 8, 0.5)
    (dqn.actors, dqn.sight.widths, dqn.learningRate) = (2, [8], 0.5)
    let learner: any SourceLearner =
      switch name {
      case "a3c": A3C(a3c)
      case "dqn": DQN(dqn)
      default: Stepwise(TabularQLearning())
      }
    var random = Seed(1).random(for: "source")
    let error = #expect(throws: LearnerDivergence.self) {
      try learner.learn(Jackpot(), using: &random) { _ in }
    }
    #expect(error?.learner == name)
    #expect((1...20).contains(error?.update ?? 0))
    #expect(["policy", "return", "gradient", "table"].contains(error?.tensor))
    #expect(error?.setting == (name == "q-learning" ? "discount" : "learningRate"))
    #expect(error?.value == (name == "q-learning" ? 0.9 : 0.5))
  }

  @Test func `is told how to go on`() {
    let error = LearnerDivergence(
      learner: "a3c", update: 12, tensor: "policy", lowering: "learningRate", 0.5)
    #expect(
      error.description
        == "The policy of a3c is no number any more at its update 12, at a learning_rate of 0.5. Lower "
        + "source.learning_rate.")
  }

  /// Weights that are no numbers make a policy that none is drawn from.
  @Test func `throws before it acts on what is no number`() throws {
    var settings = A3CSettings()
    (settings.actors, settings.hiddenWidth) = (1, 8)
    var random = Seed(1).random(for: "source")
    var run = A3CRun(A3C(settings), Jackpot(), using: &random)
    var state = run.learnerState
    let count = state.vectors["weights"]?.count ?? 0
    for name in ["weights", "actor/0"] {
      state.vectors[name] = [Float](repeating: .nan, count: count)
    }
    run.learnerState = state
    #expect(throws: LearnerDivergence.self) { try run.advance(0, using: &random) { _ in } }
  }
}

@Suite struct `What a learner cannot learn` {
  private static func interface(
    _ sight: Sight = .cells, sizes: [Int] = [], factors: [Int] = [3]
  ) -> TaskInterface {
    TaskInterface(
      observationSizes: sizes, sight: sight, actionFactors: factors, episodeLength: 5,
      rewards: nil)
  }

  @Test func `is said of pictures and vectors by those that see cells`() {
    let sentence = "learns from cells, but the task shows pictures or vectors; choose dqn"
    let picture = Self.interface(.image(rows: 4, columns: 4), sizes: [4])
    let floats = Self.interface(.floats(count: 4))
    for learner: any SourceLearner in [
      Stepwise(TabularQLearning()), Stepwise(UpperConfidenceBound()),
    ] {
      for interface in [picture, floats] {
        #expect(
          learner.problem(with: interface, isListed: false) == "\(learner.name) \(sentence)")
      }
      #expect(learner.problem(with: Self.interface(sizes: [4]), isListed: false) == nil)
    }
    #expect(A3C().problem(with: picture, isListed: false) == "a3c \(sentence)")
    #expect(A3C().problem(with: floats, isListed: false) == nil)
    #expect(DQN().problem(with: picture, isListed: false) == nil)
  }

  @Test func `is a world without a list of states for an oracle`() {
    let sentence =
      "an oracle plans over listed states, which the task has not; choose another learner"
    #expect(NoiseCurriculum().problem(with: Self.interface(), isListed: false) == sentence)
    #expect(NoiseCurriculum().problem(with: Self.interface(), isListed: true) == nil)
  }

  @Test func `are more than 512 joined actions for DQN, and for A3C none too many`() {
    let (few, many) = (
      Self.interface(factors: [8, 64]), Self.interface(factors: [9, 57])
    )
    #expect(DQN().problem(with: few, isListed: false) == nil)
    #expect(
      DQN().problem(with: many, isListed: false)
        == "dqn learns a value of each action, of at most 512, and the task has 513; choose a3c")
    #expect(A3C().problem(with: many, isListed: false) == nil)
  }

  @Test func `is a table too large to be kept`() {
    let large = Self.interface(sizes: [256, 256, 256], factors: [2, 2])
    let problem = Stepwise(TabularQLearning()).problem(with: large, isListed: false)
    #expect(problem?.hasPrefix("a table for the task would have 83886080 values") == true)
  }

  @Test func `is a memory of rewards without room for it, or without a use`() {
    let memory = RememberingRewards(Stepwise(TabularQLearning()))
    #expect(
      memory.problem(with: Self.interface(sizes: [2, 2, 2, 2]), isListed: true)
        == "needs observations of three cells at most, not cells")
    #expect(
      RememberingRewards(NoiseCurriculum()).problem(with: Self.interface(), isListed: true)
        == "noise-curriculum has no use for it, since it does not look at what it is shown; leave it false"
    )
    #expect(
      RememberingRewards(Stepwise(UpperConfidenceBound())).problem(
        with: Self.interface(), isListed: true)?.hasPrefix("ucb has no use") == true)
  }
}

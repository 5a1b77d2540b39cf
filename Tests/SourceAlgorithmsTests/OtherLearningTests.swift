// What comes as files beside A3C and DQN and changes neither: other losses, other optimisers, and a population whose
// members copy each other. Everything that these need is in this file.

import Layers
import Learning
import LinearAlgebra
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport
import Testing

/// Steps against the sign of the gradient (Bernstein et al. 2018, arXiv:1802.04434), with a counter as its state.
private struct SignDescent: Optimiser {
  struct Run: Optimisation {
    var state = LearnerState(counters: ["steps": 0])

    mutating func step(
      _ parameters: Matrix, gradient: Matrix, learningRate: Double, gradientScale: Double,
      copyingTo copy: Matrix?
    ) {
      state.counters["steps", default: 0] += 1
      let slopes = gradient.row(0)
      var values = parameters.mutableRow(0)
      for index in slopes.indices where slopes[index] != 0 {
        values[index] -= Float(learningRate) * (slopes[index] > 0 ? 1 : -1)
      }
      copy?.copy(from: parameters)
    }
  }

  func begin(count: Int) -> any Optimisation { Run() }
}

/// −A' · ln π(a) + |G − V|, with the advantage squashed to A' = A / (1 + |A|), as evolved losses bound what a step can do.
private struct BoundedLoss: ActorCriticLoss {
  func differentiate(
    _ policy: FactoredPolicy, logits: Span<Float>, probabilities: Span<Float>, value: Float,
    action: Int, return: Float, into dlogits: inout MutableSpan<Float>
  ) -> (loss: Float, dvalue: Float) {
    let error = `return` - value
    let advantage = error / (1 + abs(error))
    for (factor, part) in policy.parts.enumerated() {
      for index in part { dlogits[index] = advantage * probabilities[index] }
      dlogits[policy.index(of: action, in: factor)] -= advantage
    }
    return (
      abs(error) - advantage * policy.logProbability(of: action, in: probabilities),
      error > 0 ? -1 : 1
    )
  }
}

/// |G − Q| beyond a distance of 1, half the square within (Huber 1964).
private struct HuberLoss: ActionValueLoss {
  func differentiate(value: Float, return: Float) -> (loss: Float, dvalue: Float) {
    let error = value - `return`
    return abs(error) > 1
      ? (abs(error) - 0.5, error > 0 ? 1 : -1) : (error * error / 2, error)
  }
}

/// Runs of A3C side by side (Jaderberg et al. 2017, arXiv:1711.09846): from time to time the one that earned least goes on
/// from the state of the one that earned most, at a learning rate that chance makes larger or smaller.
private struct Population: SourceLearner {
  let settings: A3CSettings
  let learningRates: [Double]
  /// Rounds between two exchanges; every actor takes an unroll in a round.
  var period = 20

  var name: String { "population" }
  var streamCount: Int { learningRates.count * settings.actors }
  var episodesPerStream: Int { settings.episodes }

  func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    var runs: [A3CRun<World>] = []
    for rate in learningRates {
      var run = try A3CRun(A3C(settings), task, using: &random)
      run.learningRate = rate
      runs.append(run)
    }
    var earned = [Double](repeating: 0, count: runs.count)
    var finished = [Int](repeating: 0, count: streamCount)
    var parents = [StreamParent?](repeating: nil, count: streamCount)
    var (round, steps) = (0, 0)
    while !runs.allSatisfy(\.isFinished) {
      for member in runs.indices {
        for actor in 0..<settings.actors where !runs[member].isFinished(actor) {
          try runs[member].advance(actor, using: &random) { lived in
            var lived = copy lived
            steps += lived.episode.stepCount
            lived.stream += member * settings.actors
            (lived.learnerSteps, lived.role) = (steps, .member)
            (lived.parent, parents[lived.stream]) = (parents[lived.stream], nil)
            finished[lived.stream] += 1
            earned[member] += lived.episode.return
            try emit(lived)
          }
        }
      }
      round += 1
      guard round % period == 0 else { continue }
      let order = runs.indices.sorted { earned[$0] < earned[$1] }
      let (worst, best) = (order[0], order[order.count - 1])
      runs[worst].learnerState = runs[best].learnerState
      runs[worst].learningRate = runs[best].learningRate * (random.chance(0.5) ? 1.25 : 0.8)
      for actor in 0..<settings.actors {
        let source = best * settings.actors + actor
        parents[worst * settings.actors + actor] = StreamParent(
          stream: source, episode: finished[source] - 1)
      }
      earned = earned.map { _ in 0 }
    }
  }
}

@Suite struct `Beside A3C and DQN` {
  private static let rooms = DarkRoomFamily(size: 5, episodeLength: 20)

  private static var a3c: A3CSettings {
    var settings = A3CSettings()
    (settings.actors, settings.episodes, settings.hiddenWidth) = (4, 100, 64)
    settings.learningRate = 5e-4
    return settings
  }

  private static func earned(_ learner: some SourceLearner) throws -> Double {
    try lastTenth(
      of: learner, in: rooms.task(TaskID(8)),
      optimum: try #require(rooms.optimalReturn(of: TaskID(8))), seed: 1)
  }

  @Test func `another loss makes A3C learn`() throws {
    #expect(try Self.earned(A3C(Self.a3c, loss: BoundedLoss())) > 0.9)
  }

  @Test func `another optimiser makes A3C learn`() throws {
    var settings = Self.a3c
    (settings.learningRate, settings.episodes) = (1e-3, 200)
    #expect(try Self.earned(A3C(settings, optimiser: SignDescent())) > 0.9)  // 0.955
  }

  @Test func `another loss and another optimiser make DQN learn`() throws {
    var settings = DQNSettings()
    (settings.actors, settings.episodes, settings.sight.widths) = (4, 100, [64])
    settings.learningRate = 3e-3
    #expect(try Self.earned(DQN(settings, loss: HuberLoss())) > 0.9)
    settings.learningRate = 1e-3
    #expect(try Self.earned(DQN(settings, optimiser: SignDescent())) > 0.9)
  }

  /// Two of three learn too slowly to get anywhere alone.
  @Test func `a population copies what its best member learned, and says so`() throws {
    let rates = [1e-7, 5e-4, 1e-7]
    let population = Population(settings: Self.a3c, learningRates: rates)
    var slow = Self.a3c
    slow.learningRate = 1e-7
    #expect(try Self.earned(A3C(slow)) < 0.3)
    #expect(try Self.earned(population) > 0.9)

    var random = Seed(1).random(for: "source")
    var lived: [StreamedEpisode] = []
    try population.learn(Self.rooms.task(TaskID(8)), using: &random) { lived.append(copy $0) }
    #expect(lived.allSatisfy { $0.role == .member })
    let copies = lived.filter { $0.parent != nil }
    #expect(copies.count >= 8)
    for copy in copies {
      #expect(copy.parent?.stream != copy.stream)
      #expect((0..<Self.a3c.episodes).contains(copy.parent?.episode ?? -1))
    }
  }

  @Test func `a run of A3C goes on from a state as it was when that was read`() throws {
    var random = Seed(2).random(for: "run")
    var run = A3CRun(A3C(Self.a3c), Self.rooms.task(TaskID(8)), using: &random)
    for actor in [0, 1, 2, 0] { try run.advance(actor, using: &random) { _ in } }
    let state = run.learnerState
    let weights = run.shared.vector.values
    for actor in [3, 1, 0] { try run.advance(actor, using: &random) { _ in } }
    #expect(run.learnerState != state && run.shared.vector.values != weights)
    #expect(state.counters["updates"] == 4 && run.learnerState.counters["updates"] == 7)
    run.learnerState = state
    #expect(run.learnerState == state && run.shared.vector.values == weights)
  }

  @Test func `a run of DQN goes on from a state as it was when that was read`() throws {
    var settings = DQNSettings()
    (settings.actors, settings.sight.widths, settings.targetPeriod) = (3, [16], 3)
    var random = Seed(2).random(for: "run")
    let task = Self.rooms.task(TaskID(8))
    func makeRun() -> DQNRun<DarkRoom> {
      DQNRun(
        settings, task, ActionValues(DQN(settings), task, using: &random), episodes: 50,
        exploration: 0, using: &random)
    }
    var (run, other) = (makeRun(), makeRun())
    for _ in 0..<100 { try run.advance(using: &random) { _ in } }
    let state = run.learnerState
    #expect(other.learnerState != state)
    other.learnerState = state
    #expect(other.learnerState == state)
    // Without exploration, both do the same from the beginning of an episode.
    func episode(_ run: inout DQNRun<DarkRoom>) throws -> [Episode] {
      run.learningRate = 1e-30
      var (lived, random) = ([Episode](), Seed(3).random(for: "episode"))
      while lived.isEmpty { try run.advance(using: &random) { lived.append($0.episode) } }
      return lived
    }
    #expect(try episode(&run) == episode(&other))
  }
}

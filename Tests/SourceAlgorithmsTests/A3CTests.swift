import LinearAlgebra
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport
import Testing

@Suite struct `Asynchronous advantage actor-critic` {
  static let room = DarkRoomFamily(size: 5, episodeLength: 20).task(TaskID(8))

  static var small: A3CSettings {
    var settings = A3CSettings()
    settings.actors = 3
    settings.episodes = 4
    settings.hiddenWidth = 16
    return settings
  }

  @Test func `lives the same episodes again with the same chance`() throws {
    #expect(try episodes(of: A3C(Self.small), seed: 1) == episodes(of: A3C(Self.small), seed: 1))
  }

  @Test func `lives other episodes with other chance`() throws {
    #expect(try episodes(of: A3C(Self.small), seed: 1) != episodes(of: A3C(Self.small), seed: 2))
  }

  @Test(arguments: [1, 7, 20, 50])
  func `emits every stream's episodes in full, whatever the unroll`(unroll: Int) throws {
    var settings = Self.small
    settings.unroll = unroll
    let learner = A3C(settings)
    let lived = try episodes(of: learner, seed: 1)
    for stream in 0..<learner.streamCount {
      #expect(lived.count { $0.stream == stream } == learner.episodesPerStream)
    }
    #expect(lived.allSatisfy { $0.episode.stepCount == 20 })
  }

  @Test func `counts the steps of all actors`() throws {
    let steps = try episodes(of: A3C(Self.small), seed: 1).map(\.learnerSteps)
    #expect(steps == (1...12).map { $0 * 20 })
  }

  @Test func `lets every actor begin an episode anew`() throws {
    let starts = try episodes(of: A3C(Self.small), seed: 1).map {
      $0.episode.steps.first?.observation
    }
    #expect(starts.allSatisfy { $0 == Observation(2, 2) })
  }

  /// 40 to 60 episodes of three actors go far in learning the room (9.25 with this chance), 4 do not.
  @Test func `begins a task with what it learned on the one before`() throws {
    var settings = Self.small
    settings.learningRate = 3e-3
    settings.fewestPriorEpisodes = 40
    settings.mostPriorEpisodes = 60
    let fresh = try episodes(of: A3C(settings), seed: 1)
    let prepared = try episodes(of: A3C(settings), after: [Self.room], seed: 1)
    let returns = { (lived: [Lived]) in lived.reduce(0) { $0 + $1.episode.return } / 12 }
    #expect(returns(fresh) < 3)
    #expect(returns(prepared) > 8)
    #expect(prepared.map(\.learnerSteps) == fresh.map(\.learnerSteps))
  }

  /// In both runs actor 1 copied the first parameters; only in one have they moved since.
  @Test func `takes an actor's gradient at the parameters it copied`() throws {
    var random = Seed(6).random(for: "run")
    var moved = A3CRun(A3C(Self.small), Self.room, using: &random)
    random = Seed(6).random(for: "run")
    var unmoved = A3CRun(A3C(Self.small), Self.room, using: &random)
    for actor in [0, 2, 0] { try moved.advance(actor, using: &random) { _ in } }
    #expect(moved.shared.vector.values != unmoved.shared.vector.values)

    var turn = Seed(8).random(for: "turn")
    try moved.advance(1, using: &turn) { _ in }
    turn = Seed(8).random(for: "turn")
    try unmoved.advance(1, using: &turn) { _ in }
    #expect(moved.gradient.vector.values == unmoved.gradient.vector.values)

    turn = Seed(9).random(for: "turn")
    try moved.advance(1, using: &turn) { _ in }
    turn = Seed(9).random(for: "turn")
    try unmoved.advance(1, using: &turn) { _ in }
    #expect(moved.gradient.vector.values != unmoved.gradient.vector.values)
  }

  @Test func `stops at what the receiver throws`() {
    struct Full: Error {}
    var random = Seed(1).random(for: "source")
    var received = 0
    #expect(throws: Full.self) {
      try A3C(Self.small).learn(Self.room, using: &random) {
        _ in
        received += 1
        if received == 3 { throw Full() }
      }
    }
    #expect(received == 3)
  }

  @Test func `lives on in a world whose episodes end for good`() throws {
    var random = Seed(1).random(for: "source")
    var lived: [Episode] = []
    try A3C(Self.small).learn(Corridor(), using: &random) { episode in lived.append(episode.episode)
    }
    #expect(lived.count == 12)
    #expect(lived.contains { $0.isTerminated })
    #expect(lived.allSatisfy { $0.isTerminated || $0.stepCount == 6 })
  }

  @Test func `learns where nothing is seen`() throws {
    var settings = Self.small
    settings.episodes = 100
    settings.learningRate = 3e-3
    #expect(try lastTenth(of: A3C(settings), in: Levers(), optimum: 10, seed: 1) > 0.9)  // 1.0
  }

  /// Fixed seeds: at the start within 0.02 of the 0.05 of a random walk, at the end 0.97 or more.
  @Test(arguments: [(3, 0), (8, 1), (24, 2)])
  func `earns nine tenths of the optimum in a small room in the end`(goal: Int, seed: Int) throws {
    let family = DarkRoomFamily(size: 5, episodeLength: 20)
    var settings = A3CSettings()
    settings.actors = 4
    settings.episodes = 100
    settings.hiddenWidth = 64
    settings.learningRate = 5e-4
    let earned = try lastTenth(
      of: A3C(settings), in: family.task(TaskID(goal)),
      optimum: try #require(family.optimalReturn(of: TaskID(goal))), seed: UInt64(seed))
    #expect(earned > 0.9)
  }

  /// The corner of a room of 13 × 13, twelve steps from its middle, and one reward an episode. Fixed seeds:
  /// with seed 0 chance finds it, too.
  @Test(arguments: [1, 2])
  func `finds a far goal if it is drawn to what is new, and not otherwise`(seed: UInt64) throws {
    var family = DarkRoomHardSettings()
    family.size = 13
    let room = DarkRoomHardFamily(family).task(TaskID(0))
    let earned = try [0, 0.1].map { bonus in
      var settings = A3CSettings()
      settings.actors = 4
      settings.episodes = 250
      settings.hiddenWidth = 64
      settings.learningRate = 1e-3
      settings.noveltyBonus = bonus
      return try lastTenth(of: A3C(settings), in: room, optimum: 1, seed: seed)
    }
    #expect(earned[0] == 0)
    #expect(earned[1] > 0.9)
  }

  @Test func `has possible settings by default`() {
    #expect(A3CSettings().problems.isEmpty)
  }

  @Test func `names every impossible setting`() {
    var settings = A3CSettings()
    settings.actors = 0
    settings.episodes = 0
    settings.unroll = 0
    settings.hiddenLayers = 0
    settings.hiddenWidth = 5000
    settings.learningRate = 0
    settings.discount = 1.5
    settings.lambda = .nan
    settings.entropyBonus = -1
    settings.noveltyBonus = -1
    settings.fewestPriorEpisodes = 0
    settings.mostPriorEpisodes = -1
    #expect(
      settings.problems.map(\.key) == [
        "actors", "episodes", "unroll", "hiddenLayers", "hiddenWidth", "learningRate", "discount",
        "lambda", "entropyBonus", "noveltyBonus", "fewestPriorEpisodes", "mostPriorEpisodes",
      ])
  }

  private func episodes(
    of learner: A3C, after previous: [DarkRoom] = [], seed: UInt64
  ) throws -> [Lived] {
    var random = Seed(seed).random(for: "source")
    var lived: [Lived] = []
    try learner.learn(Self.room, after: previous, using: &random) { episode in
      lived.append(Lived(episode))
    }
    return lived
  }
}

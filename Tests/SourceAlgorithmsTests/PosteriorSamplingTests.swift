import Randomness
import SourceAlgorithms
import Tasks
import Testing

@Suite struct `Posterior sampling` {
  private let room = DarkRoomFamily(size: 5, episodeLength: 8)

  @Test func `once rewarded, earns the optimum in every episode after`() throws {
    for goal in room.allTasks {
      let returns = try returns(in: room, goal, samples: 1, episodes: 25)
      let find = try #require(returns.firstIndex { $0 > 0 })
      let optimum = try #require(room.optimalReturn(of: goal))
      #expect(returns.dropFirst(find + 1).allSatisfy { $0 == optimum }, "\(goal): \(returns)")
    }
  }

  @Test func `draws no task again that it has seen not to be`() throws {
    // In a room of 3 × 3 with goals in corners and on edges, each leg ends in a cell that was not seen before.
    let family = DarkRoomFamily(size: 3, episodeLength: 40)
    var random = Seed(2).random(for: "posterior")
    var settings = PosteriorSamplingSettings()
    settings.episodes = 1
    let learner = PosteriorSampling(settings).prepared(for: family)
    try learner.learn(family.task(TaskID(8)), using: &random) { lived in
      // Nine cells, legs of at most four steps: after 36 steps the last is reached, and never left.
      #expect(lived.episode.steps.last?.reward == 1)
      let find = lived.episode.steps.firstIndex { $0.reward == 1 } ?? 40
      #expect(lived.episode.steps.dropFirst(find).allSatisfy { $0.reward == 1 })
    }
  }

  // An ideal explorer of this room earns 2.6, 6.7, 10.7, 14.8, 16.5 in its first five episodes.
  @Test func `of many draws follows what is nearest, and is nearly an ideal explorer`() throws {
    let family = DarkRoomFamily(size: 9, episodeLength: 20)
    var sums = [Double](repeating: 0, count: 6)
    for goal in family.allTasks {
      for (episode, earned) in try returns(in: family, goal, samples: 64, episodes: 6).enumerated()
      {
        sums[episode] += earned / Double(family.taskCount)
      }
    }
    let ideal = family.idealReturns(of: family.allTasks, episodes: 6)
    for (earned, best) in zip(sums, ideal) {
      #expect(earned > 0.75 * best && earned < best + 0.6, "\(sums) beside \(ideal)")
    }
  }

  @Test func `with a key and a door has both from the first episodes on`() throws {
    let family = KeyToDoorFamily()
    for task in [TaskID(0), TaskID(3000), TaskID(6560)] {
      let returns = try returns(in: family, task, samples: 16, episodes: 8)
      #expect(returns.suffix(2) == [2, 2], "\(task): \(returns)")
    }
  }

  @Test func `by chance alone finds out which of a family's bandits it pulls`() throws {
    var settings = BanditSettings()
    settings.bandits = 4
    settings.testBandits = 1
    let family = BanditFamily(settings)
    let returns = try returns(in: family, TaskID(2), samples: 1, episodes: 400)
    let best = Double(family.task(TaskID(2)).means.max() ?? 0)
    let last = returns.suffix(200).reduce(0, +) / 200
    // Four standard errors of a mean of 200 draws.
    #expect(abs(last - best) < 4 * (best * (1 - best) / 200).squareRoot())
  }

  @Test func `needs tasks whose states can be listed`() {
    let learner = PosteriorSampling()
    let pool = WatermazeFamily()
    #expect(learner.problem(with: pool.interface, isListed: pool.hasListedStates) != nil)
    #expect(learner.problem(with: room.interface, isListed: room.hasListedStates) == nil)
  }

  private func returns(
    in family: some TaskFamily, _ task: TaskID, samples: Int, episodes: Int
  ) throws -> [Double] {
    var settings = PosteriorSamplingSettings()
    settings.samples = samples
    settings.episodes = episodes
    var random = Seed(1).random(for: "posterior", task.index)
    var returns: [Double] = []
    try PosteriorSampling(settings).prepared(for: family).learn(family.task(task), using: &random) {
      returns.append($0.episode.return)
    }
    return returns
  }
}

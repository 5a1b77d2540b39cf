import Randomness
import SourceAlgorithms
import Tasks
import Testing

@Suite struct `Bayesian learners of bandits` {
  private let family = BanditFamily()

  // Over the hundred uniform bandits of the family, ten lives each.
  @Test func `earn more than UCB where they look ahead, less where they draw`() throws {
    let ucb = try earned { Stepwise(UpperConfidenceBound()) }
    let gittins = try earned { Stepwise(GittinsPolicy()) }
    let thompson = try earned { Stepwise(ThompsonSampling()) }
    #expect(gittins > ucb)
    #expect(ucb > thompson)
    #expect(thompson > 65)
  }

  @Test func `the ideal of a family of bandits is the Gittins policy's return`() throws {
    let tasks = try #require(family.testSets.first { $0.name == "uniform" }).tasks
    let ideal = family.idealReturns(of: tasks, episodes: 100).reduce(0, +)
    let gittins = try earned { Stepwise(GittinsPolicy()) }
    #expect(abs(ideal - gittins) < 1.2)
  }

  @Test(arguments: [ThompsonSamplingSettings() as any LearnerSettings, GittinsPolicySettings()])
  func `pull an arm that always pays and no other, once they know`(
    settings: any LearnerSettings
  ) throws {
    var random = Seed(3).random(for: "bandit")
    var returns: [Double] = []
    try settings.makeLearner().learn(Bandit(means: [0, 1, 0]), using: &random) {
      returns.append($0.episode.return)
    }
    #expect(returns.suffix(50).allSatisfy { $0 == 1 })
  }

  @Test(arguments: [ThompsonSamplingSettings() as any LearnerSettings, GittinsPolicySettings()])
  func `refuse rewards that no arm pays by chance`(settings: any LearnerSettings) {
    let interface = TaskInterface(
      observationSizes: [], actionCount: 3, episodeLength: 1, rewards: [0, 0.5])
    let problem = settings.makeLearner().problem(with: interface, isListed: true)
    #expect(problem?.contains("1 or 0") == true)
  }

  private func earned(_ learner: () -> any SourceLearner) throws -> Double {
    let tasks = try #require(family.testSets.first { $0.name == "uniform" }).tasks
    let learner = learner()
    var sum = 0.0
    for task in tasks {
      for life in 0..<10 {
        var random = Seed(1).random(for: "bandit", task.index, life)
        try learner.learn(family.task(task), using: &random) { sum += $0.episode.return }
      }
    }
    return sum / Double(10 * tasks.count)
  }
}

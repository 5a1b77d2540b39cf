import Foundation
import Randomness
import SourceAlgorithms
import Tasks
import Testing

@Suite struct `Upper confidence bounds` {
  @Test func `try every arm once, then follow the bound`() throws {
    // α = 1: after 1, 0, 0 of three arms the bounds are 1 + √ln 3, √ln 3, √ln 3.
    let actions = try pulls(exploration: 1, episodes: 40, means: [1, 0, 0])
    #expect(Set(actions.prefix(3)) == [0, 1, 2])
    var counts = [1.0, 1.0, 1.0]
    for (step, action) in actions.enumerated().dropFirst(3) {
      let bounds = counts.indices.map { arm in
        (arm == 0 ? 1 : 0) + (log(Double(step)) / counts[arm]).squareRoot()
      }
      #expect(bounds[action] == bounds.max())
      counts[action] += 1
    }
  }

  @Test func `without exploration stay with the arm that pays`() throws {
    let actions = try pulls(exploration: 0, episodes: 40, means: [0, 1, 0])
    #expect(actions.dropFirst(3).allSatisfy { $0 == 1 })
  }

  private func pulls(exploration: Double, episodes: Int, means: [Float]) throws -> [Int] {
    var settings = UpperConfidenceBoundSettings()
    settings.exploration = exploration
    settings.episodes = episodes
    var random = Seed(1).random(for: "ucb")
    var actions: [Int] = []
    try Stepwise(UpperConfidenceBound(settings)).learn(Bandit(means: means), using: &random) {
      actions += $0.episode.steps.map { Int($0.action) }
    }
    return actions
  }
}

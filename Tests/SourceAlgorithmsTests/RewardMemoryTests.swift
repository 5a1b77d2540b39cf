import Randomness
import SourceAlgorithms
import Synchronization
import Tasks
import Testing

@Suite struct `A learner that remembers rewards` {
  @Test func `sees how many there were in the episode, which nobody else does`() throws {
    let watcher = Watcher()
    var random = Seed(1).random(for: "source")
    var emitted: [Observation] = []
    try RememberingRewards(Stepwise(watcher)).learn(Levers(observationSizes: [1]), using: &random) {
      emitted += $0.episode.steps.map(\.observation)
    }
    let seen = watcher.log.observations.withLock { $0 }
    let first: [UInt8] = [0, 1, 2, 2, 2, 2, 2, 2, 2, 2]
    #expect(seen.map { $0.components[1] } == first + first)
    #expect(emitted.allSatisfy { $0 == .empty })
  }

  @Test func `earns in Key-to-Door what one that does not cannot`() throws {
    var settings = TabularQLearningSettings()
    settings.episodes = 600
    settings.discount = 0.95
    let task = KeyToDoorFamily().task(TaskID(40 + 81 * 8))
    let learner = Stepwise(TabularQLearning(settings))
    let remembering = try lastTenth(of: RememberingRewards(learner), in: task, optimum: 2, seed: 1)
    #expect(remembering > 0.97)
    #expect(try lastTenth(of: learner, in: task, optimum: 2, seed: 1) < 0.9)
  }
}

/// Always pulls the lever that pays, and keeps what it is shown.
private struct Watcher: StepwiseLearner {
  final class Log: Sendable {
    let observations = Mutex<[Observation]>([])
  }

  let log = Log()
  let name = "watcher"
  let episodes = 2

  mutating func begin(_ interface: TaskInterface, using random: inout Random) {}

  mutating func act(on observation: Observation, using random: inout Random) -> Int {
    log.observations.withLock { $0.append(observation) }
    return 1
  }

  mutating func learn(from experience: Experience) {}
}

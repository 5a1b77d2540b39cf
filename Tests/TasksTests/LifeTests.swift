import Randomness
import Tasks
import TestSupport
import Testing

@Suite struct `A life` {
  /// Counts its steps; an action of 1 ends the episode.
  private struct Counter: Environment {
    let interface = TaskInterface(
      observationSizes: [8], actionCount: 2, episodeLength: 4, rewards: nil)

    func reset(using random: inout Random) -> Int {
      _ = random.next()
      return 0
    }

    func observation(of state: Int) -> Observation { Observation(UInt8(state), 0) }

    func step(_ state: inout Int, _ action: Int, using random: inout Random) -> Transition {
      state += 1
      let reward = Float(state) / 2
      return action == 1 ? .terminated(reward: reward) : .step(reward: reward)
    }
  }

  private func life(_ actions: [Int]) -> (Life<Counter>, [LivedStep]) {
    var random = Seed(1).random(for: "life")
    var life = Life(in: Counter(), using: &random)
    return (life, actions.map { life.step($0, using: &random) })
  }

  @Test func `is cut after the episode's steps, and not before`() {
    let (_, steps) = life([0, 0, 0, 0])
    #expect(steps.map(\.endsEpisode) == [false, false, false, true])
    #expect(steps.map(\.isCut) == [false, false, false, true])
    #expect(steps.allSatisfy { !$0.isTerminated })
  }

  @Test func `that ends for good is not cut, at the last step neither`() {
    for actions in [[0, 1], [0, 0, 0, 1]] {
      let step = life(actions).1.last
      #expect(step?.isTerminated == true && step?.isCut == false && step?.endsEpisode == true)
    }
  }

  @Test func `sums an episode's rewards and begins the next at nothing`() {
    var random = Seed(1).random(for: "life")
    var life = Life(in: Counter(), using: &random)
    for action in [0, 0, 1] { _ = life.step(action, using: &random) }
    #expect(life.returnOfEpisode == 3 && life.stepsInEpisode == 3 && life.isOver)
    #expect(life.observation == Observation(3, 0))
    life.beginEpisode(using: &random)
    #expect(life.returnOfEpisode == 0 && life.stepsInEpisode == 0 && !life.isOver)
    #expect(life.observation == Observation(0, 0))
    #expect(life.step(0, using: &random).reward == 0.5)
  }

  @Test func `draws chance where an episode begins, and nowhere else`() {
    var random = Seed(1).random(for: "life")
    var expected = random
    var life = Life(in: Counter(), using: &random)
    for _ in 0..<4 { _ = life.step(0, using: &random) }
    _ = expected.next()
    var copy = random
    var same = expected
    #expect(copy.next() == same.next())
    life.beginEpisode(using: &random)
    _ = expected.next()
    #expect(random.next() == expected.next())
  }

  @Test func `throws what its world throws`() throws {
    let world = FailingWorld(Counter(), Fuse(steps: 2))
    var random = Seed(1).random(for: "life")
    var life = try Life(in: world, using: &random)
    for _ in 0..<2 { _ = try life.step(0, using: &random) }
    #expect(throws: Breakdown()) { try life.step(0, using: &random) }
    #expect(life.stepsInEpisode == 2)
  }
}

import Randomness
import Tasks
import Testing

@Suite struct `A panel of dials` {
  private let family = DialsFamily()

  @Test func `pays 1 for the targets of its mode, and less for all others`() throws {
    let panel = family.task(TaskID(3))
    for (mode, targets) in panel.targets.enumerated() {
      let best = panel.interface.action(choosing: targets)
      for action in 0..<panel.interface.actionCount {
        let outcome = try #require(panel.outcomes(of: action, in: mode).first)
        let reward = outcome.transition.reward
        #expect(action == best ? abs(reward - 1) < 1e-6 : reward < 1)
      }
    }
  }

  @Test func `pays for each dial by itself`() throws {
    let panel = Dials(targets: [[0, 4]], weights: [0.25, 0.75], positions: 5, episodeLength: 3)
    func reward(_ choices: [Int]) throws -> Float {
      let action = panel.interface.action(choosing: choices)
      return try #require(panel.outcomes(of: action, in: 0).first).transition.reward
    }
    #expect(try reward([0, 4]) == 1)
    #expect(try reward([4, 4]) == 0.75)
    #expect(try reward([0, 0]) == 0.25)
    #expect(try reward([2, 4]) == 0.25 * 0.25 + 0.75)
  }

  @Test func `has an optimum of 1 a step, and pays far less at random`() throws {
    for index in [0, 57, 199] {
      let optimum = try #require(family.optimalReturn(of: TaskID(index)))
      #expect(abs(optimum - 10) < 1e-5)
      #expect((2...5).contains(family.randomReturn(of: TaskID(index))))
    }
  }

  @Test func `has real-valued rewards and a factor for each dial`() {
    #expect(family.interface.rewards == nil)
    #expect(family.interface.actionFactors == [5, 5, 5])
    #expect(family.interface.actionCount == 125)
    #expect(family.interface.actionLogitCount == 15)
  }
}

@Suite struct `An action of several factors` {
  private let interface = TaskInterface(
    actionFactors: [3, 2, 4], episodeLength: 1, rewards: nil)

  @Test func `is its choices as digits, the first the most significant`() {
    #expect(interface.action(choosing: [0, 0, 1]) == 1)
    #expect(interface.action(choosing: [0, 1, 0]) == 4)
    #expect(interface.action(choosing: [1, 0, 0]) == 8)
    for action in 0..<interface.actionCount {
      #expect(interface.action(choosing: interface.choices(of: action)) == action)
    }
  }
}

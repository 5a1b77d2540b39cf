// A family that says of itself only what every family must: the rest has defaults.

import Randomness
import Tasks
import TestSupport
import Testing

/// Lamps: an action of 1 earns 1, and ends the episode by chance.
private struct LampFamily: TaskFamily {
  struct World: Environment {
    let interface = TaskInterface(
      observationSizes: [2], actionCount: 2, episodeLength: 4, rewards: [0, 1])

    func reset(using random: inout Random) {}
    func observation(of state: Void) -> Observation { Observation(1, 0) }

    func step(_ state: inout Void, _ action: Int, using random: inout Random) -> Transition {
      action == 1 && random.chance(0.5) ? .terminated(reward: 1) : .step(reward: Float(action))
    }
  }

  var name: String { "lamps" }
  var interface: TaskInterface { task(TaskID(0)).interface }
  var taskCount: Int { 3 }
  func task(_ id: TaskID) -> World { World() }
  func label(of id: TaskID) -> String { "lamp \(id)" }
}

@Suite struct `A family that says only what it must` {
  private let lamps: any TaskFamily = LampFamily()

  @Test func `has no optimum, no ideal, no maps and no test sets`() {
    #expect(lamps.optimalReturn(of: TaskID(0)) == nil)
    #expect(lamps.idealReturns(of: lamps.allTasks, episodes: 3).isEmpty)
    #expect(lamps.mapPosition(of: TaskID(0)) == nil && lamps.mapScene(of: TaskID(0)) == nil)
    #expect(lamps.mapPoint(of: Observation(1, 0)) == nil)
    #expect(lamps.testSets.isEmpty && lamps.scoring == .lastTenth)
  }

  @Test func `has the return of random actions, measured`() {
    // An episode goes on past a step with chance 3/4, and each step earns ½.
    let expected = 0.5 * (1 + 0.75 + 0.75 * 0.75 + 0.75 * 0.75 * 0.75)
    let measured = lamps.randomReturn(of: TaskID(1))
    // Five standard errors of 4,096 episodes whose deviation is below 1.2.
    #expect(abs(measured - expected) < 5 * 1.2 / 64)
    #expect(measured == lamps.randomReturn(of: TaskID(1)))
  }

  @Test func `is split as all families are`() {
    let split = TaskSplit(of: LampFamily(), heldOut: 1, validation: 1, seed: Seed(1))
    #expect(Set(split.training + split.validation + split.heldOut) == Set(lamps.allTasks))
  }
}

@Suite struct `The ideal returns of rooms` {
  @Test func `are those of the ideal explorer, averaged over the tasks`() {
    let rooms = DarkRoomFamily(size: 5, episodeLength: 10)
    let tasks = [TaskID(3), TaskID(17)]
    #expect(
      rooms.idealReturns(of: tasks, episodes: 4)
        == IdealExplorer(size: 5, episodeLength: 10).expectedReturns(goals: [3, 17], episodes: 4))
    #expect(rooms.idealReturns(of: [], episodes: 4).isEmpty)
  }
}

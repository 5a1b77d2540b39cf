// A family of tasks of one's own, after the recipe in CONTRIBUTING.md: corridors of cells, in one of which lies a
// reward that cannot be seen. The agent starts in the middle and sees its own cell. Task n has the reward in cell n.

import AlgorithmDistillation

/// One corridor. What can happen in it can be listed, so that its exact returns can be computed.
struct Corridor: DeterministicEnvironment {
  /// The cell with the reward.
  let goal: Int
  /// The number of cells.
  let length: Int

  /// One component, the cell; three actions: left, stay, right; rewards 0 and 1; 20 steps at most.
  var interface: TaskInterface {
    TaskInterface(observationSizes: [length], actionCount: 3, episodeLength: 20, rewards: [0, 1])
  }

  func reset(using random: inout Random) -> Int { length / 2 }

  func observation(of state: Int) -> Observation { Observation(UInt8(state), 0) }

  func step(_ state: inout Int, _ action: Int, using random: inout Random) -> Transition {
    state = min(max(state + action - 1, 0), length - 1)
    return state == goal ? .terminated(reward: 1) : .step(reward: 0)
  }

  var initialStates: [(probability: Double, state: Int)] { [(1, length / 2)] }
}

/// The corridors of one length: a task for each cell.
struct CorridorFamily: TaskFamily {
  let length: Int

  var name: String { "corridor" }
  var interface: TaskInterface { task(TaskID(0)).interface }
  var taskCount: Int { length }

  func task(_ id: TaskID) -> Corridor { Corridor(goal: id.index, length: length) }

  func label(of id: TaskID) -> String { "reward in cell \(id.index)" }

  func mapPosition(of id: TaskID) -> (column: Int, row: Int)? { (id.index, 0) }

  /// The distance of the reward from the start: a split takes near and far ones alike.
  func stratum(of id: TaskID) -> Int { abs(id.index - length / 2) }
}

import Randomness
import Tasks
import TestSupport
import Testing

@Suite struct `Key-to-Door` {
  private let right = 1
  private let stay = 4

  @Test func `rewards the key, then the door, each once`() {
    let room = task(key: (1, 0), door: (2, 0))
    let rewards = walk([right, right, stay], in: room, from: Cell(x: 0, y: 0))
    #expect(rewards == [1, 1, 0])
  }

  @Test func `gives nothing for the door without the key`() {
    let room = task(key: (2, 0), door: (1, 0))
    #expect(walk([right, right], in: room, from: Cell(x: 0, y: 0)) == [0, 1])
  }

  @Test func `takes a step for the door where key and door share a cell`() {
    let room = task(key: (1, 0), door: (1, 0))
    #expect(walk([right, stay, stay], in: room, from: Cell(x: 0, y: 0)) == [1, 1, 0])
  }

  @Test func `shows the cell alone`() {
    let room = task(key: (1, 0), door: (2, 0))
    var state = KeyToDoor.State(cell: Cell(x: 1, y: 0))
    state.progress = 1
    #expect(room.observation(of: state) == Observation(1, 0))
  }

  @Test func `starts in every cell`() {
    let room = task(key: (0, 0), door: (8, 8))
    var random = Random(seed: 1)
    let cells = Set((0..<2000).map { _ in room.reset(using: &random).cell })
    #expect(cells.count == 81)
  }

  @Test func `random actions earn 0.252 on average, the best 2`() throws {
    let family = KeyToDoorFamily()
    let tasks = stride(from: 0, to: family.taskCount, by: 13).map(TaskID.init)
    let random = tasks.reduce(0) { $0 + family.randomReturn(of: $1) } / Double(tasks.count)
    // Every thirteenth pair: returns of pairs have a deviation of 0.1.
    #expect(abs(random - 0.252) < 0.01)
    for task in tasks where task.index % 97 == 0 {
      let best = try #require(family.optimalReturn(of: task))
      #expect(abs(best - 2) < Tolerance.exactArithmetic)
    }
  }

  private func task(key: (Int, Int), door: (Int, Int)) -> KeyToDoor {
    KeyToDoor(
      size: 9, episodeLength: 50, endsWhenDone: false, key: Cell(x: key.0, y: key.1),
      door: Cell(x: door.0, y: door.1))
  }

  private func walk(_ actions: [Int], in room: KeyToDoor, from cell: Cell) -> [Float] {
    var random = Random(seed: 0)
    var state = KeyToDoor.State(cell: cell)
    return actions.map { room.step(&state, $0, using: &random).reward }
  }

  // Two searches of 81 cells, of which an episode of fifty steps sees most: the key in the first or second episode, the
  // door in one of the next three.
  @Test func `an ideal explorer has found both within a few episodes, and keeps them`() {
    let family = KeyToDoorFamily()
    let tasks = stride(from: 0, to: family.taskCount, by: 400).map(TaskID.init)
    let returns = family.idealReturns(of: tasks, episodes: 8)
    #expect(returns[0] > 0.5 && returns[0] < 1)
    #expect(zip(returns, returns.dropFirst()).allSatisfy { $0 <= $1 }, "\(returns)")
    #expect(returns[7] == 2)
    #expect(returns == family.idealReturns(of: tasks, episodes: 8))
  }
}

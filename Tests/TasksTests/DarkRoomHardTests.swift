import Randomness
import Tasks
import TestSupport
import Testing

@Suite struct `The hard dark room` {
  @Test func `gives its reward once an episode`() {
    let room = DarkRoomHardFamily().task(TaskID(8 + 17 * 7))  // one row above the middle
    var (random, state) = start(in: room)
    #expect(room.step(&state, 2, using: &random) == .step(reward: 1))
    #expect(room.step(&state, 4, using: &random) == .step(reward: 0))
    #expect(room.observation(of: state) == Observation(8, 7))
  }

  @Test func `ends with its reward if told to`() {
    var settings = DarkRoomHardSettings()
    settings.endsWhenDone = true
    let room = DarkRoomHardFamily(settings).task(TaskID(8 + 17 * 7))
    var (random, state) = start(in: room)
    #expect(room.step(&state, 2, using: &random) == .terminated(reward: 1))
  }

  @Test func `random actions earn 0.0373 over all goals, the best 1`() {
    let family = DarkRoomHardFamily()
    let random = family.allTasks.reduce(0) { $0 + family.randomReturn(of: $1) }
    let best = family.allTasks.compactMap(family.optimalReturn(of:))
    #expect(abs(random / 289 - 0.0373) < 0.00005)
    #expect(best.count == 289)
    #expect(best.allSatisfy { abs($0 - 1) < Tolerance.exactArithmetic })
  }

  // Twenty new cells in the first episode, nearly as many in the next; the farthest of the 289 need sixteen steps to come to.
  @Test func `an ideal explorer sees a new cell with every step, and the whole room in the end`() {
    let family = DarkRoomHardFamily()
    let returns = family.idealReturns(of: family.allTasks, episodes: 40)
    #expect(abs(returns[0] - 20.0 / 289) < Tolerance.exactArithmetic)
    #expect(returns[2] > 56.0 / 289 && returns[2] < 60.5 / 289)
    #expect(zip(returns, returns.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(abs(returns[39] - 1) < Tolerance.exactArithmetic)
  }

  private func start(in room: DarkRoomHard) -> (Random, DarkRoomHard.State) {
    var random = Random(seed: 0)
    let state = room.reset(using: &random)
    return (random, state)
  }
}

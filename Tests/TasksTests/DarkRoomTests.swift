import Randomness
import Tasks
import TestSupport
import Testing

@Suite struct `Dark room returns` {
  let family = DarkRoomFamily()

  @Test func `the mean random return over all goals is 20 / 81`() {
    let returns = family.allTasks.map(family.randomReturn(of:))
    #expect(abs(returns.reduce(0, +) / 81 - 20.0 / 81) < Tolerance.exactArithmetic)
  }

  @Test func `the mean optimal return over all goals is 1340 / 81`() {
    let returns = family.allTasks.compactMap(family.optimalReturn(of:))
    #expect(abs(returns.reduce(0, +) / 81 - 1340.0 / 81) < Tolerance.exactArithmetic)
  }
}

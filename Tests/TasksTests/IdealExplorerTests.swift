import Randomness
import Tasks
import TestSupport
import Testing

@Suite struct `The ideal explorer` {
  private let room = IdealExplorer(size: 9, episodeLength: 20)

  // The most that one episode can give: a new cell with every step, (20 + 19 + … + 1) / 81.
  @Test func `its first episode sees a new cell with every step`() {
    let first = room.expectedReturns(episodes: 1)[0]
    #expect(abs(first - 210.0 / 81) < Tolerance.exactArithmetic)
  }

  // 2.59, 6.67, 10.74, 14.80, 16.54: three walks see twenty new cells each, the fourth nineteen or
  // twenty, and what is left is seen in the fifth on the way.
  @Test func `five episodes are enough to see the whole room of 9 × 9`() {
    let returns = room.expectedReturns(episodes: 5)
    #expect(returns.map { ($0 * 81).rounded() } == [210, 540, 870, 1199, 1340])
  }

  @Test func `no episode gives more than the optimum`() throws {
    let family = DarkRoomFamily(size: 9, episodeLength: 20)
    for goal in family.allTasks {
      let returns = room.expectedReturns(goals: [goal.index], episodes: 8)
      let optimal = try #require(family.optimalReturn(of: goal))
      #expect(returns.allSatisfy { $0 <= optimal + Tolerance.exactArithmetic })
      #expect(abs(returns[7] - optimal) < Tolerance.exactArithmetic)
    }
  }

  @Test func `returns never fall from one episode to the next`() {
    for (size, length) in [(3, 2), (4, 5), (5, 10), (7, 9)] {
      let returns = IdealExplorer(size: size, episodeLength: length).expectedReturns(episodes: 12)
      #expect(zip(returns, returns.dropFirst()).allSatisfy { $0 <= $1 + Tolerance.exactArithmetic })
    }
  }

  @Test(arguments: 1...6)
  func `in a room of 3 × 3 no walk's first episode is better`(length: Int) {
    var best = 0
    var walks = [[4]]
    for _ in 0..<length {
      walks = walks.flatMap { walk in neighbours(of: walk[walk.count - 1]).map { walk + [$0] } }
    }
    for walk in walks {
      var seen: Set<Int> = []
      var sum = 0
      for step in 1...length where seen.insert(walk[step]).inserted { sum += length + 1 - step }
      best = max(best, sum)
    }
    let first = IdealExplorer(size: 3, episodeLength: length).expectedReturns(episodes: 1)[0]
    #expect(abs(first - Double(best) / 9) < Tolerance.exactArithmetic)
  }

  @Test func `mirrored goals are found equally soon`() {
    let returns = [10, 16, 64, 70].map { room.expectedReturns(goals: [$0], episodes: 4) }
    #expect(returns.allSatisfy { $0 == returns[0] })
  }

  @Test func `goals out of reach are never found`() {
    let returns = IdealExplorer(size: 9, episodeLength: 3).expectedReturns(goals: [0], episodes: 30)
    #expect(returns.allSatisfy { $0 == 0 })
  }

  private func neighbours(of cell: Int) -> [Int] {
    let (x, y) = (cell % 3, cell / 3)
    return [(x, y), (x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]
      .filter { (0..<3).contains($0.0) && (0..<3).contains($0.1) }.map { $0.0 + 3 * $0.1 }
  }
}

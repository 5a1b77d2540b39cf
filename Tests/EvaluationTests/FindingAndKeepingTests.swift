import Evaluation
import Testing

@Suite struct `Finding and keeping` {
  /// Four streams of a task: found in episode 1, 2 and 4, and never.
  private func grid() throws -> ReturnsGrid {
    let curves: [[Double]] = [[2, 4, 6, 8], [0, 3, 0, 5], [0, 0, 0, 7], [0, 0, 0, 0]]
    let rows = curves.enumerated().flatMap { seed, curve in
      curve.enumerated().map { episode, earned in
        ReturnsTable.Row(
          method: "ad", split: "held-out", task: 0, trainSeed: 0, evalSeed: seed,
          episode: episode + 1, envSteps: episode + 1, return: earned)
      }
    }
    return try #require(try ReturnsGrid(ReturnsTable(rows), method: "ad", split: "held-out"))
  }

  @Test func `a stream has found from its first return other than 0 on`() throws {
    #expect(try grid().foundShares() == [0.25, 0.5, 0.5, 0.75])
  }

  // One episode after its find: 4 and 0, of two of three; two after: 6 and 5; three after: one of three, too few.
  @Test func `what is kept is the mean return after the find, while half of the finders have it`()
    throws
  {
    #expect(try grid().returnsAfterFind() == [2, 5.5])
  }
}

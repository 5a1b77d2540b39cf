import Evaluation
import Testing

@Suite struct `Finding and keeping` {
  /// Streams of a task: nine found in episode 1, one in 2, one in 4, and one never.
  private func grid() throws -> ReturnsGrid {
    let early = [[Double]](repeating: [2, 4, 6, 8], count: 9)
    let curves = early + [[0, 3, 15, 5], [0, 0, 0, 7], [0, 0, 0, 0]]
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
    #expect(try grid().foundShares() == [9.0 / 12, 10.0 / 12, 10.0 / 12, 11.0 / 12])
  }

  // One episode after its find: nine 4 and a 15, of ten of eleven streams; two after: nine 6 and a 5; three after: nine of
  // eleven, too few.
  @Test func `what is kept is the mean return after the find, while nine tenths have it`()
    throws
  {
    #expect(try grid().returnsAfterFind() == [5.1, 5.9])
  }
}

// What the table of all results says of a method, on returns whose scores can be counted by hand.

import Evaluation
import Randomness
import Tasks
import TestSupport
import Testing

@Suite struct `The score of a method` {
  @Test func `is the mean return of the last tenth of the episodes`() throws {
    // Twenty episodes, of which the last two count: 6 and 8, 1 and 3.
    let curves = [
      [Double](repeating: 0, count: 18) + [6, 8], [Double](repeating: 9, count: 18) + [1, 3],
    ]
    let score = try score(streams("ad", curves), source: nil)
    #expect(abs(score.final.mean - 4.5) < Tolerance.exactArithmetic)
    #expect(score.final.low == 2 && score.final.high == 7)
    #expect(score.optimal == 10)
    #expect([score.trainSeeds, score.evalSeeds, score.episodes] == [1, 1, 20])
  }

  @Test func `against the source is its gain over random actions as a share of the source's`()
    throws
  {
    // Random actions earn 0; the source 8 on both tasks, the method 6 and 2.
    let source = try streams("source", [[8, 8], [8, 8]], trained: false)
    let score = try score(
      streams("ad", [[4, 8], [2, 2]]), source: source, scoring: .wholeAgainstSource)
    #expect(abs(score.final.mean - 0.5) < Tolerance.exactArithmetic)
    #expect(abs(try #require(score.optimal) - 1.25) < Tolerance.exactArithmetic)
  }

  @Test func `of an ideal explorer is exact, with its pace`() throws {
    let score = try #require(
      try MethodScore(
        ideal: [2, 5, 9, 10], source: nil, references: references([0, 0]), scoring: .lastTenth))
    #expect(score.final == Estimate(mean: 10, low: 10, high: 10))
    #expect(score.area10 == 0.65 && score.area100 == 0.65 && score.episodesTo90Percent == 3)
    #expect(score.trainSeeds == 0 && score.episodes == 4)
    let none = try MethodScore(
      ideal: [], source: nil, references: references([0, 0]), scoring: .lastTenth)
    #expect(none == nil)
  }

  @Test func `of an ideal explorer against the source is its gain as a share of the source's`()
    throws
  {
    let source = try streams("source", [[8, 8], [8, 8]], trained: false)
    let score = try #require(
      try MethodScore(
        ideal: [9, 9], source: source, references: references([0, 0]), scoring: .wholeAgainstSource)
    )
    #expect(abs(score.final.mean - 1.125) < Tolerance.exactArithmetic)
  }

  @Test
  func `against the source is 1 for the source and 0 for random actions, whatever those earn`()
    throws
  {
    let references = references([3, 1])
    let source = try streams("source", [[8, 6], [5, 9]], trained: false)
    let chance = try streams("ad", [[3, 3], [1, 1]])
    let scores = try [source, chance].map {
      try MethodScore(
        of: $0, source: source, references: references, scoring: .wholeAgainstSource, seed: Seed(1))
    }
    #expect(abs(scores[0].final.mean - 1) < Tolerance.exactArithmetic)
    #expect(abs(scores[0].final.high - scores[0].final.low) < Tolerance.exactArithmetic)
    #expect(abs(scores[1].final.mean) < Tolerance.exactArithmetic)
  }

  @Test func `against the source is no less certain where tasks differ for both alike`() throws {
    let source = try streams("source", [[8, 8], [4, 4], [6, 6]], trained: false)
    let score = try score(
      streams("ad", [[7, 7], [3, 3], [5, 5]]), source: source, scoring: .wholeAgainstSource)
    #expect(abs(score.final.mean - 5.0 / 6) < Tolerance.exactArithmetic)
    #expect(abs(score.final.high - score.final.low) < Tolerance.exactArithmetic)
  }

  @Test func `against a source that learned for longer counts as many episodes of both`() throws {
    let source = try streams("source", [[4, 4, 10, 10], [4, 4, 10, 10]], trained: false)
    let score = try score(
      streams("ad", [[2, 2], [2, 2]]), source: source, scoring: .wholeAgainstSource)
    #expect(abs(score.final.mean - 0.5) < Tolerance.exactArithmetic)
  }

  @Test(arguments: [Scoring.lastTenth, .wholeAgainstSource])
  func `stands without an optimum, and says no more of it`(scoring: Scoring) throws {
    let grid = try streams("ad", [[2, 8], [4, 4]])
    let source = try streams("source", [[8, 8], [8, 8]], trained: false)
    let unknown = [(0, 10.0), (1, nil)].map {
      ReferenceReturns(split: "held-out", task: $0.0, random: 0, optimal: $0.1)
    }
    let known = try score(grid, source: source, scoring: scoring)
    let found = try MethodScore(
      of: grid, source: source, references: unknown, scoring: scoring, seed: Seed(1))
    #expect(found.final == known.final)
    #expect(found.optimal == nil && found.stepsRatio50 == nil && found.stepsRatio75 == nil)
  }

  @Test func `needs the source to be a share of it`() throws {
    let grid = try streams("ad", [[1], [2]])
    #expect(throws: ReturnsError.noSource) {
      try score(grid, source: nil, scoring: .wholeAgainstSource)
    }
  }

  @Test func `is not compared with a source on other tasks`() throws {
    let grid = try streams("ad", [[1], [2]])
    let other = try streams("source", [[1], [2], [3]], trained: false)
    #expect(throws: ReturnsError.otherTasks(expected: [0, 1], found: [0, 1, 2])) {
      try score(grid, source: other)
    }
  }
}

@Suite struct `How many more steps the source needs` {
  // Every task's optimum is 10 and random actions earn 0; an episode of a method has 20 steps, one of the source,
  // with its actors, 100.
  @Test func `is the median over tasks of steps divided by steps`() throws {
    // To one half the method needs 1, 2 and 1 episodes, the source 2, 2 and 4: 10, 5 and 20 times the steps; to
    // three quarters 2, 2 and 4 and 4, 2 and 4: 10, 5 and 5 times.
    let score = try score(
      streams("ad", [[5, 8, 8, 8], [4, 9, 9, 9], [6, 6, 6, 9]]),
      source: streams(
        "source", [[0, 6, 6, 8], [0, 8, 8, 8], [1, 2, 3, 9]], trained: false, episodeSteps: 100))
    #expect(score.stepsRatio50 == 10)
    #expect(score.stepsRatio75 == 5)
  }

  @Test func `counts a task that the method never learns as 0`() throws {
    let source = try streams("source", [[0, 9], [0, 9]], trained: false, episodeSteps: 100)
    #expect(try score(streams("ad", [[0, 0], [0, 0]]), source: source).stepsRatio50 == 0)
    #expect(try score(streams("ad", [[9, 9], [0, 0]]), source: source).stepsRatio50 == 5)
  }

  @Test func `counts a task that the source never learns with all the steps it had`() throws {
    let source = try streams("source", [[0, 0, 0, 0]], trained: false, episodeSteps: 100)
    #expect(try score(streams("ad", [[9, 9]]), source: source).stepsRatio50 == 20)
  }

  @Test func `is not said of the source, nor without one`() throws {
    let source = try streams("source", [[0, 9]], trained: false)
    #expect(try score(source, source: source).stepsRatio50 == nil)
    #expect(try score(streams("ad", [[0, 9]]), source: nil).stepsRatio75 == nil)
  }
}

/// Returns of one stream for each task.
private func streams(
  _ method: String, _ curves: [[Double]], trained: Bool = true, episodeSteps: Int = 20
) throws -> ReturnsGrid {
  let rows = curves.enumerated().flatMap { task, curve in
    curve.enumerated().map { episode, earned in
      ReturnsTable.Row(
        method: method, split: "held-out", task: task, trainSeed: trained ? 0 : nil, evalSeed: 0,
        episode: episode + 1, envSteps: episodeSteps * (episode + 1), return: earned)
    }
  }
  return try #require(try ReturnsGrid(ReturnsTable(rows), method: method, split: "held-out"))
}

private func references(_ random: [Double]) -> [ReferenceReturns] {
  random.enumerated().map {
    ReferenceReturns(split: "held-out", task: $0, random: $1, optimal: 10)
  }
}

/// The score where random actions earn nothing and the optimum is 10.
private func score(
  _ grid: ReturnsGrid, source: ReturnsGrid?, scoring: Scoring = .lastTenth
) throws(ReturnsError) -> MethodScore {
  try MethodScore(
    of: grid, source: source, references: references(grid.tasks.map { _ in 0 }), scoring: scoring,
    seed: Seed(1))
}

// Which episodes of a history are shown: they have the share that is asked for and fill what they may fill.

import Evaluation
import Foundation
import LearningHistories
import Models
import Randomness
import TestSupport
import Testing

@Suite struct `A demonstration` {
  /// Reads back a history of episodes that earn these returns.
  private func history(_ returns: [Int], steps: Int = 6) throws -> History {
    try history(HandWrittenShard(returns: [returns], steps: steps))
  }

  private func history(_ shard: HandWrittenShard) throws -> History {
    let scratch = try ScratchFolder()
    let url = URL(fileURLWithPath: scratch.file("mine.safetensors"))
    try shard.write(to: url)
    return try HistoryShard(reading: url).histories[0]
  }

  /// A learner's returns: they rise by chance.
  private static func rising(_ seed: Int, count: Int = 60) -> [Int] {
    var random = Seed(9).random(for: "returns", seed)
    return (0..<count).map { episode in
      random.below(2 + 5 * episode / count)
    }
  }

  @Test(arguments: [(12, 2), (18, 3), (20, 3), (30, 5)])
  func `holds as many whole episodes as fill its steps`(steps: Int, episodes: Int) throws {
    let history = try history(Self.rising(0))
    for level in [0.5, 1, 2, 3] {
      let shown = Demonstration(of: history, firstEarning: level, steps: steps)
      #expect(shown.episodes.count == episodes)
      #expect(shown.contextSteps.count == 6 * episodes)
      #expect(shown.contextSteps == history.contextSteps(ofEpisodes: shown.episodes))
      #expect(shown.contextSteps[0].startsEpisode)
    }
  }

  @Test(arguments: 0..<8)
  func `stands where the history first earns the level`(seed: Int) throws {
    let returns = Self.rising(seed)
    let history = try history(returns)
    func mean(from first: Int) -> Double {
      Double(returns[first..<first + 4].reduce(0, +)) / 4
    }
    for level in [0.25, 1, 1.75, 2.5] {
      let shown = Demonstration(of: history, firstEarning: level, steps: 24)
      #expect(shown.meanReturn == mean(from: shown.episodes.lowerBound))
      #expect(shown.meanReturn >= level)
      for earlier in 0..<shown.episodes.lowerBound {
        #expect(mean(from: earlier) < level)
      }
    }
  }

  @Test func `of a level that is never earned is the best there is`() throws {
    let history = try history([0, 1, 0, 2, 3, 0, 1, 1])
    let shown = Demonstration(of: history, firstEarning: 6, steps: 12)
    #expect(shown.episodes == 3..<5)
  }

  @Test func `of the end is of the last episodes`() throws {
    let history = try history(Self.rising(1, count: 11))
    #expect(Demonstration(endOf: history, steps: 18).episodes == 8..<11)
    #expect(Demonstration(endOf: history, steps: 600).episodes == 0..<11)
  }

  @Test func `of a history that is shorter than its steps is all of it`() throws {
    let history = try history([0, 3])
    #expect(Demonstration(of: history, firstEarning: 0, steps: 18).episodes == 0..<2)
  }

  @Test func `of episodes that are too long is the end of one`() throws {
    let history = try history([1, 2, 4])
    let shown = Demonstration(of: history, firstEarning: 2, steps: 4)
    #expect(shown.episodes == 1..<2)
    #expect(shown.contextSteps.map(\.reward) == [0, 0, 1, 1])
  }

  @Test func `of episodes of many lengths never exceeds its steps nor leaves room for one more`()
    throws
  {
    let lengths = [6, 1, 3, 2, 6, 6, 1, 1, 4, 2, 5, 6, 3]
    let shard = HandWrittenShard([
      lengths.enumerated().map { HandWrittenShard.episode(earning: $0 / 4, steps: $1) }
    ])
    let history = try history(shard)
    for level in [0.0, 1, 2, 3] {
      let shown = Demonstration(of: history, firstEarning: level, steps: 9)
      #expect(lengths[shown.episodes].reduce(0, +) <= 9)
      let before = shown.episodes.lowerBound - 1
      let after = shown.episodes.upperBound
      let around = before >= 0 ? lengths[before] : lengths[after]
      #expect(lengths[shown.episodes].reduce(0, +) + around > 9)
    }
  }
}

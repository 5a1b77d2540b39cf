// What is attended to: parts of a window, and the shares of attention they get.

import Contexts
import Evaluation
import LinearAlgebra
import Models
import Tasks
import Testing

@Suite struct `A window that is attended to` {
  /// Two episodes of two steps; the first one's last step is rewarded, and the second one's first.
  private static func window(tokensPerStep: Int) -> AttendedWindow {
    AttendedWindow(
      (0..<4).map { step in
        ContextStep(
          observation: .empty, action: 0, reward: [1, 2].contains(step) ? 1 : 0,
          startsEpisode: step % 2 == 0)
      }, tokensPerStep: tokensPerStep)
  }

  @Test func `tells of a reward in the token after it, and of an episode in its first`() {
    let window = Self.window(tokensPerStep: 1)
    #expect((0..<4).map(window.tellsOfReward) == [false, false, true, true])
    #expect((0..<4).map(window.startsEpisode) == [true, false, true, false])
    #expect((0..<4).map(window.episode) == [0, 0, 1, 1])
  }

  @Test func `of three tokens tells of a reward in its own`() {
    let window = Self.window(tokensPerStep: 3)
    #expect((0..<12).filter(window.tellsOfReward) == [5, 8])
    #expect((0..<12).filter(window.startsEpisode) == [0, 6])
    #expect((0..<12).map(window.episode) == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
  }

  @Test func `gives to parts what predictions from the second episode on give`() throws {
    let weights = Matrix(rows: 4, columns: 4)
    weights.assign([1, 0, 0, 0, 0.5, 0.5, 0, 0, 0.5, 0.125, 0.375, 0, 0.125, 0, 0.25, 0.625])
    let window = Self.window(tokensPerStep: 1)
    let earlier = try #require(window.shares(of: .earlierEpisodes, in: weights))
    #expect(earlier.attended == (0.625 + 0.125) / 2)
    #expect(earlier.even == (2.0 / 3 + 2.0 / 4) / 2)
    let rewards = try #require(window.shares(of: .rewards, in: weights))
    #expect(rewards.attended == (0.375 + 0.875) / 2)
    #expect(rewards.even == (1.0 / 3 + 2.0 / 4) / 2)
    let starts = try #require(window.shares(of: .starts, in: weights))
    #expect(starts.attended == (0.875 + 0.375) / 2)
    #expect(starts.even == (2.0 / 3 + 2.0 / 4) / 2)
  }

  @Test func `of one episode gives nothing`() {
    let window = AttendedWindow(
      [ContextStep(observation: .empty, action: 0, reward: 1, startsEpisode: true)],
      tokensPerStep: 1)
    let weights = Matrix(rows: 1, columns: 1)
    #expect(window.shares(of: .starts, in: weights) == nil)
  }

  @Test func `is a batch of one`() {
    let batch = Self.window(tokensPerStep: 3).batch
    #expect(batch.windowCount == 1 && batch.stepCount == 4 && batch.tokensPerStep == 3)
    #expect(batch.rewards == [0, 1, 1, 0])
  }
}

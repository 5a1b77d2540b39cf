// What a window may hold, on histories whose every step tells where it comes from.

import Contexts
import LearningHistories
import Randomness
import TestSupport
import Testing

@Suite struct `Windows of histories` {
  static let rules = WindowRule.allCases
  static let selections: [EpisodeSelection] = [
    .learning(subsampling: 1), .learning(subsampling: 3), .converged(lastFraction: 0.4),
  ]

  @Test(arguments: rules, selections) func `never mix tasks or streams`(
    rule: WindowRule, selection: EpisodeSelection
  ) throws {
    for window in try Sampling(selection: selection, rule: rule).windows() {
      #expect(Set(window.steps.map { [$0.task, $0.stream] }).count == 1)
    }
  }

  @Test(arguments: rules) func `come from every history`(rule: WindowRule) throws {
    let windows = try Sampling(selection: .learning(subsampling: 3), rule: rule).windows()
    #expect(Set(windows.map { [$0.steps[0].task, $0.steps[0].stream] }).count == 6)
  }

  @Test(arguments: rules, selections) func `hold actions and rewards beside their observations`(
    rule: WindowRule, selection: EpisodeSelection
  ) throws {
    for window in try Sampling(selection: selection, rule: rule).windows() {
      #expect(window.actions == window.steps.map(\.action))
      #expect(window.rewards == window.steps.map(\.reward))
    }
  }

  @Test(arguments: rules, [1, 2, 3]) func `keep every k-th episode whole and in order`(
    rule: WindowRule, k: Int
  ) throws {
    let sampling = try Sampling(selection: .learning(subsampling: k), rule: rule)
    for window in sampling.windows() {
      for (step, next) in zip(window.steps, window.steps.dropFirst()) {
        let length = sampling.learner.length(ofEpisode: step.episode, stream: step.stream)
        let isLast = step.step == length - 1
        #expect(next.episode == step.episode + (isLast ? k : 0))
        #expect(next.step == (isLast ? 0 : step.step + 1))
      }
    }
  }

  @Test(arguments: rules) func `keep every one to every k-th episode if that varies`(
    rule: WindowRule
  ) throws {
    let sampling = try Sampling {
      $0.windows = rule
      $0.variesSubsampling = true
    }
    let strides = sampling.windows().map { window in
      Set(zip(window.steps, window.steps.dropFirst()).map { $1.episode - $0.episode })
        .subtracting([0])
    }
    #expect(strides.allSatisfy { $0.count == 1 })
    #expect(Set(strides) == [[1], [2], [3]])
  }

  @Test(arguments: rules) func `of converged histories see only the last share`(
    rule: WindowRule
  ) throws {
    let windows = try Sampling(selection: .converged(lastFraction: 0.4), rule: rule).windows()
    let episodes = Set(windows.flatMap { $0.steps.map(\.episode) })
    #expect(episodes == Set(12..<20))
  }

  @Test(arguments: rules) func `reach the end of the histories`(rule: WindowRule) throws {
    let sampling = try Sampling(selection: .learning(subsampling: 3), rule: rule)
    let episodes = Set(sampling.windows(500).flatMap { $0.steps.map(\.episode) })
    #expect(episodes == Set(0..<20))
  }
}

@Suite struct `Windows from the start` {
  private func windows() throws -> [Window] {
    try Sampling { $0.fromStartFraction = 1 }.windows()
  }

  @Test func `begin with one of the first episodes`() throws {
    let firsts = try windows().map { $0.steps[0] }
    #expect(firsts.allSatisfy { $0.step == 0 })
    #expect(Set(firsts.map(\.episode)) == [0, 1, 2])
  }

  @Test func `count everywhere`() throws {
    #expect(try windows().allSatisfy { $0.weights.allSatisfy { $0 == 1 } })
  }

  @Test func `are their share of all`() throws {
    let windows = try Sampling { $0.fromStartFraction = 0.3 }.windows(10_000)
    let share = Double(windows.count { $0.weights[0] == 1 }) / 10_000
    #expect(abs(share - 0.3) <= Tolerance.shareOfTenThousand)
  }
}

@Suite struct `Sliding windows` {
  private func windows() throws -> [Window] {
    try Sampling { $0.fromStartFraction = 0 }.windows(500)
  }

  @Test func `begin at an episode's first step`() throws {
    #expect(try windows().allSatisfy { $0.steps[0].step == 0 })
  }

  @Test func `begin at any episode from which a window can be filled`() throws {
    // The last windows of 20 steps need four episodes of at most 7 steps, three episodes apart.
    #expect(Set(try windows().map { $0.steps[0].episode }).isSuperset(of: 0...10))
  }

  @Test func `count in their second half only`() throws {
    let expected = Array(repeating: Float(0), count: 10) + Array(repeating: Float(1), count: 10)
    #expect(try windows().allSatisfy { $0.weights == expected })
  }
}

@Suite struct `Uniform windows` {
  private func windows() throws -> [Window] {
    try Sampling { $0.windows = .uniform }.windows(500)
  }

  @Test func `count everywhere`() throws {
    #expect(try windows().allSatisfy { $0.weights.allSatisfy { $0 == 1 } })
  }

  @Test func `begin at any step of an episode`() throws {
    #expect(Set(try windows().map { $0.steps[0].step }) == Set(0..<7))
  }
}

@Suite struct `What a window holds` {
  @Test(arguments: WindowRule.allCases)
  func `depends on seed, update and its place alone`(rule: WindowRule) throws {
    let sampling = try Sampling {
      $0.windows = rule
      $0.maskProbability = 0.2
    }
    let many = sampling.windows(40, update: 6, seed: 3)
    _ = sampling.windows(5, update: 7, seed: 4)
    #expect(sampling.windows(10, update: 6, seed: 3) == Array(many.prefix(10)))
  }

  @Test func `differs from seed to seed, update to update and place to place`() throws {
    let sampling = try Sampling { $0.windows = .uniform }
    let windows = sampling.windows(40, update: 6, seed: 3)
    #expect(zip(windows, sampling.windows(40, update: 7, seed: 3)).count { $0 == $1 } < 10)
    #expect(zip(windows, sampling.windows(40, update: 6, seed: 4)).count { $0 == $1 } < 10)
    #expect(zip(windows, windows.dropFirst()).count { $0 == $1 } < 10)
  }

  @Test func `leaves nothing of what was there before`() throws {
    let masking = try Sampling { $0.maskProbability = 0.9 }
    let plain = try Sampling()
    var batch = ContextBatch(windowCount: 10, stepCount: 20)
    masking.sampler.fill(&batch, update: 0, seed: Seed(2))
    plain.sampler.fill(&batch, update: 5, seed: Seed(1))
    #expect(batch.windows == plain.windows(10, update: 5))
  }
}

@Suite struct `Masking` {
  @Test(arguments: [1, 3], [0.1, 0.3])
  func `hides its share of tokens`(tokensPerStep: Int, probability: Double) throws {
    let windows = try Sampling { $0.maskProbability = probability }
      .windows(500, tokensPerStep: tokensPerStep)
    let masks = windows.flatMap(\.isMasked)
    let share = Double(masks.count { $0 }) / Double(masks.count)
    #expect(masks.count >= 10_000)
    #expect(abs(share - probability) <= Tolerance.shareOfTenThousand)
  }

  @Test func `never changes what is predicted or what it counts`() throws {
    let masked = try Sampling { $0.maskProbability = 0.5 }.windows()
    let plain = try Sampling().windows()
    #expect(masked.map(\.steps) == plain.map(\.steps))
    #expect(masked.map(\.actions) == plain.map(\.actions))
    #expect(masked.map(\.rewards) == plain.map(\.rewards))
    #expect(masked.map(\.weights) == plain.map(\.weights))
  }

  @Test func `of no probability hides nothing`() throws {
    #expect(try Sampling().windows().allSatisfy { !$0.isMasked.contains(true) })
  }
}

@Suite struct `Histories that cannot fill a window` {
  @Test func `are refused with the task, the steps and what to change`() throws {
    #expect {
      try Sampling(TellingLearner(episodesPerStream: 10), .learning(subsampling: 3)) {
        $0.steps = 61
      }
    } throws: {
      "\($0)" == """
        A history of task 1 has 60 steps to make windows of, but a window needs 61. Collect longer \
        histories, lower context.steps, or raise ed.last_fraction if it is for ED.
        """
    }
  }

  // Ten episodes of six steps; of every third, from the first on, there are four.
  @Test(arguments: [(18, 3, 0...2), (24, 3, 0...0), (30, 2, 0...1), (60, 1, 0...0)])
  func `have more of their episodes kept, or only those first that fill one`(
    steps: Int, stride: Int, first: ClosedRange<Int>
  ) throws {
    let sampling = try Sampling(TellingLearner(episodesPerStream: 10), .learning(subsampling: 3)) {
      $0.steps = steps
      $0.fromStartFraction = 1
    }
    for window in sampling.windows() {
      let episodes = window.steps.map(\.episode)
      #expect(first.contains(episodes[0]))
      #expect(zip(episodes, episodes.dropFirst(6)).allSatisfy { $1 - $0 == stride })
    }
  }

  @Test func `are refused when only their converged share is too short`() throws {
    #expect(throws: ContextError.historyTooShort(task: 1, steps: 12, needed: 20)) {
      try Sampling(TellingLearner(), .converged(lastFraction: 0.1))
    }
  }

  @Test func `are refused when there are none`() {
    #expect {
      try WindowSampler(
        histories: [], settings: ContextSettings(), selection: .learning(subsampling: 1))
    } throws: {
      "\($0)"
        == "There is no history of a training task. Collect some with `distill collect`."
    }
  }
}

extension Sampling {
  /// A sampler of a rule.
  fileprivate init(selection: EpisodeSelection, rule: WindowRule) throws {
    try self.init(TellingLearner(lengthsVary: true), selection) { $0.windows = rule }
  }
}

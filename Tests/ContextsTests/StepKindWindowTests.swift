// Windows hold whatever a step may be: floats, tensors, categories, actions of several factors, any rewards.

import Contexts
import Foundation
import LearningHistories
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport
import Testing

@Suite struct `Windows of every kind of step` {
  /// Two histories of five episodes of four to eight steps, as they were lived.
  private func lived(_ kind: StepKind) -> [[Episode]] {
    (0..<2).map { index in
      var random = Seed(5).random(for: "window lives", index)
      return (0..<5).map { kind.episode(steps: 4 + $0, using: &random) }
    }
  }

  @Test(arguments: StepKind.allCases, WindowRule.allCases)
  func `hold the steps of one history as they were lived`(
    kind: StepKind, rule: WindowRule
  ) throws {
    try withTemporaryFolder { folder in
      let lived = lived(kind)
      let writer = try HistoryWriter(
        HistorySetDescription(
          family: .init(name: "mine", settings: [:]), interface: kind.interface,
          split: TaskSplit(training: [TaskID(0)], heldOut: [TaskID(1)]),
          learner: .init(name: "me", settings: [:]), fingerprint: "f", origin: .imported),
        to: folder)
      try writer.write(
        try lived.enumerated().map { index, episodes in
          var history = RecordedHistory(of: TaskID(0), kind.interface, learner: index)
          for episode in episodes { try history.append(episode) }
          return history
        })
      try writer.finish()
      var settings = ContextSettings()
      (settings.steps, settings.windows, settings.maskProbability) = (10, rule, 0)
      let sampler = try WindowSampler(
        histories: try HistorySet(reading: folder).histories, settings: settings,
        selection: .learning(subsampling: 1))
      var batch = ContextBatch(windowCount: 20, stepCount: 10)
      sampler.fill(&batch, update: 3, seed: Seed(1))
      let whole = lived.map { episodes in
        episodes.flatMap { episode in
          (0..<episode.stepCount).map {
            Step(
              observation: episode.observation(at: $0), action: episode.action(at: $0),
              reward: episode.reward(at: $0))
          }
        }
      }
      for window in 0..<20 {
        let steps = (0..<10).map { step in
          let index = batch.index(window: window, step: step)
          return Step(
            observation: batch.observations[index], action: Int(batch.actions[index]),
            reward: batch.rewards[index])
        }
        #expect(whole.contains { $0.contains(steps) })
      }
    }
  }
}

/// What a window says of a step.
private struct Step: Equatable {
  let observation: Observation
  let action: Int
  let reward: Float
}

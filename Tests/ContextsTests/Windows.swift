import Contexts
import Foundation
import LearningHistories
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport

/// Histories of three tasks of a learner that writes into every step where it stands.
func tellingHistories(_ learner: TellingLearner) throws -> [History] {
  try withTemporaryFolder { folder in
    let family = TellingFamily()
    let tasks = [TaskID(1), TaskID(4), TaskID(7)]
    try HistoryCollector(
      family: family, tasks: tasks,
      split: TaskSplit(of: family, heldOut: 2, validation: 1, seed: Seed(1)), learner: learner,
      historiesPerTask: learner.streamCount, seed: Seed(1), folder: folder, fingerprint: "f"
    ).collect(workers: 1)
    return try HistorySet(reading: folder).histories(of: tasks)
  }
}

/// A drawn window: what its steps say of themselves, and what they count.
struct Window: Equatable {
  let steps: [TellingStep]
  let actions: [Int]
  let rewards: [Float]
  let weights: [Float]
  let isMasked: [Bool]
}

extension ContextBatch {
  /// A window's content.
  func window(_ window: Int) -> Window {
    let steps = window * stepCount..<(window + 1) * stepCount
    let tokens = window * tokenCount..<(window + 1) * tokenCount
    return Window(
      steps: observations[steps].map { TellingStep($0) }, actions: actions[steps].map { Int($0) },
      rewards: Array(rewards[steps]), weights: Array(lossWeights[steps]),
      isMasked: Array(isMasked[tokens]))
  }

  /// The content of all windows.
  var windows: [Window] { (0..<windowCount).map(window) }
}

/// A sampler over telling histories.
struct Sampling {
  let learner: TellingLearner
  var settings = ContextSettings()
  let sampler: WindowSampler

  init(
    _ learner: TellingLearner = TellingLearner(lengthsVary: true),
    _ selection: EpisodeSelection = .learning(subsampling: 3),
    change: (inout ContextSettings) -> Void = { _ in }
  ) throws {
    self.learner = learner
    settings.steps = 20
    settings.maskProbability = 0
    change(&settings)
    sampler = try WindowSampler(
      histories: try tellingHistories(learner), settings: settings, selection: selection)
  }

  /// The windows of an update.
  func windows(
    _ count: Int = 200, update: Int = 0, seed: UInt64 = 1, tokensPerStep: Int = 1
  ) -> [Window] {
    var batch = ContextBatch(
      windowCount: count, stepCount: settings.steps, tokensPerStep: tokensPerStep)
    sampler.fill(&batch, update: update, seed: Seed(seed))
    return batch.windows
  }
}

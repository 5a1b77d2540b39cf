// Histories to draw windows from, recorded by the library's own collector: a learner that never
// stops exploring, so that they are random, in dark rooms of 20 steps an episode.

internal import Contexts
internal import Foundation
internal import LearningHistories
internal import Randomness
internal import SourceAlgorithms
internal import Tasks

/// A set of random histories in a folder.
struct RandomHistories {
  var tasks = 8
  var historiesPerTask = 8
  /// Of each history: 80 episodes of context, every eighth kept, and as much again to choose from.
  var episodes = 1_300

  /// Records the set and opens it.
  func record(in folder: URL) throws -> HistorySet {
    var settings = TabularQLearningSettings()
    (settings.episodes, settings.initialExploration, settings.finalExploration) = (episodes, 1, 1)
    let family = DarkRoomFamily()
    let split = TaskSplit(of: family, heldOut: 0, validation: 0, seed: Seed(0))
    try HistoryCollector(
      family: family, tasks: Array(split.training.prefix(tasks)), split: split,
      learner: Stepwise(TabularQLearning(settings)), historiesPerTask: historiesPerTask,
      seed: Seed(0), folder: folder, fingerprint: "benchmark"
    ).collect(workers: 2)
    return try HistorySet(reading: folder)
  }

  /// Records the set and draws windows of a size from it.
  func sampler(for size: ModelSize, in folder: URL) throws -> WindowSampler {
    try WindowSampler(
      histories: try record(in: folder).histories, settings: size.context,
      selection: .learning(subsampling: size.context.episodeSubsampling))
  }
}

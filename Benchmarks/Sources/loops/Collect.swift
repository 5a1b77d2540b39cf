// collect-a3c, collect-tabular: learners learn, and their histories are recorded and written.

internal import ArgumentParser
internal import Foundation
internal import LearningHistories
internal import Randomness
internal import SourceAlgorithms
internal import Tasks

struct CollectA3C: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect-a3c",
    abstract: "Records A3C with 3 × 128 on dark rooms; environment steps a second.")

  @Option(help: "Rooms; each takes 64 histories of 300 episodes.")
  var tasks = 8
  @Option(help: "Threads.")
  var workers = 2

  func run() throws {
    var settings = A3CSettings()
    (settings.actors, settings.episodes) = (8, 300)
    (settings.hiddenLayers, settings.hiddenWidth) = (3, 128)
    try measureCollection(
      "collect-a3c", of: A3C(settings), tasks: tasks, historiesPerTask: 64, workers: workers)
  }
}

struct CollectTabular: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Records tabular Q-learning on dark rooms; environment steps a second.")

  @Option(help: "Rooms; each takes 64 histories of 500 episodes.")
  var tasks = 81
  @Option(help: "Threads.")
  var workers = 2

  func run() throws {
    try measureCollection(
      "collect-tabular", of: Stepwise(TabularQLearning()), tasks: tasks, historiesPerTask: 64,
      workers: workers)
  }
}

/// Collects into a temporary folder and prints the speed, files included.
private func measureCollection(
  _ loop: String, of learner: some SourceLearner, tasks: Int, historiesPerTask: Int, workers: Int
) throws {
  let family = DarkRoomFamily()
  let split = TaskSplit(of: family, heldOut: 0, validation: 0, seed: Seed(0))
  try withTemporaryFolder { folder in
    let collector = HistoryCollector(
      family: family, tasks: Array(split.training.prefix(tasks)), split: split, learner: learner,
      historiesPerTask: historiesPerTask, seed: Seed(0), folder: folder, fingerprint: "benchmark")
    let timed = Stopwatch()
    try collector.collect(workers: workers)
    let seconds = timed.seconds
    let steps = tasks * historiesPerTask * learner.episodesPerStream * family.episodeLength
    try printLine(
      CollectionSpeed(
        loop: loop, stepsPerSecond: Double(steps) / seconds, steps: steps, seconds: seconds,
        workers: workers))
  }
}

private struct CollectionSpeed: Encodable {
  let loop: String
  let stepsPerSecond: Double
  let steps: Int
  let seconds: Double
  let workers: Int
}

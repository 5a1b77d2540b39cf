// Recording the source on some tasks: the histories that models learn from, and the source's own
// curve on the tasks they are tested on.

internal import Foundation
internal import LearningHistories
internal import SourceAlgorithms
internal import Synchronization
internal import Tasks

extension Run {
  /// Records what is missing of the source's learning, showing how far it has come.
  /// - Parameters:
  ///   - stage: The stage's name in `timings.json`.
  ///   - title: What is being done, for people.
  /// - Returns: The seconds it took; nothing if all was there.
  @discardableResult
  func record(
    _ tasks: [TaskID], historiesPerTask: Int, priorTaskFraction: Double = 0, into folder: String,
    stage: String, title: String
  ) throws -> Double? {
    let collector = collector(
      tasks, historiesPerTask: historiesPerTask, priorTaskFraction: priorTaskFraction, into: folder)
    let progress = Mutex<CollectionProgress?>(nil)
    let episodes = tasks.count * historiesPerTask * collector.learner.episodesPerStream
    let line = console.progress(title, total: episodes, unit: "episodes")
    return try timed(stage) { amounts in
      defer {
        let recorded = progress.withLock { $0.map { $0.steps - $0.keptSteps } ?? 0 }
        if recorded > 0 { amounts["environment_steps"] = recorded }
        line.finish()
      }
      try Interruption.finishingUnits(areShort: family.learnersPerThread == 1) {
        try collector.collect(workers: workers) { now in
          progress.withLock { $0 = now }
          line.advance(to: now.episodes)
        } shouldStop: {
          Interruption.isRequested
        }
      }
    }
  }

  func collector(
    _ tasks: [TaskID], historiesPerTask: Int, priorTaskFraction: Double, into folder: String
  ) -> HistoryCollector {
    HistoryCollector(
      family: family, familySettings: configuration.task.described,
      tasks: tasks, split: split.holdingOut(tasks), learner: configuration.source.makeLearner(),
      learnerSettings: describedSettings(configuration.source, except: "algorithm"),
      historiesPerTask: historiesPerTask, priorTaskFraction: priorTaskFraction,
      seed: configuration.experimentSeed, folder: URL(fileURLWithPath: folder),
      fingerprint: configuration.fingerprint(
        recording: tasks, historiesPerTask: historiesPerTask, priorTaskFraction: priorTaskFraction))
  }
}

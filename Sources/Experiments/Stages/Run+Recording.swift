// Recording the source on some tasks: the histories that models learn from, and the source's own
// curve on the tasks they are tested on.

internal import Foundation
internal import LearningHistories
internal import SourceAlgorithms
internal import Synchronization
internal import Tasks

extension Run {
  /// Records what is missing of a collection, showing how far it has come.
  /// - Parameters:
  ///   - stage: The stage's name in `timings.json`.
  ///   - title: What is being done, for people.
  /// - Returns: The seconds it took; nothing if all was there.
  @discardableResult
  func record(_ collector: HistoryCollector, stage: String, title: String) throws -> Double? {
    let progress = Mutex<CollectionProgress?>(nil)
    let episodes = collector.episodeCount
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
        } waiting: {
          console.waits(collector.folder.relativePath)
        }
      }
    }
  }

  /// The collection of the histories that models learn from.
  func trainingCollector(into folder: String) -> HistoryCollector {
    collector(
      split.training, historiesPerTask: configuration.collect.historiesPerTask,
      priorTaskFraction: configuration.collect.priorTaskFraction, into: folder)
  }

  func collector(
    _ tasks: [TaskID], historiesPerTask: Int, priorTaskFraction: Double = 0, into folder: String
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

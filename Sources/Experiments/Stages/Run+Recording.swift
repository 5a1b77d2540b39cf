// Recording the source on some tasks: the histories that models learn from, and the source's own
// curve on the tasks they are tested on.

internal import Evaluation
internal import Foundation
internal import LearningHistories
internal import SourceAlgorithms
internal import Synchronization
internal import Tasks

extension Run {
  /// Records what is missing of the learning on the training tasks.
  /// - Parameter own: The tasks to record, while other processes record the others; nil for all.
  /// - Returns: The seconds it took; nothing if all was there.
  @discardableResult
  func recordTraining(only own: [TaskID]? = nil) throws -> Double? {
    try record(
      trainingCollector(into: folder.histories), only: own, stage: "collect", title: "collecting")
  }

  /// Records what is missing of the source's own learning on the tasks of a split, from scratch: a stream for each
  /// evaluation seed.
  /// - Parameter own: The tasks to record, while other processes record the others; nil for all.
  func recordSource(on split: EvaluatedSplit, only own: [TaskID]? = nil) throws {
    let streams = configuration.source.makeLearner().streamCount
    let learners = (configuration.evaluate.seeds + streams - 1) / streams
    let collector = collector(
      try experiment.tasks(in: split), historiesPerTask: learners * streams,
      into: folder.sourceHistories(on: split))
    try record(
      collector, only: own, stage: "evaluate/\(split.rawValue)/source",
      title: "running the source on \(split.rawValue) tasks:")
  }

  /// Records what is missing of a collection, showing how far it has come.
  /// - Parameters:
  ///   - own: The tasks to record, while other processes record the others; nil for all.
  ///   - stage: The stage's name in `timings.json`.
  ///   - title: What is being done, for people.
  /// - Returns: The seconds it took; nothing if all was there.
  @discardableResult
  private func record(
    _ collector: HistoryCollector, only own: [TaskID]?, stage: String, title: String
  ) throws -> Double? {
    try requireFolder()
    let progress = Mutex<CollectionProgress?>(nil)
    let episodes = collector.episodeCount(of: own ?? collector.tasks)
    let line = console.progress(title, total: episodes, unit: "episodes")
    return try timed(stage) { amounts in
      defer {
        let recorded = progress.withLock { $0.map { $0.steps - $0.keptSteps } ?? 0 }
        if recorded > 0 { amounts["environment_steps"] = recorded }
        line.finish()
      }
      let note = { @Sendable (now: CollectionProgress) in
        progress.withLock { $0 = now }
        line.advance(to: now.episodes)
      }
      let shouldStop = { @Sendable in Interruption.isRequested }
      try Interruption.finishingUnits(areShort: family.learnersPerThread == 1) {
        if let own {
          try collector.collect(
            only: own, workers: workers, progress: note, shouldStop: shouldStop)
        } else {
          try collector.collect(
            workers: workers, progress: note, shouldStop: shouldStop,
            waiting: { console.waits(collector.folder.relativePath) })
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

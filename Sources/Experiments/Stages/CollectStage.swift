// collect: the source learns every training task, and its learning is recorded.

internal import Foundation
internal import LearningHistories
internal import SourceAlgorithms
internal import Synchronization
internal import Tasks
internal import TensorFiles

/// Records learning histories into a run folder, or what is missing of them.
package struct CollectStage {
  private let run: Run

  /// The stage of a run.
  package init(_ run: Run) { self.run = run }

  /// Records what is missing. Only training tasks are ever recorded.
  package func perform() throws {
    let collector = makeCollector()
    let progress = Mutex<CollectionProgress?>(nil)
    let line = run.console.progress(
      "collecting", total: episodeCount(of: collector), unit: "episodes")
    let seconds = try run.timed("collect") { amounts in
      defer {
        let recorded = progress.withLock { $0.map { $0.steps - $0.keptSteps } ?? 0 }
        if recorded > 0 { amounts["environment_steps"] = recorded }
        line.finish()
      }
      _ = try collector.collect(workers: run.workers) { now in
        progress.withLock { $0 = now }
        line.advance(to: now.episodes)
      }
    }
    let set = try HistorySet(reading: collector.folder)
    let content =
      "\(run.folder.histories) (\(grouped(set.histories.count)) histories, "
      + "\(grouped(set.stepCount)) steps, \(set.shards.count) shards)"
    if let seconds {
      run.console.wrote("\(content) in \(duration(seconds))")
    } else {
      run.console.kept(content)
    }
  }

  private func makeCollector() -> HistoryCollector {
    let configuration = run.configuration
    let split = configuration.makeSplit()
    return HistoryCollector(
      family: configuration.task.makeFamily(),
      familySettings: describedSettings(configuration.task, except: "family"),
      tasks: split.training, split: split, learner: configuration.source.makeLearner(),
      learnerSettings: describedSettings(configuration.source, except: "algorithm"),
      historiesPerTask: configuration.collect.historiesPerTask, seed: configuration.experimentSeed,
      folder: URL(fileURLWithPath: run.folder.histories),
      fingerprint: configuration.historiesFingerprint)
  }

  private func episodeCount(of collector: HistoryCollector) -> Int {
    collector.tasks.count * run.configuration.collect.historiesPerTask
      * collector.learner.episodesPerStream
  }
}

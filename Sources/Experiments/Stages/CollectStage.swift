// collect: the source learns every training task, and its learning is recorded.

internal import Foundation
internal import LearningHistories
internal import Randomness
internal import SourceAlgorithms
internal import Tasks

/// Records learning histories into a run folder, or what is missing of them.
package struct CollectStage {
  private let run: Run

  /// The stage of a run.
  package init(_ run: Run) { self.run = run }

  /// Records what is missing.
  package func perform() throws {
    if FileManager.default.fileExists(atPath: run.folder.manifest) {
      run.console.kept(run.folder.histories)
      return
    }
    let split = run.split
    let collector = run.collector(
      of: split.training + split.validation, historiesPerTask: run.configuration.collect.historiesPerTask,
      into: run.folder.histories)
    let result = try run.timed("collect") { amounts in
      let result = try run.collect(collector, title: "collecting")
      amounts["environment_steps"] = result.newSteps
      return result.manifest
    }
    run.console.wrote("\(run.folder.histories) (\(result.shards.count) shards)")
  }
}

extension Run {
  /// The worlds.
  var family: any TaskFamily { configuration.task.makeFamily() }

  /// What everything random follows from.
  var seed: Seed { Seed(configuration.seed) }

  /// Which tasks are for what; follows from the configuration alone.
  var split: TaskSplit {
    TaskSplit(
      of: family, heldOut: configuration.split.heldOut, validation: configuration.split.validation,
      seed: seed)
  }

  /// A recording of the source on some tasks.
  func collector(of tasks: [TaskID], historiesPerTask: Int, into folder: String) -> HistoryCollector {
    let settings = { (section: String) in configuration.texts(of: section) }
    let made = configuration.sections(["seed", "task", "split", "source"])
    return HistoryCollector(
      family: family, familySettings: settings("task"), tasks: tasks, split: split,
      learner: configuration.source.makeLearner(), learnerSettings: settings("source"),
      historiesPerTask: historiesPerTask, seed: seed, folder: URL(fileURLWithPath: folder),
      fingerprint: "\(made) histories_per_task=\(historiesPerTask) tasks=\(tasks.map(\.index))")
  }

  /// Records, showing how far it has come.
  func collect(
    _ collector: HistoryCollector, title: String
  ) throws -> (manifest: HistoryManifest, newSteps: Int) {
    let episodes =
      collector.tasks.count * collector.learnersPerTask * collector.learner.streamCount
      * collector.learner.episodesPerStream
    let line = console.progress(title, total: episodes, unit: "episodes")
    let newSteps = Counter()
    let result = try collector.collect(workers: workers) { progress in
      newSteps.set(progress.steps - progress.keptSteps)
      line.advance(to: progress.episodes)
    }
    line.finish()
    return (result.manifest, newSteps.value)
  }
}

// collect: the source learns every training task, and its learning is recorded.

internal import Foundation
internal import LearningHistories
internal import Tasks
internal import TensorFiles

/// Records learning histories into a run folder, or what is missing of them.
package struct CollectStage {
  private let run: Run

  /// The stage of a run.
  package init(_ run: Run) { self.run = run }

  /// Records what is missing. Only training tasks are ever recorded.
  package func perform() throws {
    let seconds = try run.record(
      run.split.training, historiesPerTask: run.configuration.collect.historiesPerTask,
      priorTaskFraction: run.configuration.collect.priorTaskFraction, into: run.folder.histories,
      stage: "collect", title: "collecting")
    let set = try HistorySet(reading: URL(fileURLWithPath: run.folder.histories))
    let content =
      "\(run.folder.histories) (\(grouped(set.histories.count)) histories, "
      + "\(grouped(set.stepCount)) steps, \(set.shards.count) shards)"
    if let seconds {
      run.console.wrote("\(content) in \(duration(seconds))")
    } else {
      run.console.kept(content)
    }
  }
}

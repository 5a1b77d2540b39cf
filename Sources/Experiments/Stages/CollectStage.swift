// collect: the source learns every training task, and its learning is recorded.

/// Records learning histories into a run folder, or what is missing of them.
package struct CollectStage {
  private let run: Run

  /// The stage of a run.
  package init(_ run: Run) { self.run = run }

  /// Records what is missing.
  package func perform() throws {
    throw StageError.unfinished("collect")
  }
}

// report: everything that a run folder shows, on one page.

/// Writes the page of a run folder; it follows from the other files, so it is replaced.
package struct ReportStage {
  private let run: Run

  /// The stage of a run.
  package init(_ run: Run) { self.run = run }

  /// Writes the page.
  package func perform() throws {
    throw StageError.unfinished("report")
  }
}

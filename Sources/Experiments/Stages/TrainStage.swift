// train: a model learns to continue the histories.

/// Trains the models of one method that a run folder lacks, or finishes them.
package struct TrainStage {
  private let run: Run
  private let method: Method
  private let seeds: [Int]

  /// The stage of a run.
  /// - Parameters:
  ///   - method: What to distil.
  ///   - seeds: A model for each.
  package init(_ run: Run, method: Method, seeds: [Int]) {
    self.run = run
    self.method = method
    self.seeds = seeds
  }

  /// Trains the models one after the other.
  package func perform() throws {
    for seed in seeds {
      let folder = run.folder.model(method, trainSeed: seed)
      guard !folder.isComplete else {
        run.console.kept(folder.path)
        continue
      }
      throw StageError.unfinished("train")
    }
  }
}

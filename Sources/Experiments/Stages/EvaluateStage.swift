// evaluate: models with frozen weights and the source itself act in tasks; returns are written down.

internal import Foundation
internal import Tasks

/// Whose returns an evaluation can hold.
package enum EvaluatedMethod: String, CaseIterable, Sendable {
  /// Algorithm distillation.
  case ad
  /// Expert distillation.
  case ed
  /// The source learner, from scratch.
  case source
  /// Algorithm distillation with its rewards hidden, to show that it learns from them.
  case adWithoutRewards = "ad-no-reward"
}

/// Whose tasks an evaluation can be on.
package enum EvaluatedSplit: String, CaseIterable, Sendable {
  /// Tasks that no model saw.
  case heldOut = "held-out"
  /// Tasks of the histories.
  case train
  /// Tasks for tuning.
  case validation

  /// The part of the split.
  var split: Split {
    switch self {
    case .heldOut: .heldOut
    case .train: .training
    case .validation: .validation
    }
  }
}

/// Evaluates what a run folder has no returns of yet.
package struct EvaluateStage {
  private let run: Run
  private let methods: [EvaluatedMethod]
  private let splits: [EvaluatedSplit]

  /// The stage of a run.
  package init(_ run: Run, methods: [EvaluatedMethod], splits: [EvaluatedSplit]) {
    self.run = run
    self.methods = methods
    self.splits = splits
  }

  /// Evaluates and writes returns and summary.
  package func perform() throws {
    throw StageError.unfinished("evaluate")
  }
}

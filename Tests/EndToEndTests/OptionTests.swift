// Every option of context, model and training, alone, on the preset of the tests: it learns, and what
// it learned can act.

import Evaluation
import Experiments
import Foundation
import TestSupport
import Testing
import Training

@Suite(.enabled(if: isOptimised, "\(needsOptimisation)"))
struct `A model` {
  @Test(arguments: [
    "context.windows=from-start-and-sliding", "context.windows=uniform",
    "context.mask_probability=0", "context.mask_probability=0.3", "context.from_start_fraction=0",
    "context.from_start_fraction=1", "context.episode_subsampling=1", "model.norm_placement=post",
    "model.tokens_per_step=3", "model.dropout=0.1", "model.attention_dropout=0.5",
    "train.label_smoothing=0.1", "train.weight_decay=0", "train.weight_decay=0.1",
    "train.gradient_clip_norm=0.1", "train.gradient_clip_norm=1000", "train.warm_up_updates=0",
    "train.initial_learning_rate=1.0e-4", "train.final_learning_rate_fraction=0",
  ])
  func `of any option learns the preset of the tests`(assignment: String) throws {
    try expectLearning([assignment])
  }

  @Test func `of the paper's options learns the preset of the tests`() throws {
    try expectLearning([
      "model.norm_placement=post", "model.tokens_per_step=3", "model.dropout=0.1",
      "model.attention_dropout=0.5", "context.mask_probability=0.3", "context.windows=uniform",
      "context.episode_subsampling=1", "train.weight_decay=0",
    ])
  }

  /// Trains and evaluates, and looks at the losses of the first and the last ten updates.
  private func expectLearning(_ assignments: [String]) throws {
    let scratch = try ScratchFolder()
    let configuration = try tiny(assignments + ["evaluate.episodes=8", "evaluate.seeds=1"])
    let run = try openRun(scratch.file("run"), configuration, workers: 2)
    try CollectStage(run).perform()
    try TrainStage(run, method: AlgorithmDistillation(), seeds: [0]).perform()
    let log = try String(
      contentsOfFile: run.folder.model(AlgorithmDistillation(), trainSeed: 0).log, encoding: .utf8)
    let losses = log.split(separator: "\n").dropFirst().compactMap { row in
      Double(row.split(separator: ",")[2])
    }
    #expect(losses.count == configuration.train.updates)
    #expect(losses.allSatisfy { $0.isFinite })
    let (first, last) = (mean(losses.prefix(10)), mean(losses.suffix(10)))
    #expect(last < first, "the loss went from \(first) to \(last)")
    try EvaluateStage(run, methods: [.ad], splits: [.heldOut]).perform()
    let table = try ReturnsTable(contentsOf: URL(fileURLWithPath: run.folder.returns))
    #expect(table.rows(method: "ad", split: "held-out").count == 5 * 8)
  }

  private func mean(_ values: ArraySlice<Double>) -> Double {
    values.reduce(0, +) / Double(values.count)
  }
}

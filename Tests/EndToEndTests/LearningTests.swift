// The claim, from nothing to its numbers: histories of a source that learns 5 × 5 dark rooms, a model
// trained to continue them, its return on goals it never saw, with frozen weights. And the same
// claim made of models that cannot learn in context, of which it must not hold.

import Evaluation
import Experiments
import Foundation
import LinearAlgebra
import Models
import Randomness
import Tasks
import TestSupport
import Testing

/// A run that learns within half a minute on two cores, and what its models earn.
///
/// Twenty goals train, five are held out, each with twenty streams. Measured, first episode and last
/// ten: AD 0.68 and 7.73, eleven times as much; ED 0.45 and 0.76; AD with rewards hidden 0.62 and 0.30;
/// AD with shuffled weights 1.46 and 1.16; random actions earn 0.68, the best 13.80. With seeds 2 and
/// 3, AD's last ten episodes earn 15 and 18 times its first (7.5 and 8.6), ED's 0.7 and 1.1.
private final class LearningRun: Sendable {
  static let shared = Result { try LearningRun() }

  private static let settings = """
    seed: 1
    task: {size: 5, episode_length: 15}
    split: {held_out: 5, validation: 0}
    source: {actors: 4, episodes: 100, hidden_layers: 1, hidden_width: 64, learning_rate: 3.0e-3}
    collect: {histories_per_task: 32}
    context: {steps: 90, episode_subsampling: 5, mask_probability: 0.1}
    model: {width: 32, layers: 2, heads: 4, feed_forward: 64}
    train: {updates: 300, windows_per_update: 32, learning_rate: 3.0e-3, warm_up_updates: 50}
    ed: {last_fraction: 0.1}
    evaluate: {episodes: 40, seeds: 20}
    """

  let configuration: ExperimentConfiguration
  let summary: EvaluationSummary
  private let scratch: ScratchFolder
  private let folder: RunFolder

  private init() throws {
    scratch = try ScratchFolder()
    configuration = try ExperimentConfiguration(
      from: ConfigurationFile(name: "learning.yaml", text: Self.settings))
    let run = try openRun(scratch.file("run"), configuration, workers: 2)
    folder = run.folder
    try CollectStage(run).perform()
    for method in Registry.standardMethods {
      try TrainStage(run, method: method, seeds: [0]).perform()
    }
    try EvaluateStage(run, methods: [.ad, .ed, .adRewardsHidden], splits: [.heldOut]).perform()
    summary = try EvaluationSummary(
      json: try Data(contentsOf: URL(fileURLWithPath: folder.summary)))
  }

  /// The returns of a method on held-out goals.
  func returns(of method: EvaluatedMethod) throws -> Returns {
    let found = try #require(summary.splits["held-out"]?.methods[method.name])
    return Returns(first: found.firstEpisode.mean, last10: found.last10Episodes.mean)
  }

  /// AD's returns when the elements of each of its tensors have changed places.
  func returnsOfShuffledWeights() throws -> Returns {
    let file = URL(fileURLWithPath: folder.model(AlgorithmDistillation(), trainSeed: 0).model)
    let parameters = try Checkpoint.read(file)
    for (index, (_, matrix)) in parameters.tensors.enumerated() {
      var values = matrix.values
      var random = Seed(configuration.seed).random(for: "shuffled-weights", index)
      random.shuffle(&values)
      matrix.assign(values)
    }
    let family = DarkRoomFamily(size: 5, episodeLength: 15)
    let split = TaskSplit(of: family, heldOut: 5, validation: 0, seed: Seed(configuration.seed))
    let streams = try InContextRollout(
      episodes: 40, seedsPerTask: 20, conditions: RolloutConditions(), seed: Seed(1)
    ).run(parameters, in: family, tasks: split.heldOut, workers: 2)
    let count = Double(streams.count)
    return Returns(
      first: streams.reduce(0) { $0 + $1.returns[0] } / count,
      last10: streams.reduce(0) { $0 + $1.returns.suffix(10).reduce(0, +) / 10 } / count)
  }
}

/// Mean returns of an episode over all goals and streams.
private struct Returns {
  let first: Double
  let last10: Double

  /// The claim: return at least triples in context, and ends above the expert's.
  func learnsInContext(beating expert: Returns) -> Bool {
    last10 >= 3 * first && last10 > expert.last10
  }
}

@Suite(.serialized, .enabled(if: isOptimised, "\(needsOptimisation)"), .timeLimit(.minutes(5)))
struct `On goals that no model saw` {
  @Test func `algorithm distillation learns in context and expert distillation does not`() throws {
    let run = try LearningRun.shared.get()
    let (ad, ed) = (try run.returns(of: .ad), try run.returns(of: .ed))
    #expect(ad.learnsInContext(beating: ed), "AD \(ad), ED \(ed)")
    #expect(!ed.learnsInContext(beating: ed))
  }

  @Test func `algorithm distillation does not learn when its rewards are hidden`() throws {
    let run = try LearningRun.shared.get()
    let hidden = try run.returns(of: .adRewardsHidden)
    #expect(!hidden.learnsInContext(beating: try run.returns(of: .ed)), "\(hidden)")
    #expect(hidden.last10 < 3 * hidden.first)
  }

  @Test func `algorithm distillation does not learn when its weights are shuffled`() throws {
    let run = try LearningRun.shared.get()
    let shuffled = try run.returnsOfShuffledWeights()
    #expect(!shuffled.learnsInContext(beating: try run.returns(of: .ed)), "\(shuffled)")
    #expect(shuffled.last10 < 3 * shuffled.first)
  }
}

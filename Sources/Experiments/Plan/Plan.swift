// The parts of a run, in the order in which they are made: what `distill plan` lists, what the stages make, and what
// decides which settings bind a run folder.

internal import Foundation
internal import Tasks

/// The parts of a run.
public struct Plan: Sendable {
  /// The parts, each after those it needs.
  public let parts: [any Part]

  /// The histories of the training tasks.
  public static func histories(of experiment: Experiment) -> [HistoriesPart] {
    histories(
      of: experiment.split.training, in: "histories", sections: Sections.histories)
  }

  /// The source's own histories on the tasks of a split, from scratch.
  static func sourceHistories(on split: EvaluatedSplit, _ tasks: [TaskID]) -> [HistoriesPart] {
    histories(
      of: tasks, in: "evaluation/source-\(split.rawValue)",
      sections: Sections.returns(of: .source))
  }

  private static func histories(
    of tasks: [TaskID], in folder: String, sections: Set<String>
  ) -> [HistoriesPart] {
    tasks.sorted().enumerated().map {
      HistoriesPart(task: $1, index: $0, folder: folder, sections: sections)
    }
  }

  /// The model of a method and a training seed.
  public static func model(
    of method: any Method, trainSeed: Int, in experiment: Experiment
  ) -> ModelPart {
    let histories = method.needs == .histories ? Self.histories(of: experiment) : []
    return ModelPart(method: method, trainSeed: trainSeed, needs: histories.map(\.key))
  }

  /// The returns of what is evaluated on a split: of each training seed, or of the source.
  /// - Parameter trainSeeds: Those of the models.
  static func returns(
    of evaluated: EvaluatedMethod, on split: EvaluatedSplit, _ tasks: [TaskID], trainSeeds: [Int],
    in experiment: Experiment
  ) -> [ReturnsPart] {
    let shown = evaluated.method == nil || [.converged].contains(evaluated.condition.beginning)
    var isPercent = false
    if case .percent = evaluated.condition.beginning { isPercent = true }
    let source = shown || isPercent ? sourceHistories(on: split, tasks).map(\.key) : []
    guard let method = evaluated.method else {
      return [ReturnsPart(evaluated: evaluated, split: split, trainSeed: nil, needs: source)]
    }
    return trainSeeds.map { seed in
      ReturnsPart(
        evaluated: evaluated, split: split, trainSeed: seed,
        needs: [model(of: method, trainSeed: seed, in: experiment).key] + source)
    }
  }

  /// The parts of a whole run of some methods, as `distill run` makes them.
  /// - Parameters:
  ///   - evaluated: What acts, in the order of the parts; nil for all that such a run evaluates.
  ///   - splits: The tasks that it acts in; nil for those that test.
  public init(
    _ experiment: Experiment, methods: [any Method] = Registry.standardMethods,
    evaluating evaluated: [EvaluatedMethod]? = nil, on splits: [EvaluatedSplit]? = nil
  ) throws {
    let seeds = experiment.configuration.trainSeeds
    let needsHistories = methods.contains { $0.needs == .histories }
    var parts: [any Part] = needsHistories ? Self.histories(of: experiment) : []
    for method in methods {
      parts += seeds.map { Self.model(of: method, trainSeed: $0, in: experiment) }
    }
    let all = evaluated ?? EvaluatedMethod.all(of: methods)
    let needsSource = all.contains { $0.method == nil || $0.condition.beginning != .empty }
    for split in splits ?? experiment.testedSplits {
      let tasks = try experiment.tasks(in: split)
      if needsSource { parts += Self.sourceHistories(on: split, tasks) }
      for evaluated in all {
        parts += Self.returns(
          of: evaluated, on: split, tasks, trainSeeds: seeds, in: experiment)
      }
    }
    self.parts = parts
  }
}

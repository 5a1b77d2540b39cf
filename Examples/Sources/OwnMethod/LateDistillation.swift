// A method of one's own: algorithm distillation on the later part of each history.

import AlgorithmDistillation

struct LateDistillation: Method {
  /// The section `late` of configurations.
  struct Settings: MethodSettings {
    static let section = "late"

    /// The share of each history, from its end, that the model sees.
    var shownFraction = 0.5

    var problems: [(key: String, message: String)] {
      shownFraction > 0 && shownFraction <= 1
        ? [] : [("shownFraction", "must be above 0 and up to 1, not \(shownFraction)")]
    }
  }

  let name = "late-ad"
  let label = "AD, late"
  let summary = "algorithm distillation, on the later part of histories"
  let colour = 6
  let rank = 7
  let needs = MethodNeeds.histories
  let sections = ["context", "model", "train", "late"]
  let conditions = [Condition.trueRewards, .hiddenRewards]
  var settings: (any MethodSettings.Type)? { Settings.self }

  func model(in experiment: Experiment) -> ModelConfiguration {
    AlgorithmDistillation().model(in: experiment)
  }

  func extent(in configuration: ExperimentConfiguration) -> (updates: Int, stepsPerUpdate: Int) {
    AlgorithmDistillation().extent(in: configuration)
  }

  func courses(
    in experiment: Experiment, learningFrom histories: () throws -> [History], workers: Int
  ) throws -> (Int) throws -> any Course {
    let configuration = experiment.configuration
    let sampler = try WindowSampler(
      histories: try histories(), settings: configuration.context,
      selection: .converged(lastFraction: configuration[Settings.self].shownFraction))
    let model = model(in: experiment)
    return { trainSeed in
      HistoryCourse(
        model, configuration.train, sampler: sampler, renderer: experiment.family.renderer,
        seed: experiment.seed.seed(for: "late", trainSeed), workers: workers)
    }
  }
}

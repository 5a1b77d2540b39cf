// Expert distillation: the model and trainer of AD on the converged ends of histories alone. What it cannot do, find a
// new task's goal, shows what AD learns from the rest of the histories.

internal import Contexts
public import LearningHistories
public import Models
internal import SourceAlgorithms
internal import Tasks
public import Training

/// ED.
public struct ExpertDistillation: Method {
  /// The method; its settings are those of the sections `context`, `model`, `train` and `ed`.
  public init() {}

  public var name: String { "ed" }
  public var label: String { "ED" }
  public var summary: String { "expert distillation, on the ends of histories" }
  public var colour: Int { 1 }
  public var rank: Int { 1 }
  public var remark: String? { "trained alike on converged episodes only" }
  public var isStandard: Bool { true }
  public var needs: MethodNeeds { .histories }
  public var settings: (any MethodSettings.Type)? { ExpertDistillationSettings.self }
  public var sections: [String] { ["context", "model", "train", "ed"] }
  public var conditions: [Condition] { [.trueRewards, .prompted] }
  public var isPromptable: Bool { true }

  public func problems(in configuration: ExperimentConfiguration) -> [(
    key: String, message: String
  )] {
    configuration.problemsOfExpertWindows
  }

  public func model(in experiment: Experiment) -> ModelConfiguration {
    AlgorithmDistillation().model(in: experiment)
  }

  public func extent(in configuration: ExperimentConfiguration) -> (
    updates: Int, stepsPerUpdate: Int
  ) {
    configuration.extent(of: settings(in: configuration))
  }

  public func courses(
    in experiment: Experiment, learningFrom histories: () throws -> [History], workers: Int
  ) throws -> (Int) throws -> any Course {
    try historyCourses(
      in: experiment, settings(in: experiment.configuration),
      .converged(lastFraction: experiment.configuration.ed.lastFraction),
      learningFrom: histories, workers: workers,
      advice: "Lower train.learning_rate or raise train.warm_up_updates.")
  }

  private func settings(in configuration: ExperimentConfiguration) -> TrainingSettings {
    configuration.train.with(updatesFraction: configuration.ed.updatesFraction)
  }
}

extension ExperimentConfiguration {
  /// Windows that the converged end of a history cannot fill.
  fileprivate var problemsOfExpertWindows: [(key: String, message: String)] {
    let episodes = source.makeLearner().episodesPerStream
    let expert =
      EpisodeSelection.convergedCount(ofEpisodes: episodes, lastFraction: ed.lastFraction)
      * task.makeFamily().interface.episodeLength
    guard expert < context.steps else { return [] }
    let message =
      "must be larger: the last \(ed.lastFraction) of \(episodes) episodes have \(expert) steps, a "
      + "window needs \(context.steps)"
    return [(key: "ed.lastFraction", message: message)]
  }
}

/// Expert distillation: the same model and trainer on converged episodes alone.
public struct ExpertDistillationSettings: MethodSettings {
  public static var section: String { "ed" }

  /// The share of each history, from its end, that counts as expert.
  public var lastFraction = 0.1
  /// The share of `train.updates` that its models are trained for: the expert is quickly learned.
  public var updatesFraction = 1.0

  public init() {}

  /// What leaves no expert.
  public var problems: [(key: String, message: String)] {
    [("lastFraction", lastFraction), ("updatesFraction", updatesFraction)]
      .filter { !($0.1 > 0 && $0.1 <= 1) }
      .map { ($0.0, "must be above 0 and up to 1, not \($0.1)") }
  }
}

extension ExperimentConfiguration {
  /// The section `ed`.
  public var ed: ExpertDistillationSettings {
    get { self[ExpertDistillationSettings.self] }
    set { self[ExpertDistillationSettings.self] = newValue }
  }
}

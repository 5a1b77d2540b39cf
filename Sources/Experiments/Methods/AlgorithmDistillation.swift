// Algorithm distillation (Laskin et al. 2022): a transformer learns to continue whole learning histories.

internal import Contexts
public import LearningHistories
public import Models
internal import Tasks
public import Training

/// AD.
public struct AlgorithmDistillation: Method {
  /// The method; its settings are those of the sections `context`, `model` and `train`.
  public init() {}

  public var name: String { "ad" }
  public var label: String { "AD" }
  public var summary: String { "algorithm distillation, on whole histories" }
  public var colour: Int { 0 }
  public var rank: Int { 0 }
  public var isStandard: Bool { true }
  public var needs: MethodNeeds { .histories }
  public var sections: [String] { ["context", "model", "train"] }
  public var conditions: [Condition] { [.trueRewards, .hiddenRewards, .prompted] }
  public var isPromptable: Bool { true }

  public func model(in experiment: Experiment) -> ModelConfiguration {
    ModelConfiguration(
      model: experiment.configuration.model, interface: experiment.family.interface,
      contextSteps: experiment.configuration.context.steps)
  }

  public func extent(in configuration: ExperimentConfiguration) -> (
    updates: Int, stepsPerUpdate: Int
  ) {
    configuration.extent(of: configuration.train.with(updatesFraction: 1))
  }

  public func courses(
    in experiment: Experiment, learningFrom histories: () throws -> [History], workers: Int
  ) throws -> (Int) throws -> any Course {
    try historyCourses(
      in: experiment, experiment.configuration.train.with(updatesFraction: 1),
      .learning(subsampling: experiment.configuration.context.episodeSubsampling),
      learningFrom: histories, workers: workers,
      advice: "Lower train.learning_rate or raise train.warm_up_updates.")
  }
}

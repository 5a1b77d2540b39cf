// Algorithm distillation with long short-term memory in the transformer's place: the same histories, windows, trainer
// and evaluation.

internal import Contexts
public import LearningHistories
public import Models
internal import Tasks
public import Training

/// AD with an LSTM.
public struct RecurrentDistillation: Method {
  /// The method; its settings are those of the sections `context`, `model`, `train` and `lstm`.
  public init() {}

  public var name: String { "ad-lstm" }
  public var label: String { "AD, LSTM" }
  public var summary: String { "algorithm distillation with an LSTM" }
  public var colour: Int { 4 }
  public var rank: Int { 4 }
  public var needs: MethodNeeds { .histories }
  public var sections: [String] { ["context", "model", "train", "lstm"] }
  public var isPromptable: Bool { true }

  public func model(in experiment: Experiment) -> ModelConfiguration {
    let (configuration, lstm) = (experiment.configuration, experiment.configuration.lstm)
    var settings = configuration.model
    (settings.architecture, settings.tokensPerStep) = (.lstm, 1)
    (settings.width, settings.layers) = (lstm.width, lstm.layers)
    (settings.dropout, settings.attentionDropout) = (0, 0)
    return ModelConfiguration(
      model: settings, interface: experiment.family.interface,
      contextSteps: configuration.context.steps)
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
      .learning(subsampling: experiment.configuration.context.episodeSubsampling),
      learningFrom: histories, workers: workers,
      advice: "Lower lstm.learning_rate or raise train.warm_up_updates.")
  }

  private func settings(in configuration: ExperimentConfiguration) -> TrainingSettings {
    var settings = configuration.train.with(updatesFraction: configuration.lstm.updatesFraction)
    settings.learningRate = configuration.lstm.learningRate
    return settings
  }
}

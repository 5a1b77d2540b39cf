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
  public var settings: (any MethodSettings.Type)? { RecurrentDistillationSettings.self }
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

/// Algorithm distillation with long short-term memory in the transformer's place (method `ad-lstm`): the same
/// histories, windows, trainer and evaluation.
public struct RecurrentDistillationSettings: MethodSettings {
  public static var section: String { "lstm" }

  /// The number of cells of a layer.
  public var width = 128
  /// The number of layers, one on the other.
  public var layers = 1
  /// The greatest learning rate, in the place of `train.learning_rate`.
  public var learningRate = 3e-3
  /// The share of `train.updates` that its models are trained for.
  public var updatesFraction = 1.0

  public init() {}

  /// What is no model and no training.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    for (key, value) in [("width", width), ("layers", layers)] where value < 1 {
      problems.append((key, "must be 1 or more, not \(value)"))
    }
    if !(learningRate > 0) {
      problems.append(("learningRate", "must be positive, not \(learningRate)"))
    }
    if !(updatesFraction > 0 && updatesFraction <= 1) {
      problems.append(("updatesFraction", "must be above 0 and up to 1, not \(updatesFraction)"))
    }
    return problems
      + self.problems(above: [
        ("width", width, ModelSettings.greatestWidth),
        ("layers", layers, ModelSettings.greatestLayerCount),
      ])
  }
}

extension ExperimentConfiguration {
  /// The section `lstm`.
  public var lstm: RecurrentDistillationSettings {
    get { self[RecurrentDistillationSettings.self] }
    set { self[RecurrentDistillationSettings.self] = newValue }
  }
}

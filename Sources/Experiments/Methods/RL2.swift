// RL² (Duan et al. 2016, arXiv:1611.02779; Wang et al. 2016, arXiv:1611.05763): a recurrent learner that is trained
// online on the training tasks to learn within a trial of several episodes. It is distilled from nothing. While it
// is evaluated its memory is never cleared.

public import Evaluation
public import LearningHistories
public import Models
internal import Randomness
internal import Tasks
public import Training

/// RL².
public struct RL2: Method {
  /// The method; its settings are those of the section `rl2`.
  public init() {}

  public var name: String { "rl2" }
  public var label: String { "RL²" }
  public var summary: String { "RL², trained online on the training tasks" }
  public var colour: Int { 3 }
  public var rank: Int { 2 }
  public var needs: MethodNeeds { .tasks }
  public var settings: (any MethodSettings.Type)? { RL2Settings.self }
  public var sections: [String] { ["model", "rl2"] }

  public func model(in experiment: Experiment) -> ModelConfiguration {
    let (configuration, rl2) = (experiment.configuration, experiment.configuration.rl2)
    var settings = ModelSettings()
    settings.architecture = .lstm
    (settings.width, settings.layers) = (rl2.width, rl2.layers)
    settings.ordinalObservations = rl2.ordinalObservations
    settings.chronoInitialisation = rl2.chronoInitialisation
    settings.sight = configuration.model.sight
    return ModelConfiguration(
      model: settings, interface: experiment.family.interface,
      contextSteps: rl2.episodesPerTrial * experiment.family.interface.episodeLength,
      predicts: rl2.algorithm.prediction)
  }

  public func rolloutConditions(in configuration: ExperimentConfiguration) -> RolloutConditions {
    var conditions = RolloutConditions()
    conditions.acting.temperature = configuration.evaluate.temperature
    conditions.acting.exploration = configuration.rl2.finalExploration
    return conditions
  }

  public func extent(in configuration: ExperimentConfiguration) -> (
    updates: Int, stepsPerUpdate: Int
  ) {
    (configuration.rl2.updates, configuration.rl2.stepsPerUpdate)
  }

  /// Parameters, moments, packed weights and a gradient for two lanes, and what the layers keep of an unroll.
  public func leastMemory(in experiment: Experiment, workers: Int) -> Int {
    let rl2 = experiment.configuration.rl2
    let steps = rl2.environments * (rl2.unroll + 1)
    let floats =
      model(in: experiment).parameterCount * 7 + steps * 8 * rl2.width * rl2.layers
    return floats * MemoryLayout<Float>.size
  }

  public func courses(
    in experiment: Experiment, learningFrom histories: () throws -> [History], workers: Int
  ) throws -> (Int) throws -> any Course {
    { trainSeed in
      try course(experiment, in: experiment.family, trainSeed: trainSeed, workers: workers)
    }
  }

  private func course(
    _ experiment: Experiment, in family: some TaskFamily, trainSeed: Int, workers: Int
  ) throws -> any Course {
    try RL2Trainer(
      model(in: experiment), experiment.configuration.rl2, in: family,
      tasks: experiment.split.training, seed: experiment.seed.seed(for: "rl2", trainSeed),
      workers: workers)
  }
}

extension RL2Settings: MethodSettings {
  public static var section: String { "rl2" }
}

extension ExperimentConfiguration {
  /// The section `rl2`.
  public var rl2: RL2Settings {
    get { self[RL2Settings.self] }
    set { self[RL2Settings.self] = newValue }
  }
}

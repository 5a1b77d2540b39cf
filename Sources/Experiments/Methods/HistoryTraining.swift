// What methods that learn from histories have in common: windows of some episodes of the histories, and a course for
// each training seed.

internal import Contexts
internal import LearningHistories
internal import Models
internal import Randomness
internal import Tasks
internal import Training

extension Method {
  /// Courses over windows of histories.
  /// - Parameters:
  ///   - settings: How a model is trained.
  ///   - selection: What of the histories it sees.
  ///   - advice: What to do when the loss is no number any more.
  func historyCourses(
    in experiment: Experiment, _ settings: TrainingSettings, _ selection: EpisodeSelection,
    learningFrom histories: () throws -> [History], workers: Int, advice: String
  ) throws -> (Int) throws -> any Course {
    let sampler = try WindowSampler(
      histories: try histories(), settings: experiment.configuration.context, selection: selection)
    let model = model(in: experiment)
    return { trainSeed in
      HistoryCourse(
        model, settings, sampler: sampler, renderer: experiment.family.renderer,
        seed: experiment.seed.seed(for: "train", trainSeed), workers: workers,
        adviceOnDivergence: advice)
    }
  }
}

extension TrainingSettings {
  /// These settings with a share of the updates.
  func with(updatesFraction: Double) -> TrainingSettings {
    var settings = self
    settings.updates = max(1, Int((updatesFraction * Double(updates)).rounded()))
    settings.warmUpUpdates = min(warmUpUpdates, settings.updates)
    return settings
  }
}

extension ExperimentConfiguration {
  /// The number of updates and the steps of each, of a training on windows.
  func extent(of settings: TrainingSettings) -> (updates: Int, stepsPerUpdate: Int) {
    (settings.updates, settings.windowsPerUpdate * context.steps)
  }
}

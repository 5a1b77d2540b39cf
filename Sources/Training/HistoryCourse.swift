// A course that learns from recorded histories: windows are drawn while the update before is computed, and the
// trainer takes a step on each batch.

public import Contexts
public import Models
public import Randomness
public import Tasks
public import TensorFiles

/// The training of a model on windows of histories.
public final class HistoryCourse: Course {
  private let trainer: Trainer
  private let settings: TrainingSettings
  private let sampler: WindowSampler
  private let seed: Seed
  private var windows: WindowPrefetcher?
  private var batch: ContextBatch
  /// Which settings to change when the loss is no number any more.
  public let adviceOnDivergence: String

  /// A training at its beginning.
  /// - Parameters:
  ///   - seed: The seed of this model alone.
  ///   - workers: The threads to work on; changes no bit.
  ///   - renderer: Draws what is seen, where that is made of bytes.
  ///   - adviceOnDivergence: A sentence that names the settings of the learning rate.
  public init(
    _ configuration: ModelConfiguration, _ settings: TrainingSettings, sampler: WindowSampler,
    renderer: (any Renderer)? = nil, seed: Seed, workers: Int,
    adviceOnDivergence: String = "Lower train.learning_rate or raise train.warm_up_updates."
  ) {
    trainer = Trainer(configuration, settings, seed: seed, workers: workers, renderer: renderer)
    self.settings = settings
    self.sampler = sampler
    self.seed = seed
    self.adviceOnDivergence = adviceOnDivergence
    batch = trainer.makeBatch()
  }

  public var parameters: Parameters { trainer.parameters }
  public var moments: [(prefix: String, tensors: Parameters)] { trainer.moments }
  public var updatesDone: Int { trainer.updatesDone }
  public var updates: Int { settings.updates }
  public var stepsPerUpdate: Int {
    settings.windowsPerUpdate * trainer.parameters.configuration.contextSteps
  }
  public var updatesPerRow: Int { 1 }
  public var updatesBetweenCheckpoints: Int { 100 }
  public var updatesBetweenKeptModels: Int { settings.keepEvery }

  public var columns: [LogColumn] {
    [
      LogColumn("update", .last, isWhole: true), LogColumn("learning_rate", .last),
      LogColumn("loss", .mean), LogColumn("accuracy", .mean), LogColumn("gradient_norm", .mean),
    ]
  }

  /// Takes one optimiser step on the next windows.
  public func advance() -> CourseRecord {
    // Made with the first update, so that a course that goes on fetches from where it is.
    let windows =
      windows
      ?? WindowPrefetcher(
        sampler, updates: updatesDone..<updates, seed: seed, batch: trainer.makeBatch())
    self.windows = windows
    windows.next(&batch)
    let record = trainer.update(on: batch)
    return CourseRecord(
      update: record.update, learningRate: record.learningRate, loss: record.loss,
      gradientNorm: record.gradientNorm,
      values: [
        Double(record.update), record.learningRate, record.loss, record.accuracy,
        record.gradientNorm,
      ])
  }

  /// Nothing: windows follow from seed and update.
  public func savedState() -> [NewTensor] { [] }

  /// Goes on after some updates.
  public func resume(after updates: Int, from file: TensorFile) { trainer.resume(after: updates) }
}

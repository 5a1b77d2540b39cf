// A course that learns from recorded histories: windows are drawn while the update before is computed, and the
// trainer takes a step on each batch.

public import Contexts
internal import Foundation
public import LearningHistories
public import Models
public import Randomness
public import Ranks
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
  private var validation: Validation?
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

  public func divide(among ranks: any Ranks) throws { try trainer.divide(among: ranks) }

  public var parameters: Parameters { trainer.parameters }
  public var gradient: Parameters { trainer.gradient }
  public var moments: [(prefix: String, tensors: Parameters)] { trainer.moments }
  public var updatesDone: Int { trainer.updatesDone }
  public var updates: Int { settings.updates }
  public var stepsPerUpdate: Int {
    settings.windowsPerUpdate * trainer.parameters.configuration.contextSteps
  }
  public var updatesPerRow: Int { 1 }
  public var updatesBetweenCheckpoints: Int { 100 }
  public var updatesBetweenKeptModels: Int { settings.keepEvery }

  /// With what validation measured, where there is any.
  public var columns: [LogColumn] {
    let training = [
      LogColumn("update", .last, isWhole: true), LogColumn("learning_rate", .last),
      LogColumn("loss", .mean), LogColumn("accuracy", .mean), LogColumn("gradient_norm", .mean),
    ]
    let measured = ["validation_loss", "validation_accuracy"].map { LogColumn($0, .lastMeasured) }
    return training + (validation == nil ? [] : measured)
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
      ] + measured())
  }

  /// Of the last windows.
  public func predictsNumbers() -> Bool { trainer.measure(batch).loss.isFinite }

  /// The loss, and what validation last measured.
  public func note(on record: CourseRecord) -> String {
    let loss = String(format: "loss %.3f", record.loss)
    guard let last = validation?.last else { return loss }
    return loss + String(format: ", validation %.3f", last.loss)
  }

  // MARK: Validation

  /// What is measured, and what it came to.
  private struct Validation {
    let sampler: WindowSampler
    let seed: Seed
    var last: PassResult?
  }

  /// The windows that are measured, as a number of updates: few enough to cost about a hundredth of the training, if
  /// that many updates lie between two measurements.
  private static let measuredBatches = 4

  public func validate(on histories: [History], seed: Seed) -> Int {
    validation = sampler.measuring(histories).map { Validation(sampler: $0, seed: seed) }
    return validation?.sampler.historyCount ?? 0
  }

  /// The numbers of the columns of validation after an update, NaN if it is not measured.
  private func measured() -> [Double] {
    guard let validation else { return [] }
    guard updatesDone == updates || updatesDone.isMultiple(of: settings.validationEvery) else {
      return [.nan, .nan]
    }
    var (sum, weight) = (PassResult(), 0.0)
    for number in 0..<Self.measuredBatches {
      // The windows of the update are used up.
      validation.sampler.fill(&batch, update: number, seed: validation.seed)
      let (found, weightOfBatch) = (trainer.measure(batch), batch.totalWeight)
      sum.loss += found.loss * weightOfBatch
      sum.correct += found.correct * weightOfBatch
      weight += weightOfBatch
    }
    sum.loss /= weight
    sum.correct /= weight
    self.validation?.last = sum
    return [sum.loss, sum.correct]
  }

  /// Nothing: windows follow from seed and update.
  public func savedState() -> [NewTensor] { [] }

  /// Goes on after some updates.
  public func resume(after updates: Int, from file: TensorFile) { trainer.resume(after: updates) }
}

// What the one training loop drives: a model's training, an update at a time. A course learns from histories
// (`HistoryCourse`) or online (`RL2Trainer`); `TrainingRun` logs it, saves it and goes on with it.

internal import Foundation
public import LearningHistories
public import Models
public import Randomness
public import Ranks
public import TensorFiles

/// One model's training, an update at a time.
public protocol Course: AnyObject {
  /// What is trained.
  var parameters: Parameters { get }
  /// The optimiser's moments of the parameters, by the prefix of their names in checkpoints.
  var moments: [(prefix: String, tensors: Parameters)] { get }
  var updatesDone: Int { get }
  /// The number of updates of the whole training.
  var updates: Int { get }
  /// The environment steps that an update learns from, over all windows or environments.
  var stepsPerUpdate: Int { get }
  /// What a row of the log holds.
  var columns: [LogColumn] { get }
  /// How many successive updates share a row of the log.
  var updatesPerRow: Int { get }
  /// How many updates lie between two checkpoints; a multiple of `updatesPerRow`.
  var updatesBetweenCheckpoints: Int { get }
  /// The gradient of the last update, before clipping.
  var gradient: Parameters { get }
  /// How many updates lie between two models that are kept on the way; 0 if none is.
  var updatesBetweenKeptModels: Int { get }
  /// Which settings to change when the loss is no number any more, as a sentence.
  var adviceOnDivergence: String { get }

  /// Leaves all but a share of every update to other ranks, which train the same model with the same calls. Called
  /// before the first update and before `resume`.
  /// - Throws: `RanksError` if it cannot be divided so.
  func divide(among ranks: any Ranks) throws

  /// Takes one optimiser step.
  /// - Throws: What a world throws that is learned from online.
  func advance() throws -> CourseRecord

  /// Whether the model as it is now predicts numbers from what the last update saw, or from what the next one will see.
  func predictsNumbers() -> Bool

  /// What to show of an update beside how far the training is, such as `loss 1.234`.
  func note(on record: CourseRecord) -> String

  /// Measures loss and accuracy, from now on, on histories that are not learned from.
  /// - Parameter seed: What the windows follow from; the same windows are measured each time.
  /// - Returns: The number of histories that windows are drawn from; 0 if there is nothing to measure.
  func validate(on histories: [History], seed: Seed) -> Int

  /// What a checkpoint must hold besides parameters and moments.
  func savedState() -> [NewTensor]

  /// Goes on after some updates, with parameters and moments filled already.
  /// - Parameter file: The checkpoint, with what `savedState` gave.
  func resume(after updates: Int, from file: TensorFile) throws
}

extension Course {
  /// Measures nothing: what learns online predicts no recorded actions.
  public func validate(on histories: [History], seed: Seed) -> Int { 0 }

  /// Refuses: not every course knows how.
  public func divide(among ranks: any Ranks) throws { throw RanksError.undivided }

  /// None is kept.
  public var updatesBetweenKeptModels: Int { 0 }

  /// The loss.
  public func note(on record: CourseRecord) -> String {
    "loss \(String(format: "%.3f", record.loss))"
  }
}

/// A column of `training.csv`, and how the numbers of several updates become one.
public struct LogColumn: Sendable {
  /// What stands in a row for its updates.
  public enum Joining: Sendable {
    /// The number of the last update.
    case last
    /// The number of the last update that has one, as not all are measured: a NaN is none. Empty if no update has one.
    case lastMeasured
    /// The mean over the updates.
    case mean
    /// The sum over the updates.
    case sum
    /// The sum over the updates, divided by the sum of the column of this number; empty if that is zero.
    case quotient(by: Int)
  }

  /// The name in the header.
  public let name: String
  /// How updates are joined.
  public let joining: Joining
  /// Whether its numbers are whole.
  public let isWhole: Bool

  public init(_ name: String, _ joining: Joining, isWhole: Bool = false) {
    self.name = name
    self.joining = joining
    self.isWhole = isWhole
  }
}

/// What one update did.
public struct CourseRecord: Equatable, Sendable {
  /// The update's number, from 1.
  public let update: Int
  /// The learning rate it used.
  public let learningRate: Double
  /// The loss of the update.
  public let loss: Double
  /// The global norm of the gradient before clipping.
  public let gradientNorm: Double
  /// A number for each column of the course.
  public let values: [Double]

  /// What an update did.
  public init(
    update: Int, learningRate: Double, loss: Double, gradientNorm: Double, values: [Double]
  ) {
    self.update = update
    self.learningRate = learningRate
    self.loss = loss
    self.gradientNorm = gradientNorm
    self.values = values
  }
}

// How a model is trained.

public import Tasks

/// The optimisation of the transformer.
public struct TrainingSettings: SettingsSection {
  /// The training seeds; each makes a model of its own.
  public var seeds = [0]
  /// The number of optimiser steps.
  public var updates = 1_600
  /// The windows of histories in one update.
  public var windowsPerUpdate = 64
  /// The greatest learning rate.
  public var learningRate = 1.5e-3
  /// The learning rate of the first update.
  public var initialLearningRate = 0.0
  /// The last learning rate, as a share of the greatest.
  public var finalLearningRateFraction = 0.1
  /// The updates over which the rate rises; after them it falls along a half cosine.
  public var warmUpUpdates = 100
  /// Decoupled weight decay (AdamW); 0 gives Adam.
  public var weightDecay = 0.01
  /// The decay of the first moment.
  public var beta1 = 0.9
  /// The decay of the second moment.
  public var beta2 = 0.99
  /// Keeps the step finite where gradients vanish.
  public var epsilon = 1e-8
  /// The greatest global norm of the gradient; larger ones are scaled down to it.
  public var gradientClipNorm = 1.0
  /// The share of the target spread evenly over all actions.
  public var labelSmoothing = 0.0
  /// Of how many training tasks, drawn by chance, the histories are kept from training, and measured while models are
  /// trained: `training.csv` then has the loss and accuracy of windows of them, without dropout and hidden tokens.
  /// Histories of validation tasks, which imported sets can have, are measured as well. RL² trains on all tasks.
  public var validationTasks = 0
  /// The updates between two such measurements; the last update is always measured.
  public var validationEvery = 100
  /// After every so many updates the model is kept as it is then, in a file of its own that `evaluate` and `serve` take;
  /// 0 keeps the trained one alone.
  public var keepEvery = 0

  public init() {}

  /// What is impossible about these settings.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if seeds.isEmpty || Set(seeds).count < seeds.count || seeds.contains(where: { $0 < 0 }) {
      problems.append(("seeds", "must be different numbers from 0, not \(seeds)"))
    }
    if updates < 1 { problems.append(("updates", "must be 1 or more, not \(updates)")) }
    if windowsPerUpdate < 1 {
      problems.append(("windowsPerUpdate", "must be 1 or more, not \(windowsPerUpdate)"))
    }
    for (key, value) in [("validationTasks", validationTasks), ("keepEvery", keepEvery)]
    where value < 0 {
      problems.append((key, "must be 0 or more, not \(value)"))
    }
    if validationEvery < 1 {
      problems.append(("validationEvery", "must be 1 or more, not \(validationEvery)"))
    }
    if updates >= 0 && !(0...updates).contains(warmUpUpdates) {
      problems.append(
        ("warmUpUpdates", "must be in 0 ... updates (\(updates)), not \(warmUpUpdates)"))
    }
    for (key, value) in [
      ("learningRate", learningRate), ("epsilon", epsilon), ("gradientClipNorm", gradientClipNorm),
    ] where !(value > 0) {
      problems.append((key, "must be positive, not \(value)"))
    }
    for (key, value) in [
      ("initialLearningRate", initialLearningRate), ("weightDecay", weightDecay),
    ] where !(value >= 0) {
      problems.append((key, "must not be negative, but is \(value)"))
    }
    for (key, value) in [
      ("beta1", beta1), ("beta2", beta2), ("labelSmoothing", labelSmoothing),
    ] where !(0..<1).contains(value) {
      problems.append((key, "must be in 0 ..< 1, not \(value)"))
    }
    if !(0...1).contains(finalLearningRateFraction) {
      problems.append(
        ("finalLearningRateFraction", "must be in 0 ... 1, not \(finalLearningRateFraction)"))
    }
    return problems
      + self.problems(above: [
        ("updates", updates, 1_000_000_000), ("windowsPerUpdate", windowsPerUpdate, 100_000),
        ("validationTasks", validationTasks, 1_000_000_000),
        ("validationEvery", validationEvery, 1_000_000_000),
        ("keepEvery", keepEvery, 1_000_000_000),
      ])
  }

  /// The learning rate of an update, from 0: linear warm-up, then half a cosine
  /// (Loshchilov & Hutter 2017, arXiv:1608.03983) to the last rate at the last update.
  public func learningRate(at update: Int) -> Double {
    if update < warmUpUpdates {
      return initialLearningRate
        + (learningRate - initialLearningRate) * Double(update) / Double(warmUpUpdates)
    }
    let length = max(updates - 1 - warmUpUpdates, 1)
    let progress = min(Double(update - warmUpUpdates) / Double(length), 1)
    let last = learningRate * finalLearningRateFraction
    return last + (learningRate - last) * (1 + cosine(ofHalfTurns: progress)) / 2
  }
}

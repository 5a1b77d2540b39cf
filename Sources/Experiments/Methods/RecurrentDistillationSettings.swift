// The settings of algorithm distillation with a recurrent model: what differs from the transformer.

public import Tasks

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

  /// The defaults.
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
  }
}

extension ExperimentConfiguration {
  /// The section `lstm`.
  public var lstm: RecurrentDistillationSettings {
    get { self[RecurrentDistillationSettings.self] }
    set { self[RecurrentDistillationSettings.self] = newValue }
  }
}

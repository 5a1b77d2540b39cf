// The settings of expert distillation: what differs from algorithm distillation.

public import Tasks

/// Expert distillation: the same model and trainer on converged episodes alone.
public struct ExpertDistillationSettings: MethodSettings {
  public static var section: String { "ed" }

  /// The share of each history, from its end, that counts as expert.
  public var lastFraction = 0.1
  /// The share of `train.updates` that its models are trained for: the expert is quickly learned.
  public var updatesFraction = 1.0

  /// The defaults.
  public init() {}

  /// What leaves no expert.
  public var problems: [(key: String, message: String)] {
    [("lastFraction", lastFraction), ("updatesFraction", updatesFraction)]
      .filter { !($0.1 > 0 && $0.1 <= 1) }
      .map { ($0.0, "must be above 0 and up to 1, not \($0.1)") }
  }
}

extension ExperimentConfiguration {
  /// The section `ed`.
  public var ed: ExpertDistillationSettings {
    get { self[ExpertDistillationSettings.self] }
    set { self[ExpertDistillationSettings.self] = newValue }
  }
}

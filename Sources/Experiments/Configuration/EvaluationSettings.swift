// How long, how often and how boldly frozen models act when they are tested.

/// How models are evaluated.
public struct EvaluationSettings: Codable, Sendable, Equatable {
  /// Episodes in context.
  public var episodes = 100
  /// Streams of each task.
  public var seeds = 20
  /// The temperature that actions are sampled at.
  public var temperature = 1.0

  /// The defaults.
  public init() {}

  /// What cannot be evaluated.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    for (key, value) in [("episodes", episodes), ("seeds", seeds)] where value < 1 {
      problems.append((key, "must be 1 or more, not \(value)"))
    }
    if !(temperature > 0) {
      problems.append(("temperature", "must be positive, not \(temperature)"))
    }
    return problems
  }
}

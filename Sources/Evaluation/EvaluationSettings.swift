// How models are tested.

public import Tasks

public struct EvaluationSettings: SettingsSection {
  /// The least temperature: logits divided by less could be more than a 32-bit number holds.
  static let leastTemperature = 1e-6

  /// Episodes in context.
  public var episodes = 100
  /// Streams of each task, which differ in the chance of actions and of the world.
  public var seeds = 20
  /// The part of the seeds that controls act with: models whose rewards are hidden, or whose context begins with
  /// converged episodes. Theirs are the first of the seeds, at least one.
  public var controlFraction = 1.0
  /// Divides the logits before an action is drawn; 1 acts as the model predicts.
  public var temperature = 1.0
  /// The greatest share of a full context that is dropped at once, up to an episode's start, to make room: a model
  /// that drops less has more in mind, and reads what is left again more often.
  public var droppedFraction = 0.5

  public init() {}

  /// Streams of each task that controls have.
  public var controlSeeds: Int { max(1, Int((controlFraction * Double(seeds)).rounded())) }

  /// What is impossible about these settings.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if episodes < 1 { problems.append(("episodes", "must be 1 or more, not \(episodes)")) }
    if seeds < 1 { problems.append(("seeds", "must be 1 or more, not \(seeds)")) }
    if !(controlFraction > 0 && controlFraction <= 1) {
      problems.append(("controlFraction", "must be above 0 and up to 1, not \(controlFraction)"))
    }
    if !(temperature > 0) {
      problems.append(("temperature", "must be positive, not \(temperature)"))
    } else if temperature < Self.leastTemperature {
      let message = "must be at least \(Self.leastTemperature), not \(temperature)"
      problems.append(("temperature", message))
    }
    if !(droppedFraction > 0 && droppedFraction <= 0.5) {
      problems.append(("droppedFraction", "must be above 0 and up to 0.5, not \(droppedFraction)"))
    }
    return problems
      + self.problems(above: [("episodes", episodes, 1_000_000), ("seeds", seeds, 1_000_000)])
  }
}

// What of the histories a model is shown, and how a window slides when it acts.

public import Tasks

/// How windows are drawn from histories.
public enum WindowRule: String, Codable, Sendable, CaseIterable {
  /// Some windows begin with a history and count everywhere; the others begin at any episode and
  /// count in their second half only. These are the two situations of evaluation: a context that
  /// fills, and a full one whose older half has just been dropped.
  case fromStartAndSliding = "from-start-and-sliding"
  /// Every window begins at any step and counts everywhere (Laskin et al. 2022, Algorithm 1).
  case uniform
}

/// How histories become contexts.
public struct ContextSettings: SettingsSection {
  /// The most environment steps of a context.
  public static let greatestSteps = 100_000

  /// The length of a context, in environment steps.
  public var steps = 200
  /// Of how many training tasks histories are shown, drawn by chance, such that more tasks contain fewer; 0
  /// for all.
  public var tasks = 0
  /// Of how many successive episodes of a history one is kept; the first is drawn for every window. Of
  /// fewer, where a history would otherwise be too short for a window.
  public var episodeSubsampling = 5
  /// Whether each window draws of how many episodes it keeps one, from 1 to `episodeSubsampling`: then
  /// models see histories at all speeds, also those in which nothing is found for long.
  public var variesSubsampling = false
  /// Where windows begin, and which of their predictions count.
  public var windows = WindowRule.fromStartAndSliding
  /// The share of windows that begin with their history, under `from-start-and-sliding`.
  public var fromStartFraction = 0.5
  /// The probability that the content of an input token is hidden in training.
  public var maskProbability = 0.1

  public init() {}

  /// What is impossible about these settings.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if steps < 2 { problems.append(("steps", "must be 2 or more, not \(steps)")) }
    if tasks < 0 { problems.append(("tasks", "must be 0 or more, not \(tasks)")) }
    if episodeSubsampling < 1 {
      problems.append(("episodeSubsampling", "must be 1 or more, not \(episodeSubsampling)"))
    }
    if !(0...1).contains(fromStartFraction) {
      problems.append(("fromStartFraction", "must be in 0 ... 1, not \(fromStartFraction)"))
    }
    if !(0..<1).contains(maskProbability) {
      problems.append(("maskProbability", "must be in 0 ..< 1, not \(maskProbability)"))
    }
    return problems
      + self.problems(above: [
        ("steps", steps, Self.greatestSteps), ("episodeSubsampling", episodeSubsampling, 1_000),
      ])
  }
}

// What a model is shown before it acts: whole episodes of another's history, chosen by how well that one did
// by then. Refuses nothing: a history that never did as well gives the episodes that come closest.

public import LearningHistories
public import Models

/// Successive whole episodes of a history, as many as so many steps hold.
public struct Demonstration: Sendable {
  /// Whose episodes they are.
  public let history: History
  /// The episodes, at least one.
  public let episodes: Range<Int>
  /// The most steps that are shown: of one longer episode, the last.
  private let greatestCount: Int

  /// The last episodes of a history: those of a learner that has converged.
  /// - Parameter steps: How many steps they may have together.
  public init(endOf history: History, steps: Int) {
    let runs = Self.runs(of: history, steps: steps)
    self.init(history, runs[runs.count - 1], steps)
  }

  /// The episodes at which a history first earns a level.
  ///
  /// Of all runs of successive episodes that fill the steps, the first whose mean return is at least the
  /// level; if there is none, the run with the greatest mean, which is the closest (the first of several).
  /// - Parameters:
  ///   - level: A return of an episode.
  ///   - steps: How many steps they may have together.
  public init(of history: History, firstEarning level: Double, steps: Int) {
    let returns = (0..<history.episodeCount).map { history.return(ofEpisode: $0) }
    func mean(_ run: Range<Int>) -> Double {
      returns[run].reduce(0, +) / Double(run.count)
    }
    let runs = Self.runs(of: history, steps: steps)
    var best = runs[0]
    // Sums of rewards such as 0.1 may miss a level by a rounding.
    for run in runs where mean(run) > mean(best) && mean(best) < level - 1e-9 { best = run }
    self.init(history, best, steps)
  }

  private init(_ history: History, _ episodes: Range<Int>, _ greatestCount: Int) {
    self.history = history
    self.episodes = episodes
    self.greatestCount = greatestCount
  }

  /// The mean return of the episodes, undiscounted.
  public var meanReturn: Double {
    episodes.reduce(0) { $0 + history.return(ofEpisode: $1) } / Double(episodes.count)
  }

  /// The steps, as a context holds them.
  public var contextSteps: [ContextStep] {
    history.contextSteps(ofEpisodes: episodes).suffix(greatestCount)
  }

  /// For each episode that ends such a run, the longest run up to it; in order. A run from the first episode
  /// on counts only if the next episode would be too much, so that none is shorter than need be.
  private static func runs(of history: History, steps: Int) -> [Range<Int>] {
    precondition(steps >= 1, "\(steps) steps hold no episode")
    let lengths = (0..<history.episodeCount).map { history.steps(ofEpisode: $0).count }
    var runs: [Range<Int>] = []
    var (first, held) = (0, 0)
    for end in lengths.indices {
      held += lengths[end]
      while held > steps && first < end {
        if first == 0 && end > 0 { runs.append(0..<end) }
        held -= lengths[first]
        first += 1
      }
      if first > 0 { runs.append(first..<end + 1) }
    }
    return runs.isEmpty ? [0..<lengths.count] : runs
  }
}

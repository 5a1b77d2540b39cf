// A method's one number on a split, as papers quote it, and how many more environment steps its source needs.

public import Randomness
public import Tasks

/// The score of a method on a split.
public struct MethodScore: Equatable, Sendable {
  /// The score and its 95 % interval; see `Scoring`.
  public let final: Estimate
  /// What the optimum scores; nil if the optimum of any task is not known.
  public let optimal: Double?
  /// The training seeds; 0 for methods without training.
  public let trainSeeds: Int
  /// The evaluations of each task and training seed.
  public let evalSeeds: Int
  /// Episodes of a stream.
  public let episodes: Int
  /// The environment steps of all actors of the source until half of what lies between random and optimal,
  /// divided by the method's: the median over tasks. A task that the method never brings that far counts
  /// as 0; one that the source does not counts with all the steps it had, a lower bound. None for the source, nor
  /// where scores are shares of the source's (single pulls of a bandit say nothing of when), nor where an optimum
  /// is not known.
  public let stepsRatio50: Double?
  /// The same for three quarters.
  public let stepsRatio75: Double?
  /// The mean return of the first ten episodes as a share of the optimum; nil if that is not known. See `Pace`.
  public let area10: Double?
  /// The same of the first hundred.
  public let area100: Double?
  /// The first episode that earns nine tenths of the optimum; nil if none does, or if that is not known.
  public let episodesTo90Percent: Int?

  /// Scores a method.
  /// - Parameters:
  ///   - grid: Of the method on a split.
  ///   - source: Of the source on the same tasks, from scratch; compared with over as many episodes if it
  ///     is what scores are divided by.
  ///   - references: The expected returns of the grid's tasks, in its order.
  ///   - scoring: The family's.
  ///   - seed: The experiment's, for the intervals.
  /// - Throws: `ReturnsError.otherTasks` if method and source were not tested on the same tasks.
  public init(
    of grid: ReturnsGrid, source: ReturnsGrid?, references: [ReferenceReturns], scoring: Scoring,
    seed: Seed
  ) throws(ReturnsError) {
    precondition(
      references.map(\.task) == grid.tasks,
      "references of tasks \(references.map(\.task)) for a grid of \(grid.tasks)")
    if let source, source.tasks != grid.tasks {
      throw .otherTasks(expected: grid.tasks, found: source.tasks)
    }
    let bootstrap = Bootstrap(
      tasks: grid.tasks.count, trainSeeds: grid.trainSeeds.count, seed: seed)
    switch scoring {
    case .lastTenth:
      final = bootstrap.estimates(of: grid.means(over: grid.lastTenth))[0]
      optimal = references.meanOptimum
    case .wholeAgainstSource:
      guard let source else { throw .noSource }
      let episodes = min(grid.episodeCount, source.episodeCount)
      let random = Self.mean(references.map(\.random))
      let sourceMeans = source.means(over: 1...episodes)
      let sourceReturns = grid.tasks.indices.map { sourceMeans.taskMean($0)[0] }
      let gain = Self.mean(sourceReturns) - random
      // (r − r_random) / (r_source − r_random), as the mean over tasks of 1 + (r − r_source) / gain: what tasks
      // have in common for both then widens no interval.
      var cells = grid.means(over: 1...episodes)
      for index in cells.values.indices {
        let task = index / cells.trainSeeds
        cells.values[index] = 1 + (cells.values[index] - sourceReturns[task]) / gain
      }
      final = bootstrap.estimates(of: cells)[0]
      optimal = references.meanOptimum.map { ($0 - random) / gain }
    }
    trainSeeds = grid.trainSeeds.compactMap { $0 }.count
    evalSeeds = grid.evalSeeds.count
    episodes = grid.episodeCount
    let compared = scoring == .lastTenth ? source : nil
    stepsRatio50 = Self.ratio(0.5, of: grid, compared, references)
    stepsRatio75 = Self.ratio(0.75, of: grid, compared, references)
    let pace = references.optima.flatMap { Pace(of: grid, optima: $0, bootstrap: bootstrap) }
    area10 = pace?.area10.mean
    area100 = pace?.area100.mean
    episodesTo90Percent = pace?.episodesTo90Percent.episode
  }

  /// Scores an ideal explorer, whose returns are expected ones: its interval is a point, and it needs no seeds.
  /// - Parameters:
  ///   - returns: Of each episode, from the first, averaged over the tasks.
  ///   - source: As above; needed where scores are divided by its.
  /// - Returns: Nil if there are no returns, or no optimum above 0.
  public init?(
    ideal returns: [Double], source: ReturnsGrid?, references: [ReferenceReturns], scoring: Scoring
  ) throws(ReturnsError) {
    guard let optimum = references.meanOptimum, let pace = IdealPace(of: returns, optimum: optimum)
    else { return nil }
    let score: Double
    switch scoring {
    case .lastTenth:
      score = Self.mean(
        Array(returns[(ReturnsGrid.lastTenth(of: returns.count).lowerBound - 1)...]))
      optimal = optimum
    case .wholeAgainstSource:
      guard let source else { throw .noSource }
      let episodes = min(returns.count, source.episodeCount)
      let random = Self.mean(references.map(\.random))
      let sourceMeans = source.means(over: 1...episodes)
      let gain = Self.mean(source.tasks.indices.map { sourceMeans.taskMean($0)[0] }) - random
      score = (Self.mean(Array(returns.prefix(episodes))) - random) / gain
      optimal = (optimum - random) / gain
    }
    final = Estimate(mean: score, low: score, high: score)
    trainSeeds = 0
    evalSeeds = 0
    episodes = returns.count
    stepsRatio50 = nil
    stepsRatio75 = nil
    area10 = pace.area10
    area100 = pace.area100
    episodesTo90Percent = pace.episodesTo90Percent
  }

  private static func ratio(
    _ share: Double, of grid: ReturnsGrid, _ source: ReturnsGrid?, _ references: [ReferenceReturns]
  ) -> Double? {
    guard let source, grid.trainSeeds != source.trainSeeds,
      let own = grid.envSteps(to: share, references),
      let others = source.envSteps(to: share, references)
    else { return nil }
    let streams = source.trainSeeds.count * source.evalSeeds.count * source.episodeCount
    let ratios = zip(own, others).enumerated().map { task, steps in
      let all = source.envSteps[task * streams..<(task + 1) * streams].max() ?? 0
      return steps.0.map { (steps.1 ?? Double(all)) / $0 } ?? 0
    }
    return quantile(0.5, of: ratios.sorted())
  }

  private static func mean(_ numbers: [Double]) -> Double {
    numbers.reduce(0, +) / Double(numbers.count)
  }
}

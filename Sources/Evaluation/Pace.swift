// How early a method earns what there is to earn: the area under its curve, and the episodes until the curve reaches
// shares of the optimum. In order: the numbers of a method, those of an ideal explorer, how both are worked out.

/// How early a method earns what there is to earn.
///
/// All of it is of the mean curve over tasks and seeds, in shares of the tasks' mean optimum. Resamples of the
/// intervals draw a task's optimum with its returns; see `Bootstrap`.
public struct Pace: Equatable, Sendable {
  /// The mean return of the first ten episodes, or of all if there are fewer, divided by the optimum.
  public let area10: ShareEstimate
  /// The same of the first hundred episodes.
  public let area100: ShareEstimate
  /// The first episode at which the mean return is at least half of the optimum.
  public let episodesTo50Percent: EpisodeEstimate
  /// The same of three quarters.
  public let episodesTo75Percent: EpisodeEstimate
  /// The same of nine tenths.
  public let episodesTo90Percent: EpisodeEstimate

  /// The pace of a method; nil if the optima are not above 0, since nothing is a share of them then.
  /// - Parameters:
  ///   - grid: The returns of the method on a split.
  ///   - optima: The greatest expected return of an episode of each of the grid's tasks, in their order.
  public init?(of grid: ReturnsGrid, optima: [Double], bootstrap: Bootstrap) {
    precondition(
      optima.count == grid.tasks.count, "\(optima.count) optima of \(grid.tasks.count) tasks")
    guard optima.allSatisfy({ $0 > 0 }) else { return nil }
    let curves = grid.meanCurves()
    // The optimum stands behind the episodes, so that each resample weighs it as it weighs the returns.
    var cells = CellMeans(
      tasks: curves.tasks, trainSeeds: curves.trainSeeds, width: curves.width + 1)
    for cell in 0..<curves.tasks * curves.trainSeeds {
      let first = cell * cells.width
      for episode in 0..<curves.width {
        cells.values[first + episode] = curves.values[cell * curves.width + episode]
      }
      cells.values[first + curves.width] = optima[cell / curves.trainSeeds]
    }
    let (even, resampled) = bootstrap.means(of: cells)
    let study = PaceCurve(returns: even.dropLast(), optimum: even[curves.width])
    let resamples = resampled.map {
      PaceCurve(returns: $0.dropLast(), optimum: $0[curves.width])
    }
    func area(_ episodes: Int) -> ShareEstimate {
      let sorted = resamples.map { $0.area(episodes) }.sorted()
      return ShareEstimate(
        mean: study.area(episodes),
        ci95: [quantile(0.025, of: sorted), quantile(0.975, of: sorted)])
    }
    func episodes(to share: Double) -> EpisodeEstimate {
      let sorted = resamples.map { $0.episode(reaching: share) ?? .max }.sorted()
      func bound(_ index: Double) -> Int? { sorted[Int(index)] == .max ? nil : sorted[Int(index)] }
      let last = Double(sorted.count - 1)
      return EpisodeEstimate(
        episode: study.episode(reaching: share),
        ci95: [bound((0.025 * last).rounded(.down)), bound((0.975 * last).rounded(.up))])
    }
    area10 = area(10)
    area100 = area(100)
    episodesTo50Percent = episodes(to: 0.5)
    episodesTo75Percent = episodes(to: 0.75)
    episodesTo90Percent = episodes(to: 0.9)
  }
}

/// The episode, from 1, at which a mean curve first reaches a level, and its 95 % interval.
public struct EpisodeEstimate: Codable, Equatable, Sendable {
  /// In the study; nil if it never does.
  public let episode: Int?
  /// The ends of the interval: low, high. Nil is beyond the last episode: an end at which the resampled curve never
  /// gets there.
  public let ci95: [Int?]

  public init(episode: Int?, ci95: [Int?]) {
    self.episode = episode
    self.ci95 = ci95
  }
}

/// A share of the optimum, and its 95 % interval.
public struct ShareEstimate: Codable, Equatable, Sendable {
  public let mean: Double
  /// The ends of the interval: low, high. See `Bootstrap`.
  public let ci95: [Double]
}

/// How early an ideal explorer earns what there is to earn: exact, so without intervals.
public struct IdealPace: Codable, Equatable, Sendable {
  /// The mean return of the first ten episodes, or of all if there are fewer, divided by the optimum.
  public let area10: Double
  /// The same of the first hundred episodes.
  public let area100: Double
  /// The first episode at which the expected return is at least half of the optimum; nil if none is.
  public let episodesTo50Percent: Int?
  /// The same of three quarters.
  public let episodesTo75Percent: Int?
  /// The same of nine tenths.
  public let episodesTo90Percent: Int?

  /// The pace of expected returns; nil if there are none, or if the optimum is not above 0.
  /// - Parameters:
  ///   - returns: Of each episode, from the first, averaged over tasks.
  ///   - optimum: The mean of the tasks' greatest expected returns.
  public init?(of returns: [Double], optimum: Double) {
    guard !returns.isEmpty, optimum > 0 else { return nil }
    let curve = PaceCurve(returns: returns[...], optimum: optimum)
    area10 = curve.area(10)
    area100 = curve.area(100)
    episodesTo50Percent = curve.episode(reaching: 0.5)
    episodesTo75Percent = curve.episode(reaching: 0.75)
    episodesTo90Percent = curve.episode(reaching: 0.9)
  }

  private enum CodingKeys: String, CodingKey {
    case area10 = "area_10"
    case area100 = "area_100"
    case episodesTo50Percent = "episodes_to_50_percent"
    case episodesTo75Percent = "episodes_to_75_percent"
    case episodesTo90Percent = "episodes_to_90_percent"
  }
}

/// A mean curve and the mean optimum of its tasks.
private struct PaceCurve {
  let returns: ArraySlice<Double>
  let optimum: Double

  /// The mean of the first `count` episodes, or of all if there are fewer, as a share of the optimum.
  func area(_ count: Int) -> Double {
    let first = returns.prefix(count)
    return first.reduce(0, +) / (Double(first.count) * optimum)
  }

  /// The first episode, from 1, that earns the share of the optimum.
  func episode(reaching share: Double) -> Int? {
    returns.firstIndex { $0 >= share * optimum }.map { $0 - returns.startIndex + 1 }
  }
}

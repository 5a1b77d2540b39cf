// How histories rise: the mean return by tenth and by episode, against acting at random and acting
// best. Exact sums in double precision.

public import Tasks

/// The learning curve of a set of histories.
public struct LearningCurve: Equatable, Sendable {
  /// Mean returns of some histories.
  public struct Series: Equatable, Sendable {
    /// The histories that were averaged.
    public let historyCount: Int
    /// The mean return of an episode in each tenth of a history, undiscounted. Histories of fewer
    /// than ten episodes count an episode in more than one tenth.
    public let returnByTenth: [Double]
    /// The mean return of the first, second, … episode, over the histories that have it.
    public let returnByEpisode: [Double]
    /// The expected return of uniformly random actions.
    public let randomReturn: Double
    /// The greatest expected return; nil if that of any of the tasks is not known.
    public let optimalReturn: Double?

    /// The mean return of the last tenth.
    public var returnAtEnd: Double { returnByTenth.last ?? 0 }
    /// The mean return of the last tenth as a share of the greatest; nil if that is not known.
    public var shareOfOptimumAtEnd: Double? { optimalReturn.map { returnAtEnd / $0 } }
  }

  /// A task's series.
  public struct TaskSeries: Equatable, Sendable {
    public let task: TaskID
    /// Its histories.
    public let series: Series
  }

  /// The series of each task, ascending.
  public let tasks: [TaskSeries]
  /// The mean over all histories.
  public let overall: Series

  /// Computes the curve of histories of a family's tasks.
  /// - Precondition: There is at least one.
  public init(of histories: [History], in family: any TaskFamily) {
    precondition(!histories.isEmpty, "no histories have no learning curve")
    var sums: [TaskID: Sums] = [:]
    for history in histories { sums[history.task, default: Sums()].add(history) }
    var all = Sums()
    var random = 0.0
    var optimal: Double? = 0.0
    tasks = sums.keys.sorted().compactMap { task in
      guard let sum = sums[task] else { return nil }
      let series = sum.series(
        random: family.randomReturn(of: task), optimal: family.optimalReturn(of: task))
      all.add(sum)
      random += series.randomReturn * Double(sum.histories)
      optimal = optimal.flatMap { sum in
        series.optimalReturn.map { sum + $0 * Double(series.historyCount) }
      }
      return TaskSeries(task: task, series: series)
    }
    let count = Double(histories.count)
    overall = all.series(random: random / count, optimal: optimal.map { $0 / count })
  }
}

extension LearningCurve {
  /// The mean return of an episode in each tenth of a history, where nothing is known of the tasks.
  /// - Precondition: There is at least one history.
  public static func returnByTenth(of histories: [History]) -> [Double] {
    precondition(!histories.isEmpty, "no histories have no learning curve")
    var sums = Sums()
    for history in histories { sums.add(history) }
    return sums.series(random: .nan, optimal: nil).returnByTenth
  }
}

/// Sums of returns, and how many.
private struct Sums {
  private(set) var histories = 0
  private var tenths = [Double](repeating: 0, count: 10)
  private var episodes: [(sum: Double, count: Double)] = []

  mutating func add(_ history: History) {
    let count = history.episodeCount
    let returns = (0..<count).map { history.return(ofEpisode: $0) }
    histories += 1
    for tenth in 0..<10 {
      let first = tenth * count / 10
      let part = returns[first..<max(first + 1, (tenth + 1) * count / 10)]
      tenths[tenth] += part.reduce(0, +) / Double(part.count)
    }
    makeRoom(for: count)
    for (episode, value) in returns.enumerated() { add(value, 1, to: episode) }
  }

  mutating func add(_ other: Sums) {
    histories += other.histories
    for tenth in 0..<10 { tenths[tenth] += other.tenths[tenth] }
    makeRoom(for: other.episodes.count)
    for (episode, entry) in other.episodes.enumerated() { add(entry.sum, entry.count, to: episode) }
  }

  private mutating func makeRoom(for count: Int) {
    while episodes.count < count { episodes.append((0, 0)) }
  }

  private mutating func add(_ sum: Double, _ count: Double, to episode: Int) {
    episodes[episode].sum += sum
    episodes[episode].count += count
  }

  func series(random: Double, optimal: Double?) -> LearningCurve.Series {
    LearningCurve.Series(
      historyCount: histories, returnByTenth: tenths.map { $0 / Double(histories) },
      returnByEpisode: episodes.map { $0.sum / $0.count }, randomReturn: random,
      optimalReturn: optimal)
  }
}

// Every episode of an evaluation, a row each: the one thing that summaries, figures and scripts are
// made from. In order: the row, the table, the full grid of one method on one split. Reading and
// writing stand in ReturnsTable+CSV.swift. Refuses to summarise a method with missing streams.

/// All returns of an evaluation, in a fixed order: by method, split, task, training seed, evaluation
/// seed, then episode.
public struct ReturnsTable: Equatable, Sendable {
  /// One episode of one stream.
  public struct Row: Hashable, Sendable {
    /// What acted, such as `ad`, `ed` or `source`.
    public let method: String
    /// The split that the task belongs to, such as `held-out`.
    public let split: String
    /// The task's number within its family.
    public let task: Int
    /// The seed that the model was trained with; none for methods without training.
    public let trainSeed: Int?
    /// Which of the repeated evaluations this is.
    public let evalSeed: Int
    /// The episode within its stream, from 1.
    public let episode: Int
    /// Environment steps of the stream up to the end of this episode.
    public let envSteps: Int
    /// The undiscounted return of this episode.
    public let `return`: Double

    /// A row.
    /// - Precondition: The names hold no comma, quote or line break; episodes count from 1.
    public init(
      method: String, split: String, task: Int, trainSeed: Int?, evalSeed: Int, episode: Int,
      envSteps: Int, return: Double
    ) {
      precondition(Self.isName(method) && Self.isName(split), "no names: “\(method)”, “\(split)”")
      precondition(episode >= 1, "episodes count from 1, this is \(episode)")
      self.init(
        checkedMethod: method, split: split, task: task, trainSeed: trainSeed, evalSeed: evalSeed,
        episode: episode, envSteps: envSteps, return: `return`)
    }

    /// A row whose names and episode were checked.
    init(
      checkedMethod method: String, split: String, task: Int, trainSeed: Int?, evalSeed: Int,
      episode: Int, envSteps: Int, return: Double
    ) {
      self.method = method
      self.split = split
      self.task = task
      self.trainSeed = trainSeed
      self.evalSeed = evalSeed
      self.episode = episode
      self.envSteps = envSteps
      self.return = `return`
    }

    /// Whether a text can be the name of a method or split: it holds no comma, quote or line break.
    static func isName(_ text: String) -> Bool {
      !text.isEmpty && text.utf8.allSatisfy { ![10, 13, 34, 44].contains($0) }
    }
  }

  /// The rows in the table's order.
  public let rows: [Row]

  /// A table of the rows, put in order.
  public init(_ rows: [Row]) {
    self.rows = Self.ordered(rows)
  }

  /// The methods and splits that occur together, in the table's order.
  public var selections: [(method: String, split: String)] {
    selectionStarts.map { (rows[$0].method, rows[$0].split) }
  }

  /// The rows of a method on a split.
  public func rows(method: String, split: String) -> ArraySlice<Row> {
    let starts = selectionStarts
    guard
      let index = starts.firstIndex(where: {
        rows[$0].method == method && rows[$0].split == split
      })
    else { return [] }
    let end = index + 1 < starts.count ? starts[index + 1] : rows.count
    return rows[starts[index]..<end]
  }

  /// The table without the episodes after the first `count` of each stream.
  public func first(episodes count: Int) -> ReturnsTable {
    ReturnsTable(rows.filter { $0.episode <= count })
  }

  /// Where each method and split begins, found by bisection: rows of one lie together.
  private var selectionStarts: [Int] {
    var starts: [Int] = []
    var start = 0
    while start < rows.count {
      starts.append(start)
      var low = start
      var high = rows.count
      while high - low > 1 {
        let middle = (low + high) / 2
        let isSame =
          rows[middle].method == rows[start].method && rows[middle].split == rows[start].split
        if isSame { low = middle } else { high = middle }
      }
      start = high
    }
    return starts
  }

  private static func ordered(_ rows: [Row]) -> [Row] {
    let names = rank(rows.lazy.flatMap { [$0.method, $0.split] })
    let keys = rows.map { row in
      SortKey(
        names: (names[row.method] ?? 0) << 32 | (names[row.split] ?? 0), task: row.task,
        trainSeed: row.trainSeed ?? Int.min, evalSeed: row.evalSeed, episode: row.episode)
    }
    if zip(keys, keys.dropFirst()).allSatisfy({ !($1 < $0) }) { return rows }
    return rows.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }.map { rows[$0] }
  }

  /// The place of each name among all in alphabetical order: comparing numbers is quicker.
  private static func rank(_ names: some Sequence<String>) -> [String: Int] {
    Dictionary(uniqueKeysWithValues: zip(Set(names).sorted(), 0...))
  }

  private struct SortKey: Comparable {
    let names: Int
    let task: Int
    let trainSeed: Int
    let evalSeed: Int
    let episode: Int

    static func < (left: SortKey, right: SortKey) -> Bool {
      (left.names, left.task, left.trainSeed, left.evalSeed, left.episode)
        < (right.names, right.task, right.trainSeed, right.evalSeed, right.episode)
    }
  }
}

/// The returns of one method on one split, with every combination of task, training seed,
/// evaluation seed and episode present.
public struct ReturnsGrid: Sendable {
  /// The tasks' numbers, ascending.
  public let tasks: [Int]
  /// The training seeds, ascending; one entry, none, for methods without training.
  public let trainSeeds: [Int?]
  /// The evaluation seeds, ascending.
  public let evalSeeds: [Int]
  /// Episodes per stream.
  public let episodeCount: Int
  /// Tasks × training seeds × evaluation seeds × episodes, the last changing fastest.
  public let returns: [Double]
  /// Environment steps up to the end of each episode, laid out as `returns`.
  public let envSteps: [Int]

  /// The grid of a method on a split, or nothing if the table has no such row.
  /// - Throws: `ReturnsError.incomplete` unless each stream is there once, from episode 1 to the
  ///   same last one.
  public init?(
    _ table: ReturnsTable, method: String, split: String
  ) throws(ReturnsError) {
    let rows = table.rows(method: method, split: split)
    guard !rows.isEmpty else { return nil }
    tasks = Set(rows.lazy.map(\.task)).sorted()
    trainSeeds = Set(rows.lazy.map(\.trainSeed)).sorted { ($0 ?? Int.min) < ($1 ?? Int.min) }
    evalSeeds = Set(rows.lazy.map(\.evalSeed)).sorted()
    episodeCount = rows.reduce(0) { max($0, $1.episode) }
    returns = rows.map(\.return)
    envSteps = rows.map(\.envSteps)

    var expected = rows.startIndex
    for task in tasks {
      for trainSeed in trainSeeds {
        for evalSeed in evalSeeds {
          for episode in 1...episodeCount {
            let isThere =
              expected < rows.endIndex && rows[expected].task == task
              && rows[expected].trainSeed == trainSeed && rows[expected].evalSeed == evalSeed
              && rows[expected].episode == episode
            guard isThere else {
              throw .incomplete(
                method: method, split: split, task: task, trainSeed: trainSeed,
                evalSeed: evalSeed, episode: episode)
            }
            expected += 1
          }
        }
      }
    }
    guard let extra = expected < rows.endIndex ? rows[expected] : nil else { return }
    throw .incomplete(
      method: method, split: split, task: extra.task, trainSeed: extra.trainSeed,
      evalSeed: extra.evalSeed, episode: extra.episode)
  }

  /// The number of streams: tasks × training seeds × evaluation seeds.
  public var streamCount: Int { tasks.count * trainSeeds.count * evalSeeds.count }

  /// The share of streams that earn nothing in any of their episodes.
  public var neverFoundShare: Double {
    let empty = (0..<streamCount).count { stream in
      returns[stream * episodeCount..<(stream + 1) * episodeCount].allSatisfy { $0 == 0 }
    }
    return Double(empty) / Double(streamCount)
  }

  /// The mean over evaluation seeds of each episode's return, a cell for each task and training seed.
  public func meanCurves() -> CellMeans {
    var means = CellMeans(tasks: tasks.count, trainSeeds: trainSeeds.count, width: episodeCount)
    for stream in 0..<streamCount {
      let cell = stream / evalSeeds.count
      for episode in 0..<episodeCount {
        means.values[cell * episodeCount + episode] += returns[stream * episodeCount + episode]
      }
    }
    for index in means.values.indices { means.values[index] /= Double(evalSeeds.count) }
    return means
  }

  /// The mean return over evaluation seeds and a range of episodes, a cell for each task and
  /// training seed.
  /// - Parameter episodes: Counted from 1, within the grid.
  public func means(over episodes: ClosedRange<Int>) -> CellMeans {
    precondition(
      episodes.lowerBound >= 1 && episodes.upperBound <= episodeCount,
      "episodes \(episodes) of \(episodeCount)")
    let curves = meanCurves()
    var means = CellMeans(tasks: tasks.count, trainSeeds: trainSeeds.count, width: 1)
    for cell in means.values.indices {
      let first = cell * episodeCount
      let sum = episodes.reduce(0) { $0 + curves.values[first + $1 - 1] }
      means.values[cell] = sum / Double(episodes.count)
    }
    return means
  }

  /// The last ten episodes, or all if there are fewer.
  public var lastEpisodes: ClosedRange<Int> { max(1, episodeCount - 9)...episodeCount }

  /// The last tenth of the episodes, at least one.
  public var lastTenth: ClosedRange<Int> { Self.lastTenth(of: episodeCount) }

  /// The last tenth of so many episodes, at least one.
  public static func lastTenth(of episodes: Int) -> ClosedRange<Int> {
    episodes - max(1, episodes / 10) + 1...episodes
  }
}

// summary.json: the numbers of a table of returns that are quoted, with their intervals. In order:
// the exact returns it needs, the summary, how it is worked out, its file. Everything follows from
// the table, the exact returns and the seed; nothing here knows a model.
//
//   {"splits": {"held-out": {"optimal": …, "random": …, "methods": {"ad": {"first_episode": {"mean": …,
//     "ci95": […, …], "share_of_optimal": …}, "last_10_episodes": {…}, "never_found": …, …}}}}}

public import Foundation
public import Randomness

/// The expected returns of a task: exact, or measured where its family says so. Its optimum may be unknown.
public struct ReferenceReturns: Hashable, Sendable {
  /// The split the task belongs to.
  public let split: String
  /// The task's number within its family.
  public let task: Int
  /// The expected return of an episode of uniformly random actions.
  public let random: Double
  /// The greatest expected return of an episode; nil if it is not known.
  public let optimal: Double?

  /// The expected returns of a task.
  public init(split: String, task: Int, random: Double, optimal: Double?) {
    self.split = split
    self.task = task
    self.random = random
    self.optimal = optimal
  }
}

/// What an evaluation found, for each split and method.
public struct EvaluationSummary: Codable, Equatable, Sendable {
  /// By the split's name.
  public let splits: [String: SplitSummary]

  /// What was found on one split.
  public struct SplitSummary: Codable, Equatable, Sendable {
    /// The mean over the split's tasks of the return of random actions; nil if the tasks are another program's.
    public let random: Double?
    /// The mean over the split's tasks of the greatest return; nil if that of any is not known.
    public let optimal: Double?
    /// How early an ideal explorer earns it, in as many episodes; nil if that is not known.
    public let ideal: IdealPace?
    /// By the method's name.
    public let methods: [String: MethodSummary]
  }

  /// What was found of one method on one split.
  public struct MethodSummary: Codable, Equatable, Sendable {
    /// The first episode's return.
    public let firstEpisode: Figure
    /// The mean return of the first ten episodes, or of all if there are fewer.
    public let first10Episodes: Figure
    /// The mean return of the last ten episodes, or of all if there are fewer.
    public let last10Episodes: Figure
    /// The mean return of the last tenth of the episodes, at least one: what Laskin et al. call final.
    public let lastTenth: Figure
    /// The share of streams whose return is 0 in every episode.
    public let neverFound: Double
    /// Until tasks first earn half of what lies between random and optimal; nil if the optimum of any task is
    /// not known.
    public let envStepsTo50Percent: StepsToShare?
    /// Until tasks first earn three quarters of what lies between random and optimal; nil as above.
    public let envStepsTo75Percent: StepsToShare?
    /// How early it earns what there is; see `Pace`. Nil if an optimum is not known or not above 0, as are the four below.
    public let area10: ShareEstimate?
    public let area100: ShareEstimate?
    public let episodesTo50Percent: EpisodeEstimate?
    public let episodesTo75Percent: EpisodeEstimate?
    public let episodesTo90Percent: EpisodeEstimate?
    /// Episodes per stream.
    public let episodes: Int
    public let tasks: Int
    /// The number of training seeds; 0 for methods without training.
    public let trainSeeds: Int
    /// The number of evaluations of each task and training seed.
    public let evalSeeds: Int

    /// Whether counts are such, and intervals have two ends: what a file says may be anything.
    fileprivate var isPossible: Bool {
      let figures = [firstEpisode, first10Episodes, last10Episodes, lastTenth]
      let intervals =
        figures.map(\.ci95.count) + [area10, area100].compactMap { $0?.ci95.count }
        + [episodesTo50Percent, episodesTo75Percent, episodesTo90Percent].compactMap {
          $0?.ci95.count
        }
      return intervals.allSatisfy { $0 == 2 }
        && [episodes, tasks, trainSeeds, evalSeeds].allSatisfy { (0...1 << 40).contains($0) }
    }

    private enum CodingKeys: String, CodingKey {
      case firstEpisode = "first_episode"
      case first10Episodes = "first_10_episodes"
      case last10Episodes = "last_10_episodes"
      case lastTenth = "last_tenth"
      case neverFound = "never_found"
      case envStepsTo50Percent = "env_steps_to_50_percent"
      case envStepsTo75Percent = "env_steps_to_75_percent"
      case area10 = "area_10"
      case area100 = "area_100"
      case episodesTo50Percent = "episodes_to_50_percent"
      case episodesTo75Percent = "episodes_to_75_percent"
      case episodesTo90Percent = "episodes_to_90_percent"
      case episodes, tasks
      case trainSeeds = "train_seeds"
      case evalSeeds = "eval_seeds"
    }
  }

  /// A mean return, over tasks and seeds.
  public struct Figure: Codable, Equatable, Sendable {
    /// Return per episode, undiscounted.
    public let mean: Double
    /// The 95 % interval: low, high. See `Bootstrap`.
    public let ci95: [Double]
    /// The mean as a share of the optimum of the same tasks; nil if that is zero or not known.
    public let shareOfOptimal: Double?

    private enum CodingKeys: String, CodingKey {
      case mean, ci95
      case shareOfOptimal = "share_of_optimal"
    }
  }

  /// How long it takes until a task's mean return over seeds first reaches a level.
  public struct StepsToShare: Codable, Equatable, Sendable {
    /// The median over the tasks that reach it, in environment steps of a stream at the end of that
    /// episode, averaged over its streams; none if no task does.
    public let median: Double?
    /// The number of tasks that reach it.
    public let tasksReached: Int

    private enum CodingKeys: String, CodingKey {
      case median
      case tasksReached = "tasks_reached"
    }
  }

  /// Summarises a table.
  /// - Parameters:
  ///   - references: The expected returns of every task of every split in the table; their means are
  ///     the split's `random` and `optimal`.
  ///   - ideal: The expected returns of an ideal explorer by split, an episode each; none where they are not known.
  ///   - seed: The experiment's seed, for the intervals.
  ///   - episodes: If given, no stream counts beyond this episode, so that a source learner that ran
  ///     for longer is compared at the same one.
  /// - Throws: If a method's streams are incomplete or a task's expected returns are missing.
  public init(
    of table: ReturnsTable, references: [ReferenceReturns], ideal: [String: [Double]] = [:],
    seed: Seed, episodes: Int? = nil
  ) throws(ReturnsError) {
    let table = episodes.map(table.first(episodes:)) ?? table
    var methods: [String: [String: MethodSummary]] = [:]
    for (method, split) in table.selections {
      guard let grid = try ReturnsGrid(table, method: method, split: split) else { continue }
      var ofTasks: [ReferenceReturns] = []
      for task in grid.tasks {
        guard let found = references.first(where: { $0.split == split && $0.task == task }) else {
          throw .noReference(method: method, split: split, task: task)
        }
        ofTasks.append(found)
      }
      methods[split, default: [:]][method] = MethodSummary(
        of: grid, references: ofTasks, seed: seed)
    }
    splits = Dictionary(
      uniqueKeysWithValues: Set(references.map(\.split)).sorted().map { split in
        let ofSplit = references.filter { $0.split == split }
        let optimal = ofSplit.meanOptimum
        return (
          split,
          SplitSummary(
            random: mean(ofSplit.map(\.random)), optimal: optimal,
            ideal: optimal.flatMap { IdealPace(of: ideal[split] ?? [], optimum: $0) },
            methods: methods[split] ?? [:])
        )
      })
  }

  /// Summarises what agents of another program earned: what is random and what optimal in their tasks is not known.
  /// - Parameter seed: For the intervals.
  public init(of returns: OthersReturns, seed: Seed) throws(OthersReturnsError) {
    var methods: [String: [String: MethodSummary]] = [:]
    for (method, split) in returns.table.selections {
      let grid = try returns.grid(method: method, split: split).grid
      methods[split, default: [:]][method] = MethodSummary(of: grid, references: nil, seed: seed)
    }
    splits = methods.mapValues { SplitSummary(random: nil, optimal: nil, ideal: nil, methods: $0) }
  }

  /// The bytes of summary.json: sorted keys, the same summary gives the same bytes.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// Reads the bytes of summary.json.
  /// - Parameter file: How errors name it.
  /// - Throws: `ReturnsError.notASummary` if they are something else.
  public init(json: Data, file: String = "summary.json") throws(ReturnsError) {
    do {
      self = try JSONDecoder().decode(EvaluationSummary.self, from: json)
    } catch {
      throw .notASummary(file: file, reason: Self.problem(error))
    }
    for (name, method) in splits.values.flatMap(\.methods).sorted(by: { $0.key < $1.key })
    where !method.isPossible {
      throw .notASummary(
        file: file, reason: "“\(name)” has counts or intervals that no evaluation has")
    }
  }

  /// What a decoder says, with the place in the file.
  private static func problem(_ error: any Error) -> String {
    func place(_ context: DecodingError.Context) -> String {
      let keys = context.codingPath.map(\.stringValue)
      return keys.isEmpty ? "" : " in \(keys.joined(separator: "/"))"
    }
    switch error as? DecodingError {
    case .keyNotFound(let key, let context):
      return "“\(key.stringValue)” is missing" + place(context)
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "something else than expected stands" + place(context)
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      return "no number of this kind can stand" + place(context)
    default: return "it is no JSON"
    }
  }
}

extension EvaluationSummary.SplitSummary {
  /// Reads what a file says: it always tells what is random, since its tasks are those of this program.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    random = try container.decode(Double.self, forKey: .random)
    optimal = try container.decodeIfPresent(Double.self, forKey: .optimal)
    ideal = try container.decodeIfPresent(IdealPace.self, forKey: .ideal)
    methods = try container.decode(
      [String: EvaluationSummary.MethodSummary].self, forKey: .methods)
  }
}

extension EvaluationSummary.MethodSummary {
  /// Works out the numbers of one method.
  /// - Parameter references: In the order of the grid's tasks; nil if nothing is known of them.
  init(of grid: ReturnsGrid, references: [ReferenceReturns]?, seed: Seed) {
    let bootstrap = Bootstrap(
      tasks: grid.tasks.count, trainSeeds: grid.trainSeeds.count, seed: seed)
    let optimal = references?.meanOptimum
    let pace = references?.optima.flatMap { Pace(of: grid, optima: $0, bootstrap: bootstrap) }
    func figure(over episodes: ClosedRange<Int>) -> EvaluationSummary.Figure {
      let estimate = bootstrap.estimates(of: grid.means(over: episodes))[0]
      return EvaluationSummary.Figure(
        mean: estimate.mean, ci95: [estimate.low, estimate.high],
        shareOfOptimal: optimal.flatMap { $0 == 0 ? nil : estimate.mean / $0 })
    }
    firstEpisode = figure(over: 1...1)
    first10Episodes = figure(over: 1...min(10, grid.episodeCount))
    last10Episodes = figure(over: grid.lastEpisodes)
    lastTenth = figure(over: grid.lastTenth)
    neverFound = grid.neverFoundShare
    envStepsTo50Percent = references.flatMap {
      EvaluationSummary.StepsToShare(0.5, of: grid, $0)
    }
    envStepsTo75Percent = references.flatMap {
      EvaluationSummary.StepsToShare(0.75, of: grid, $0)
    }
    area10 = pace?.area10
    area100 = pace?.area100
    episodesTo50Percent = pace?.episodesTo50Percent
    episodesTo75Percent = pace?.episodesTo75Percent
    episodesTo90Percent = pace?.episodesTo90Percent
    episodes = grid.episodeCount
    tasks = grid.tasks.count
    trainSeeds = grid.trainSeeds.compactMap { $0 }.count
    evalSeeds = grid.evalSeeds.count
  }
}

extension EvaluationSummary.StepsToShare {
  /// The level of a task is random + share · (optimal − random); nil if an optimum is not known.
  init?(_ share: Double, of grid: ReturnsGrid, _ references: [ReferenceReturns]) {
    guard let steps = grid.envSteps(to: share, references)?.compactMap({ $0 }) else { return nil }
    tasksReached = steps.count
    median = steps.isEmpty ? nil : quantile(0.5, of: steps.sorted())
  }
}

extension ReturnsGrid {
  /// The environment steps of a stream when the mean return of a task over its streams first comes to
  /// random + share · (optimal − random), for each task; none where it never does.
  /// - Parameter references: In the order of the tasks.
  /// - Returns: Nil if the optimum of any task is not known.
  public func envSteps(to share: Double, _ references: [ReferenceReturns]) -> [Double?]? {
    guard let optima = references.optima else { return nil }
    let curves = meanCurves()
    let streamsPerTask = trainSeeds.count * evalSeeds.count
    return references.indices.map { task in
      let random = references[task].random
      let level = random + share * (optima[task] - random)
      return curves.taskMean(task).firstIndex { $0 >= level }.map { episode in
        let sum = (0..<streamsPerTask).reduce(0) { sum, stream in
          sum + envSteps[(task * streamsPerTask + stream) * episodeCount + episode]
        }
        return Double(sum) / Double(streamsPerTask)
      }
    }
  }
}

extension [ReferenceReturns] {
  /// The mean of the optima; nil if any is not known.
  var meanOptimum: Double? { optima.map(mean) }

  /// The optimum of each; nil if any is not known.
  var optima: [Double]? {
    let known = compactMap(\.optimal)
    return known.count == count ? known : nil
  }
}

private func mean(_ numbers: [Double]) -> Double {
  numbers.isEmpty ? 0 : numbers.reduce(0, +) / Double(numbers.count)
}

// rollout: a frozen model acts in dark rooms, windows full, what re-reads them included.
// rollout-growth: what one step costs as a context fills, and once it is full.

internal import ArgumentParser
internal import Evaluation
internal import Foundation
internal import Models
internal import Randomness
internal import Synchronization
internal import Tasks

struct Rollout: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Acts with full contexts in dark rooms; environment steps a second.")

  @Option(help: "Of the model and its context: fast, paper, wide or long.")
  var size = ModelSize.fast
  @Option(help: "Streams that act at once; a multiple of 16, the number of tasks.")
  var streams = 48
  @Option(help: "Episodes of each stream after its context is full.")
  var episodes = 100
  @Option(help: "Threads.")
  var workers = 2

  /// Different rooms.
  private static let tasks = 16

  func run() throws {
    let parameters = Parameters(size.configuration(), seed: Seed(0))
    let family = DarkRoomFamily()
    // Twice a context before time is taken: then every stream's has been full, whoever went ahead.
    let filling = 2 * size.contextSteps / family.episodeLength
    let rollout = InContextRollout(
      episodes: filling + episodes, seedsPerTask: streams / Self.tasks,
      conditions: RolloutConditions(), seed: Seed(0))
    let untimed = streams * filling * family.episodeLength
    let progress = Mutex<(steps: Int, timed: Stopwatch?)>((0, nil))
    _ = try rollout.run(
      parameters, in: family, tasks: Array(family.allTasks.prefix(Self.tasks)), workers: workers
    ) { done in
      progress.withLock { progress in
        progress.steps += done.steps
        if progress.timed == nil && progress.steps >= untimed { progress.timed = Stopwatch() }
      }
    }
    let seconds = progress.withLock { $0.timed?.seconds ?? 0 }
    try printLine(
      Speed(
        loop: "rollout", size: size.rawValue,
        stepsPerSecond: Double(streams * episodes * family.episodeLength) / seconds,
        streams: streams, workers: workers))
  }

  private struct Speed: Encodable {
    let loop: String
    let size: String
    let stepsPerSecond: Double
    let streams: Int
    let workers: Int
  }
}

struct RolloutGrowth: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The seconds of a step at context positions 20 and 200, and of the mean once full.")

  @Option(help: "Streams that act at once, on one thread.")
  var streams = 24
  @Option(help: "Contexts that are filled and timed; the median counts.")
  var repetitions = 15

  private static let size = ModelSize.fast
  /// Positions around which a step is timed.
  private static let (early, late) = (15..<25, 190..<200)

  func run() throws {
    let configuration = Self.size.configuration()
    let parameters = Parameters(configuration, seed: Seed(0))
    let costs = (0..<repetitions).map { _ in
      fill(RollingContext(parameters, streamCount: streams))
    }
    let early = median(costs.map(\.early))
    let late = median(costs.map(\.late))
    let full = median(costs.map(\.full))
    try printLine(
      Growth(
        loop: "rollout-growth", secondsAt20: early, secondsAt200: late, secondsOnceFull: full,
        lateToEarly: late / early, fullToLate: full / late))
  }

  /// The mean seconds of a step, early and late in a context that fills and then over one that is full.
  private func fill(_ context: RollingContext) -> (early: Double, late: Double, full: Double) {
    var random = Seed(1).random(for: "walk")
    let steps = Self.size.contextSteps
    func cost(of positions: Range<Int>, from start: Int = 0) -> Double {
      for position in start..<positions.lowerBound { step(context, position, using: &random) }
      let timed = Stopwatch()
      for position in positions { step(context, position, using: &random) }
      return timed.seconds / Double(positions.count)
    }
    let early = cost(of: Self.early)
    let late = cost(of: Self.late, from: Self.early.upperBound)
    // Two times half a context: each begins with reading the half that was kept.
    return (early, late, cost(of: steps..<2 * steps, from: Self.late.upperBound))
  }

  /// Predicts and acts once in all streams, in episodes of twenty steps.
  private func step(_ context: RollingContext, _ position: Int, using random: inout Random) {
    let observations = (0..<streams).map { _ in
      Observation(UInt8(random.below(9)), UInt8(random.below(9)))
    }
    context.predict(observations)
    for stream in 0..<streams {
      context.append(
        ContextStep(
          observation: observations[stream], action: random.below(5),
          reward: random.chance(0.1) ? 1 : 0, startsEpisode: position % 20 == 0),
        to: stream)
    }
  }

  private struct Growth: Encodable {
    let loop: String
    let secondsAt20: Double
    let secondsAt200: Double
    let secondsOnceFull: Double
    let lateToEarly: Double
    let fullToLate: Double
  }
}

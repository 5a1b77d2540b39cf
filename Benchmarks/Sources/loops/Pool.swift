// pool: the parts of a Watermaze run, each alone and for a while, with the preset's sizes: where its minutes go,
// and what a part could still gain.

internal import ArgumentParser
internal import Contexts
internal import Dispatch
internal import Evaluation
internal import Foundation
internal import Layers
internal import LearningHistories
internal import Models
internal import Randomness
internal import SourceAlgorithms
internal import Tasks
internal import Training

struct Pool: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Simulates, draws, learns, reads, trains and rolls out pools; steps a second of each."
  )

  @Option(help: "How long to measure each part.")
  var seconds = 3.0
  @Option(help: "Threads.")
  var workers = 2

  private static let contextSteps = 200
  private static let windows = 16

  func run() throws {
    let family = WatermazeFamily()
    let simulated = measureThreads { thread, count in
      Self.simulate(family.task(TaskID(thread)), steps: count)
    }
    let drawn = measureThreads { thread, count in
      Self.draw(family, seed: thread, frames: count)
    }
    try withTemporaryFolder { folder in
      var source = DQNSettings()
      (source.actors, source.episodes, source.explorationFraction) = (4, 300, 0.13)
      let learner = DQN(source)
      let tasks = (0..<workers).map(TaskID.init)
      let collector = HistoryCollector(
        family: family, tasks: tasks,
        split: TaskSplit(of: family, heldOut: 0, validation: 0, seed: Seed(0)), learner: learner,
        historiesPerTask: learner.streamCount, seed: Seed(0),
        folder: folder.appendingPathComponent("histories"), fingerprint: "benchmark")
      let learning = Stopwatch()
      try collector.collect(workers: workers)
      let learningSeconds = learning.seconds
      let set = try HistorySet(reading: folder.appendingPathComponent("histories"))
      var context = ContextSettings()
      (context.steps, context.episodeSubsampling) = (Self.contextSteps, 1)
      let sampler = try WindowSampler(
        histories: set.histories, settings: context, selection: .learning(subsampling: 1))
      var model = ModelSettings()
      model.sight.channels = [16, 32]
      let configuration = ModelConfiguration(
        model: model, interface: family.interface, contextSteps: Self.contextSteps)
      try printLine(
        Parts(
          loop: "pool", workers: workers, simulate: simulated, draw: drawn,
          learn: Double(set.stepCount) / learningSeconds, read: read(sampler),
          train: train(configuration, sampler, family),
          rollOut: try rollOut(configuration, family)))
    }
  }

  private struct Parts: Encodable {
    let loop: String
    let workers: Int
    /// Steps of random actions a second.
    let simulate: Double
    /// Default frames a second.
    let draw: Double
    /// Environment steps of DQN a second, simulation and drawing included.
    let learn: Double
    /// Steps of windows a second, on one thread.
    let read: Double
    /// Steps of windows trained a second, drawing included.
    let train: Double
    /// Environment steps of a model a second, drawing included.
    let rollOut: Double
  }

  /// Does pieces of work on every thread until time is up; pieces' units a second.
  private func measureThreads(_ work: @Sendable (Int, Int) -> Void) -> Double {
    let piece = 10_000
    let limit = seconds
    let timed = Stopwatch()
    let counts = (0..<workers).map { _ in Counter() }
    DispatchQueue.concurrentPerform(iterations: workers) { thread in
      while timed.seconds < limit {
        work(thread, piece)
        counts[thread].count += piece
      }
    }
    return Double(counts.reduce(0) { $0 + $1.count }) / timed.seconds
  }

  /// Written by one thread, read when all are done.
  private final class Counter: @unchecked Sendable {
    var count = 0
  }

  private static func simulate(_ pool: Watermaze, steps: Int) {
    var random = Seed(0).random(for: "benchmark")
    var state = pool.reset(using: &random)
    for _ in 0..<steps {
      if pool.step(&state, random.below(8), using: &random).isTerminated {
        state = pool.reset(using: &random)
      }
    }
  }

  private static func draw(_ family: WatermazeFamily, seed: Int, frames: Int) {
    guard let camera = family.renderer else { return }
    var random = Seed(0).random(for: "benchmark", seed)
    let pool = family.task(TaskID(0))
    var bytes = [UInt8](repeating: 0, count: family.interface.sight.byteCount)
    var state = pool.reset(using: &random)
    for _ in 0..<frames {
      _ = pool.step(&state, random.below(8), using: &random)
      var frame = bytes.mutableSpan
      camera.draw(pool.observation(of: state), into: &frame)
    }
  }

  private func read(_ sampler: WindowSampler) -> Double {
    var batch = ContextBatch(windowCount: Self.windows, stepCount: Self.contextSteps)
    let timed = Stopwatch()
    var updates = 0
    while timed.seconds < seconds {
      sampler.fill(&batch, update: updates, seed: Seed(0))
      updates += 1
    }
    return Double(updates * Self.windows * Self.contextSteps) / timed.seconds
  }

  private func train(
    _ configuration: ModelConfiguration, _ sampler: WindowSampler, _ family: WatermazeFamily
  ) -> Double {
    var settings = TrainingSettings()
    settings.windowsPerUpdate = Self.windows
    let trainer = Trainer(
      configuration, settings, seed: Seed(0), workers: workers, renderer: family.renderer)
    var batch = trainer.makeBatch()
    sampler.fill(&batch, update: 0, seed: Seed(0))
    _ = trainer.update(on: batch)
    let timed = Stopwatch()
    var updates = 0
    while timed.seconds < seconds {
      _ = trainer.update(on: batch)
      updates += 1
    }
    return Double(updates * Self.windows * Self.contextSteps) / timed.seconds
  }

  private func rollOut(
    _ configuration: ModelConfiguration, _ family: WatermazeFamily
  ) throws -> Double {
    let parameters = Parameters(configuration, seed: Seed(0))
    let rollout = InContextRollout(
      episodes: 20, seedsPerTask: 8, conditions: RolloutConditions(), seed: Seed(0))
    let timed = Stopwatch()
    let streams = try rollout.run(
      parameters, in: family, tasks: (0..<8).map(TaskID.init), workers: workers)
    let steps = streams.reduce(0) { $0 + ($1.environmentSteps.last ?? 0) }
    return Double(steps) / timed.seconds
  }
}

// What parts take: environment steps, bytes on disk, memory, time. Amounts follow from the settings; rates are measured
// on a small sample of the work, done on this machine with as many workers.

internal import Contexts
internal import Evaluation
internal import Foundation
internal import LearningHistories
internal import LinearAlgebra
internal import Models
internal import Randomness
internal import SourceAlgorithms
internal import Synchronization
internal import Tasks
internal import Training

/// What making a part takes.
public struct PartEstimate: Equatable, Sendable {
  /// Environment steps that are lived or learned from.
  public var steps = 0
  /// Bytes of the files that it leaves.
  public var bytes = 0
  /// The greatest resident memory of the program while it makes the part, in bytes, as the system reports it: the
  /// program itself and the histories that it maps included. Where memory is short, the system can take back what is
  /// mapped.
  public var memory = 0
  /// Wall-clock seconds.
  public var seconds = 0.0

  /// What making another part afterwards takes as well.
  static func + (left: PartEstimate, right: PartEstimate) -> PartEstimate {
    PartEstimate(
      steps: left.steps + right.steps, bytes: left.bytes + right.bytes,
      memory: max(left.memory, right.memory), seconds: left.seconds + right.seconds)
  }
}

/// Measures samples of a run's work, each kind once.
public final class Estimator {
  let experiment: Experiment
  let workers: Int
  /// The resident memory of the program before any work.
  let memoryOfProgram = residentMemory()
  private let folder: URL
  private var recording: RecordingSample?
  private var histories: [History]?
  private var trainings: [String: TrainingSample] = [:]
  private var rollouts: [String: RolloutSample] = [:]

  /// About how long a kind of work is sampled.
  private static let secondsPerSample = 3.0

  /// An estimator of an experiment's parts on so many workers.
  public init(_ experiment: Experiment, workers: Int) {
    self.experiment = experiment
    self.workers = workers
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-plan-\(UUID().uuidString)")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  // MARK: Recording

  /// What a sample of the source's learning came to.
  struct RecordingSample {
    /// Steps of an episode, the mean over whole histories or as much of them as the time sufficed for.
    let meanLength: Double
    /// The same of the later half of the episodes.
    let lateLength: Double
    /// Of all workers together.
    let stepsPerSecond: Double
    /// The memory of the learners that run at once, in bytes.
    let memory: Int
  }

  func recordingSample() throws -> RecordingSample {
    if let recording { return recording }
    let learner = experiment.configuration.source.makeLearner()
    guard !experiment.configuration.source.isImported else {
      throw ImportError.cannotBeSampled(learner: learner.name)
    }
    let tasks = Array(experiment.split.training.prefix(workers))
    let before = ownMemory()
    let peak = Mutex(before)
    let lengths = Mutex<[Int: [Int]]>([:])
    let start = ProcessInfo.processInfo.systemUptime
    let steps = Mutex(0)
    try concurrently(over: tasks, workers: workers) { worker, task, _ in
      do {
        try sample(learner, task, in: experiment.family) { length in
          lengths.withLock { $0[worker, default: []].append(length) }
          steps.withLock { $0 += length }
          if ProcessInfo.processInfo.systemUptime - start > Self.secondsPerSample { throw Enough() }
        }
      } catch is Enough {}
      peak.withLock { $0 = max($0, ownMemory()) }
    }
    let seconds = max(ProcessInfo.processInfo.systemUptime - start, 1e-6)
    let all = lengths.withLock { $0.values.map { $0 } }
    let late = all.flatMap { $0.suffix(max(1, $0.count / 2)) }
    let found = RecordingSample(
      meanLength: Self.mean(all.flatMap { $0 }), lateLength: Self.mean(late),
      stepsPerSecond: Double(steps.withLock { $0 }) / seconds,
      memory: peak.withLock { $0 } - before)
    recording = found
    return found
  }

  private func sample(
    _ learner: any SourceLearner, _ task: TaskID, in family: some TaskFamily,
    _ lived: (Int) throws -> Void
  ) throws {
    var random = experiment.seed.random(for: "plan", task.index)
    try learner.prepared(for: family).learn(family.task(task), using: &random) { emitted in
      try lived(emitted.episode.stepCount)
    }
  }

  private static func mean(_ lengths: [Int]) -> Double {
    lengths.isEmpty ? 0 : Double(lengths.reduce(0, +)) / Double(lengths.count)
  }

  // MARK: Training

  /// What some updates of a method's course took.
  struct TrainingSample {
    let secondsPerUpdate: Double
    let memory: Int
    /// How many models a training keeps on the way.
    let keptModels: Int
  }

  func trainingSample(of method: any Method) throws -> TrainingSample {
    if let known = trainings[method.name] { return known }
    let before = ownMemory()
    let course = try method.courses(
      in: experiment, learningFrom: sampleHistories, workers: workers)(0)
    // The first updates allocate what the others use again.
    for _ in 0..<min(2, course.updates) { _ = try course.advance() }
    let start = ProcessInfo.processInfo.systemUptime
    var seconds = 0.0
    var updates = 0
    while course.updatesDone < course.updates && seconds < Self.secondsPerSample {
      _ = try course.advance()
      updates += 1
      seconds = ProcessInfo.processInfo.systemUptime - start
    }
    let found = TrainingSample(
      secondsPerUpdate: updates > 0 ? seconds / Double(updates) : 0,
      memory: max(0, ownMemory() - before),
      keptModels: course.updatesBetweenKeptModels == 0
        ? 0 : course.updates / course.updatesBetweenKeptModels)
    trainings[method.name] = found
    return found
  }

  /// Histories of random actions, as long as the source's: what a window holds does not change what it costs.
  private func sampleHistories() throws -> [History] {
    if let histories { return histories }
    let learner = RandomActions(
      episodesPerStream: experiment.configuration.source.makeLearner().episodesPerStream)
    let tasks = Array(experiment.split.training.prefix(2))
    try HistoryCollector(
      family: experiment.family, tasks: tasks, split: experiment.split, learner: learner,
      historiesPerTask: 1, seed: experiment.seed, folder: folder, fingerprint: "plan"
    ).collect(workers: workers)
    let found = try HistorySet(reading: folder).histories
    histories = found
    return found
  }

  // MARK: Acting

  /// What acting in context took.
  struct RolloutSample {
    /// The steps of a stream until its context was full, and the seconds that all streams of the sample took.
    let fillingSteps: Double
    let fillingSeconds: Double
    /// Seconds of a step of all streams after that.
    let secondsPerStep: Double
    let streams: Int
    let memory: Int
  }

  func rolloutSample(of method: any Method) throws -> RolloutSample {
    if let known = rollouts[method.name] { return known }
    let model = method.model(in: experiment)
    let before = ownMemory()
    let parameters = Parameters(model, seed: experiment.seed)
    let streams = workers * InContextRollout.streamsPerMatrix
    let length = experiment.family.interface.episodeLength
    let context = min(
      model.contextSteps, experiment.configuration.evaluate.episodes * length)
    let rollout = InContextRollout(
      episodes: max(1, (5 * context / 2 + length - 1) / length), seedsPerTask: streams,
      conditions: method.rolloutConditions(in: experiment.configuration), seed: experiment.seed)
    let clock = Mutex((steps: 0, full: nil as Double?, last: 0.0, memory: 0))
    let start = ProcessInfo.processInfo.systemUptime
    do {
      _ = try rollout.run(
        parameters, in: experiment.family, tasks: Array(experiment.split.training.prefix(1)),
        workers: workers
      ) { progress in
        let now = ProcessInfo.processInfo.systemUptime - start
        let isEnough = clock.withLock { clock in
          clock.steps += progress.steps
          if clock.full == nil && clock.steps >= context * streams {
            clock.full = now
            clock.memory = ownMemory()
          }
          clock.last = now
          return clock.full != nil && now > 2 * Self.secondsPerSample
        }
        if isEnough { throw Enough() }
      }
    } catch is Enough {}
    let (steps, full, last, memory) = clock.withLock { $0 }
    let filling = full ?? last
    let rest = max(0, Double(steps) / Double(streams) - Double(context))
    let found = RolloutSample(
      fillingSteps: Double(context), fillingSeconds: filling,
      secondsPerStep: rest > 0 ? (last - filling) / rest : filling / Double(max(context, 1)),
      streams: streams, memory: max(0, memory - before))
    rollouts[method.name] = found
    return found
  }
}

/// Thrown to end a sample.
private struct Enough: Error {}

/// A source that acts at random, for samples.
private struct RandomActions: SourceLearner {
  let name = "random"
  let streamCount = 1
  let episodesPerStream: Int

  func problem(with interface: TaskInterface, isListed: Bool) -> String? { nil }

  func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    var life = try Life(in: task, using: &random)
    var lived = StreamedEpisode(stream: 0, learnerSteps: 0, episode: Episode())
    for number in 0..<episodesPerStream {
      if number > 0 { try life.beginEpisode(using: &random) }
      lived.episode.removeAll()
      var isOver = false
      while !isOver {
        let observation = life.observation
        let action = random.below(task.interface.actionCount)
        let step = try life.step(action, using: &random)
        lived.episode.append(observation, action, step.transition)
        isOver = step.endsEpisode
      }
      lived.learnerSteps += lived.episode.stepCount
      try emit(lived)
    }
  }
}

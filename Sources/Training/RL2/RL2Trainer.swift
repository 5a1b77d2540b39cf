// RL² in updates: all environments are acted in for a stretch of steps, then one step is taken along the mean
// gradient. The environments are cut into lanes whose number does not depend on the workers, and the lanes'
// gradients are summed in order: any number of workers gives the same bits.

internal import Foundation
internal import LinearAlgebra
public import Models
public import Randomness
public import Tasks
public import TensorFiles

/// What one update of RL² did.
public struct RL2Record: Equatable, Sendable {
  /// The update's number, from 1.
  public let update: Int
  /// The environment steps so far, over all environments.
  public let steps: Int
  /// The step size it used.
  public let learningRate: Double
  /// The loss: of the policy, its entropy and the value.
  public let loss: Double
  /// The mean entropy of the policy, in nats.
  public let entropy: Double
  /// The global norm of the gradient before clipping.
  public let gradientNorm: Double
  /// The number of trials that ended.
  public let trials: Int
  /// The sum of the returns of their first episodes.
  public let firstReturns: Double
  /// The sum of the returns of their last episodes.
  public let lastReturns: Double

  /// The number of the column of `trials` in the log.
  static let trialsColumn = 6

  var courseRecord: CourseRecord {
    CourseRecord(
      update: update, learningRate: learningRate, loss: loss, gradientNorm: gradientNorm,
      values: [
        Double(update), Double(steps), learningRate, loss, entropy, gradientNorm, Double(trials),
        firstReturns, lastReturns,
      ])
  }
}

/// Trains one recurrent model on trials of tasks, online.
public final class RL2Trainer<World: Environment>: Course {
  public let parameters: Parameters
  public private(set) var updatesDone = 0

  private let firstMoment: Parameters
  private let secondMoment: Parameters
  private let settings: RL2Settings
  private let seed: Seed
  private let team: WorkerTeam
  private let packing: PackWork
  private let living: LivingWork<World>
  private let sums: SumWork
  private let steps: StepWork
  private let actionCount: Int
  private let makeTrial: (_ environment: Int, _ number: Int) throws -> Trial<World>
  private var lately = RecentReturns()

  /// As many rows as let a product of a lane's step run at full speed.
  private static var rowsPerLane: Int { 64 }

  /// A trainer at its beginning.
  /// - Parameters:
  ///   - configuration: Of a recurrent model that predicts what the settings learn from.
  ///   - tasks: Of which trials draw theirs.
  ///   - seed: The training seed's own stream.
  ///   - workers: At least 1.
  public init<Family: TaskFamily>(
    _ configuration: ModelConfiguration, _ settings: RL2Settings, in family: Family,
    tasks: [TaskID], seed: Seed, workers: Int
  ) throws where Family.World == World {
    precondition(settings.problems.isEmpty, "\(settings.problems)")
    precondition(
      configuration.predicts == settings.algorithm.prediction,
      "\(settings.algorithm) does not learn from \(configuration.predicts)")
    precondition(!tasks.isEmpty, "no task to train on")
    self.settings = settings
    self.seed = seed
    parameters = Parameters(configuration, seed: seed)
    firstMoment = Parameters(configuration)
    secondMoment = Parameters(configuration)
    actionCount = configuration.interface.actionCount
    let makeTrial = { environment, number in
      try Trial(
        environment, trial: number, in: family, tasks: tasks, episodes: settings.episodesPerTrial,
        searchBonus: settings.searchBonus, seed: seed)
    }
    self.makeTrial = makeTrial
    let count = max(2, settings.environments / Self.rowsPerLane)
    let laneCount = min(count, settings.environments)
    let lanes = try (0..<laneCount).map { lane in
      let first = lane * settings.environments / laneCount
      let end = (lane + 1) * settings.environments / laneCount
      return RL2Lane(
        try (first..<end).map { try makeTrial($0, 0) }, configuration, settings,
        renderer: family.renderer)
    }
    team = WorkerTeam(workers: min(workers, laneCount))
    let packed = Parameters(packing: parameters)
    packing = PackWork(packed)
    living = LivingWork(lanes, packed, settings.objective(at: 0), seed: seed)
    sums = SumWork(lanes.map(\.gradients))
    steps = StepWork(
      parameters, gradient: lanes[0].gradients, firstMoment: firstMoment,
      secondMoment: secondMoment)
  }

  /// Lives through a stretch in all environments and takes one optimiser step.
  /// - Throws: What a world throws; then no parameter has moved, and the trainer cannot go on.
  package func update() throws -> RL2Record {
    team.perform(packing, parts: parameters.weightCount)
    living.update = updatesDone
    living.objective = settings.objective(at: updatesDone)
    team.perform(living, parts: living.lanes.count)
    try living.requireSuccess()
    team.perform(sums, parts: parameters.tensors.count)
    let norm = sums.norm
    let rate = settings.learningRate(at: updatesDone)
    // Adam as the paper's source has it.
    steps.task = StepWork.Task(
      step: updatesDone + 1, rate: rate,
      gradientScale: norm > 0 ? min(1, settings.gradientClipNorm / norm) : 1,
      beta1: 0.9, beta2: 0.999, epsilon: 1e-6, weightDecay: settings.weightDecay)
    team.perform(steps, parts: parameters.tensors.count)
    steps.task = nil
    updatesDone += 1
    var outcome = RL2Outcome()
    for lane in living.lanes { outcome.add(lane.outcome) }
    return RL2Record(
      update: updatesDone, steps: updatesDone * settings.stepsPerUpdate, learningRate: rate,
      loss: outcome.loss, entropy: outcome.entropy, gradientNorm: norm, trials: outcome.trials,
      firstReturns: outcome.firstReturns, lastReturns: outcome.lastReturns)
  }

  // MARK: As a course

  public var gradient: Parameters { living.lanes[0].gradients }
  public var moments: [(prefix: String, tensors: Parameters)] {
    [("first_moment/", firstMoment), ("second_moment/", secondMoment)]
  }
  public var updates: Int { settings.updates }
  public var stepsPerUpdate: Int { settings.stepsPerUpdate }
  public var updatesPerRow: Int { 20 }
  public var updatesBetweenCheckpoints: Int { 400 }
  public var updatesBetweenKeptModels: Int { settings.keepEvery }
  public var adviceOnDivergence: String { "Lower rl2.learning_rate or rl2.gradient_clip_norm." }

  /// With the returns of the trials that ended in a row's updates; empty where none did.
  public var columns: [LogColumn] {
    [
      LogColumn("update", .last, isWhole: true), LogColumn("steps", .last, isWhole: true),
      LogColumn("learning_rate", .last), LogColumn("loss", .mean), LogColumn("entropy", .mean),
      LogColumn("gradient_norm", .mean), LogColumn("trials", .sum, isWhole: true),
      LogColumn("first_episode", .quotient(by: RL2Record.trialsColumn)),
      LogColumn("last_episode", .quotient(by: RL2Record.trialsColumn)),
    ]
  }

  public func advance() throws -> CourseRecord {
    let record = try update()
    lately.add(record)
    return record.courseRecord
  }

  /// Of the next steps.
  public func predictsNumbers() -> Bool {
    team.perform(packing, parts: parameters.weightCount)
    return living.predictsNumbers
  }

  /// The returns of the first and last episodes of the trials that ended lately.
  public func note(on record: CourseRecord) -> String { lately.text }

  // MARK: Resuming

  /// The environments and memories as they are between two updates: for each environment the number of its trial
  /// and the actions since that trial began, from which it is lived again, and what the model remembers of it.
  public func savedState() -> [NewTensor] {
    let trials = living.lanes.flatMap(\.trials)
    let longest = trials.map(\.actions.count).max() ?? 0
    let actions = trials.flatMap { trial in
      trial.actions + Array(repeating: 0, count: longest - trial.actions.count)
    }
    let shape = [trials.count, longest]
    let memories = living.lanes.enumerated().flatMap { lane, content in
      content.unroll.memory.enumerated().map { index, matrix in
        NewTensor("memory/\(lane)/\(index)", shape: [matrix.rows, matrix.columns], matrix.values)
      }
    }
    return [
      NewTensor("lives/trial", trials.map { Int32($0.number) }),
      NewTensor("lives/steps", trials.map { Int32($0.actions.count) }),
      hasSmallActions
        ? NewTensor("lives/actions", shape: shape, actions.map(UInt8.init))
        : NewTensor("lives/actions", shape: shape, actions),
    ] + memories
  }

  /// Whether a byte holds every action, as it does in checkpoints.
  private var hasSmallActions: Bool { actionCount <= 256 }

  /// Lives the trials again that were under way.
  public func resume(after updates: Int, from file: TensorFile) throws {
    updatesDone = updates
    let count = settings.environments
    let numbers = try file.tensor("lives/trial", of: Int32.self, shape: [count]).elements()
    let steps = try file.tensor("lives/steps", of: Int32.self, shape: [count]).elements()
    let longest = Int(steps.max() ?? 0)
    let shape = [count, longest]
    let actions =
      hasSmallActions
      ? try file.tensor("lives/actions", of: UInt8.self, shape: shape).elements().map(Int.init)
      : try file.tensor("lives/actions", of: UInt16.self, shape: shape).elements().map(Int.init)
    if let reason = misfit(numbers, steps, actions) {
      throw TrainingError.otherCheckpoint(path: file.url.relativePath, reason: reason)
    }
    for (number, lane) in living.lanes.enumerated() {
      for row in lane.trials.indices {
        let environment = lane.trials[row].environment
        var trial = try makeTrial(environment, Int(numbers[environment]))
        for step in 0..<Int(steps[environment]) {
          _ = try trial.step(actions[environment * longest + step])
        }
        lane.trials[row] = trial
      }
      for (index, matrix) in lane.unroll.memory.enumerated() {
        let name = "memory/\(number)/\(index)"
        matrix.assign(try file.floats(name, shape: [matrix.rows, matrix.columns]))
        guard matrix.sumOfSquares.isFinite else {
          throw CheckpointError.notFinite(path: file.url.relativePath, tensor: name)
        }
      }
      lane.unroll.restart()
    }
  }

  /// What is no trial that was under way.
  private func misfit(_ trials: [Int32], _ steps: [Int32], _ actions: [Int]) -> String? {
    for (environment, (trial, count)) in zip(trials, steps).enumerated()
    where trial < 0 || count < 0 {
      return
        "its environment \(environment) took \(count) steps of trial \(trial), expected 0 or more of 0 or later"
    }
    return actions.first { $0 >= actionCount }.map {
      "it has the action \($0), expected an action from 0 to \(actionCount - 1)"
    }
  }
}

/// The returns of the first and last episodes of the trials that ended lately.
private struct RecentReturns {
  private var trials = 0.0
  private var firstReturns = 0.0
  private var lastReturns = 0.0

  /// Counts an update, and those before it less and less.
  mutating func add(_ record: RL2Record) {
    let kept = 0.98
    trials = kept * trials + Double(record.trials)
    firstReturns = kept * firstReturns + record.firstReturns
    lastReturns = kept * lastReturns + record.lastReturns
  }

  var text: String {
    trials == 0
      ? ""
      : String(
        format: "first episode %.2f, last %.2f", firstReturns / trials, lastReturns / trials)
  }
}

/// A stretch of every lane's environments and its gradient, a lane a part.
private final class LivingWork<World: Environment>: ConcurrentWork {
  let lanes: [RL2Lane<World>]
  var update = 0
  var objective: any RL2Objective
  private let parameters: Parameters
  private let seed: Seed
  /// What the worlds of each lane threw.
  private var failures: [(any Error)?]

  init(
    _ lanes: [RL2Lane<World>], _ parameters: Parameters, _ objective: any RL2Objective, seed: Seed
  ) {
    self.lanes = lanes
    self.parameters = parameters
    self.objective = objective
    self.seed = seed
    failures = lanes.map { _ in nil }
  }

  func perform(part: Int, worker: Int) {
    var random = seed.random(for: "actions", update, part)
    do {
      try lanes[part].live(parameters, for: objective, using: &random)
    } catch {
      failures[part] = error
    }
  }

  /// Whether what all lanes predict next is made of numbers.
  var predictsNumbers: Bool { lanes.allSatisfy { $0.predictsNumbers(parameters) } }

  /// Throws what the worlds of the first lane that failed threw.
  func requireSuccess() throws {
    if let failure = failures.compactMap({ $0 }).first { throw failure }
  }
}

// RL² in updates: all environments are acted in for a stretch of steps, then one step is taken along the mean
// gradient. The environments are cut into lanes whose number does not depend on the workers, and the lanes'
// gradients are summed in order: any number of workers gives the same bits, and any number of ranks that share the lanes.

internal import Foundation
internal import LinearAlgebra
public import Models
public import Randomness
public import Ranks
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
  private let packed: Parameters
  private let packing: PackWork
  /// The environments of each lane, of all ranks.
  private let environments: [Range<Int>]
  private var ranks: any Ranks = OneRank()
  private var team: WorkerTeam
  private var living: LivingWork<World>
  private var sums: GradientSum
  private var steps: StepWork
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
    environments = (0..<laneCount).map { lane in
      let first = lane * settings.environments / laneCount
      return first..<(lane + 1) * settings.environments / laneCount
    }
    let lanes = try environments.map { environments in
      RL2Lane(
        try environments.map { try makeTrial($0, 0) }, configuration, settings,
        renderer: family.renderer)
    }
    team = WorkerTeam(workers: min(workers, laneCount))
    packed = Parameters(packing: parameters)
    packing = PackWork(packed)
    sums = GradientSum(lanes.map(\.gradients), among: ranks)
    living = LivingWork(lanes, from: 0, packed, settings.objective(at: 0), seed: seed, sums)
    steps = StepWork(
      parameters, gradient: sums.total, firstMoment: firstMoment, secondMoment: secondMoment)
  }

  public func divide(among ranks: any Ranks) throws {
    let share = try ranks.share(of: living.lanes.count)
    let lanes = Array(living.lanes[share])
    self.ranks = ranks
    team = WorkerTeam(workers: min(team.workers, lanes.count))
    sums = GradientSum(lanes.map(\.gradients), among: ranks)
    living = LivingWork(
      lanes, from: share.lowerBound, packed, settings.objective(at: 0), seed: seed, sums)
    steps = StepWork(
      parameters, gradient: sums.total, firstMoment: firstMoment, secondMoment: secondMoment)
  }

  /// Lives through a stretch in all environments and takes one optimiser step.
  /// - Throws: What a world throws; then no parameter has moved, and the trainer cannot go on.
  package func update() throws -> RL2Record {
    team.perform(packing, parts: parameters.weightCount)
    sums.begin()
    living.update = updatesDone
    living.objective = settings.objective(at: updatesDone)
    team.perform(living, parts: living.lanes.count)
    try living.requireSuccess()
    let norm = sums.finish(on: team)
    let rate = settings.learningRate(at: updatesDone)
    // Adam as the paper's source has it.
    steps.task = StepWork.Task(
      step: updatesDone + 1, rate: rate,
      gradientScale: norm > 0 ? min(1, settings.gradientClipNorm / norm) : 1,
      beta1: 0.9, beta2: 0.999, epsilon: 1e-6, weightDecay: settings.weightDecay)
    team.perform(steps, parts: parameters.tensors.count)
    steps.task = nil
    updatesDone += 1
    let outcome = ranks.sum(living.lanes.map(\.outcome))
    return RL2Record(
      update: updatesDone, steps: updatesDone * settings.stepsPerUpdate, learningRate: rate,
      loss: outcome.loss, entropy: outcome.entropy, gradientNorm: norm, trials: outcome.trials,
      firstReturns: outcome.firstReturns, lastReturns: outcome.lastReturns)
  }

  // MARK: As a course

  public var gradient: Parameters { sums.total }
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
    let numbers = ranks.joined(trials.map { Double($0.number) })
    let steps = ranks.joined(trials.map { Double($0.actions.count) }).map { Int($0) }
    let lived = ranks.joined(trials.flatMap { $0.actions.map(Double.init) })
    let longest = steps.max() ?? 0
    var actions: [UInt16] = []
    var next = 0
    for steps in steps {
      actions += lived[next..<next + steps].map { UInt16($0) }
      actions += Array(repeating: 0, count: longest - steps)
      next += steps
    }
    let shape = [steps.count, longest]
    let widths = living.lanes[0].unroll.memory.map(\.columns)
    let remembered = ranks.joined(
      living.lanes.flatMap { $0.unroll.memory.flatMap { $0.values.map(Double.init) } })
    next = 0
    var memories: [NewTensor] = []
    for (lane, environments) in environments.enumerated() {
      for (index, width) in widths.enumerated() {
        let end = next + environments.count * width
        memories.append(
          NewTensor(
            "memory/\(lane)/\(index)", shape: [environments.count, width],
            remembered[next..<end].map { Float($0) }))
        next = end
      }
    }
    return [
      NewTensor("lives/trial", numbers.map { Int32($0) }),
      NewTensor("lives/steps", steps.map { Int32($0) }),
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
    for (offset, lane) in living.lanes.enumerated() {
      let number = living.first + offset
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

extension Ranks {
  /// What came of the lanes of all ranks, added in the order of lanes.
  fileprivate func sum(_ outcomes: [RL2Outcome]) -> RL2Outcome {
    let numbers = joined(outcomes.flatMap(\.numbers))
    let count = RL2Outcome().numbers.count
    var sum = RL2Outcome()
    for first in stride(from: 0, to: numbers.count, by: count) {
      sum.add(RL2Outcome(numbers: numbers[first..<first + count]))
    }
    return sum
  }
}

extension RL2Outcome {
  /// All of it, as ranks hand it to each other.
  fileprivate var numbers: [Double] { [loss, entropy, Double(trials), firstReturns, lastReturns] }

  fileprivate init(numbers: ArraySlice<Double>) {
    let numbers = Array(numbers)
    (loss, entropy, trials) = (numbers[0], numbers[1], Int(numbers[2]))
    (firstReturns, lastReturns) = (numbers[3], numbers[4])
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
  /// The number of the first of them.
  let first: Int
  var update = 0
  var objective: any RL2Objective
  private let parameters: Parameters
  private let seed: Seed
  private let sums: GradientSum
  /// What the worlds of each lane threw.
  private var failures: [(any Error)?]

  /// - Parameter sums: Told of what is finished.
  init(
    _ lanes: [RL2Lane<World>], from first: Int, _ parameters: Parameters,
    _ objective: any RL2Objective, seed: Seed, _ sums: GradientSum
  ) {
    self.lanes = lanes
    self.first = first
    self.sums = sums
    self.parameters = parameters
    self.objective = objective
    self.seed = seed
    failures = lanes.map { _ in nil }
  }

  func perform(part: Int, worker: Int) {
    var random = seed.random(for: "actions", update, first + part)
    do {
      try lanes[part].live(parameters, for: objective, using: &random)
      for stage in 0..<sums.stageCount { sums.finished(stage) }
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

// The training loop's step: windows, gradients on all cores, clipping, AdamW. The windows of an update
// are cut into lanes whose number does not depend on the workers, and the lanes' gradients are summed
// in order: any number of workers gives the same bits, and any number of ranks that share the lanes.

public import Contexts
internal import LinearAlgebra
public import Models
public import Randomness
public import Ranks
public import Tasks

/// What one update did.
public struct UpdateRecord: Equatable, Sendable {
  /// The update's number, from 1.
  public let update: Int
  /// The learning rate it used.
  public let learningRate: Double
  /// The mean cross-entropy of the actions (nats), weighted as in training.
  public let loss: Double
  /// The share of actions that were the likeliest.
  public let accuracy: Double
  /// The global norm of the gradient before clipping.
  public let gradientNorm: Double
}

/// Trains one model.
public final class Trainer {
  /// What is trained.
  public let parameters: Parameters
  public private(set) var updatesDone = 0

  private let firstMoment: Parameters
  private let secondMoment: Parameters
  private let settings: TrainingSettings
  private let seed: Seed
  private let packed: Parameters
  private let packing: PackWork
  private let passes: [any ModelPass]
  private var ranks: any Ranks = OneRank()
  private var team: WorkerTeam
  private var gradients: GradientWork
  private var measuring: MeasuringWork
  private var sums: GradientSum
  private var steps: StepWork

  /// A trainer at its beginning.
  /// - Parameters:
  ///   - seed: The training seed's own stream: initial weights, windows, dropout.
  ///   - workers: At least 1.
  ///   - renderer: Draws what is seen, where that is made of bytes.
  public init(
    _ configuration: ModelConfiguration, _ settings: TrainingSettings, seed: Seed,
    workers: Int, renderer: (any Renderer)? = nil
  ) {
    let problems = settings.problems
    precondition(problems.isEmpty, "\(problems)")
    self.settings = settings
    self.seed = seed
    let parameters = Parameters(configuration, seed: seed)
    self.parameters = parameters
    firstMoment = Parameters(configuration)
    secondMoment = Parameters(configuration)
    let shape = TrainerShape(configuration, settings)
    let lanes = shape.lanes.map { Lane(windows: $0, gradients: Parameters(configuration)) }
    team = WorkerTeam(workers: min(workers, lanes.count))
    packed = Parameters(packing: parameters)
    packing = PackWork(packed)
    passes = (0..<team.workers).map { _ in
      configuration.makePass(windowCount: shape.windowsPerPass, renderer: renderer)
    }
    sums = GradientSum(lanes.map(\.gradients), among: ranks)
    gradients = GradientWork(
      lanes: lanes, passes: passes, packed, labelSmoothing: settings.labelSmoothing, sums)
    measuring = MeasuringWork(
      lanes: shape.lanes, passes: passes, packed, labelSmoothing: settings.labelSmoothing)
    steps = StepWork(
      parameters, gradient: sums.total, firstMoment: firstMoment, secondMoment: secondMoment)
  }

  /// Leaves all but a share of the lanes to other ranks, all of which train the same model: gradients, losses and what
  /// is measured are those of all lanes.
  public func divide(among ranks: any Ranks) throws(RanksError) {
    let lanes = Array(gradients.lanes[try ranks.share(of: gradients.lanes.count)])
    self.ranks = ranks
    team = WorkerTeam(workers: min(team.workers, lanes.count))
    sums = GradientSum(lanes.map(\.gradients), among: ranks)
    gradients = GradientWork(
      lanes: lanes, passes: passes, packed, labelSmoothing: settings.labelSmoothing, sums)
    measuring = MeasuringWork(
      lanes: lanes.map(\.windows), passes: passes, packed, labelSmoothing: settings.labelSmoothing)
    steps = StepWork(
      parameters, gradient: sums.total, firstMoment: firstMoment, secondMoment: secondMoment)
  }

  /// A batch of the shape that `update` takes.
  public func makeBatch() -> ContextBatch {
    ContextBatch(
      windowCount: settings.windowsPerUpdate, stepCount: parameters.configuration.contextSteps,
      tokensPerStep: parameters.configuration.model.tokensPerStep)
  }

  /// One optimiser step on a batch.
  public func update(on batch: ContextBatch) -> UpdateRecord {
    var random = seed.random(for: "dropout", updatesDone)
    return update(on: batch, noise: DropoutNoise(seed: UInt32(truncatingIfNeeded: random.next())))
  }

  /// One optimiser step on a batch, with the noise of its dropout given. Allocates nothing once warm.
  public func update(on batch: ContextBatch, noise: DropoutNoise) -> UpdateRecord {
    let totalWeight = batch.totalWeight
    precondition(
      totalWeight > 0, "no prediction of the batch counts: its weights sum to \(totalWeight)")
    team.perform(packing, parts: parameters.weightCount)
    sums.begin()
    gradients.task = GradientWork.Task(batch: batch, totalWeight: totalWeight, noise: noise)
    team.perform(gradients, parts: gradients.lanes.count)
    gradients.task = nil
    let norm = sums.finish(on: team)
    let rate = settings.learningRate(at: updatesDone)
    steps.task = StepWork.Task(
      step: updatesDone + 1, rate: rate, gradientScale: min(1, settings.gradientClipNorm / norm),
      beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon,
      weightDecay: settings.weightDecay)
    team.perform(steps, parts: parameters.tensors.count)
    steps.task = nil
    updatesDone += 1
    let result = ranks.count == 1 ? gradients.result : ranks.sum(gradients.lanes.map(\.result))
    return UpdateRecord(
      update: updatesDone, learningRate: rate, loss: result.loss, accuracy: result.correct,
      gradientNorm: norm)
  }

  /// The loss and the share of likeliest actions of a batch without dropout; learns nothing.
  public func measure(_ batch: ContextBatch) -> PassResult {
    let totalWeight = batch.totalWeight
    precondition(
      totalWeight > 0, "no prediction of the batch counts: its weights sum to \(totalWeight)")
    team.perform(packing, parts: parameters.weightCount)
    measuring.task = MeasuringWork.Task(batch: batch, totalWeight: totalWeight)
    team.perform(measuring, parts: gradients.lanes.count)
    measuring.task = nil
    return ranks.sum(measuring.results)
  }

  /// The gradient of the last update, before clipping.
  var gradient: Parameters { sums.total }

  /// The moments by their names in checkpoints.
  var moments: [(prefix: String, tensors: Parameters)] {
    [("first_moment/", firstMoment), ("second_moment/", secondMoment)]
  }

  /// Goes on after some updates, with parameters and moments that were filled.
  func resume(after updates: Int) { updatesDone = updates }
}

extension Ranks {
  /// What the lanes of all ranks found, added in the order of lanes.
  fileprivate func sum(_ results: [PassResult]) -> PassResult {
    let numbers = joined(results.flatMap { [$0.loss, $0.correct] })
    var sum = PassResult()
    for first in stride(from: 0, to: numbers.count, by: 2) {
      var result = PassResult()
      (result.loss, result.correct) = (numbers[first], numbers[first + 1])
      sum.add(result)
    }
    return sum
  }
}

/// How the windows of an update are cut into lanes, and how many a pass takes at once. Neither depends on the workers.
struct TrainerShape {
  /// The windows of each lane.
  let lanes: [Range<Int>]
  let windowsPerPass: Int

  /// The most pieces an update's windows are cut into, and so the most workers of use.
  private static let greatestLaneCount = 8
  /// A step of a recurrence is a product with a row for each window: few rows would read the weights for little.
  private static let fewestWindowsPerRecurrentLane = 8
  /// About how many floats a layer keeps of a pass: few enough to stay in cache. What encodes pictures passes
  /// them in chunks of its own.
  private static let floatsPerPass = 400_000

  init(_ configuration: ModelConfiguration, _ settings: TrainingSettings) {
    let windows = settings.windowsPerUpdate
    let isRecurrent = configuration.model.architecture == .lstm
    let fewest = isRecurrent ? Self.fewestWindowsPerRecurrentLane : 1
    let count = max(1, min(Self.greatestLaneCount, windows / fewest))
    lanes = (0..<count).map { $0 * windows / count..<($0 + 1) * windows / count }
    let windowsOfLane = lanes.map(\.count).max() ?? 1
    let floatsPerToken = 8 * configuration.model.width + 2 * configuration.model.feedForward
    windowsPerPass =
      isRecurrent
      ? windowsOfLane
      : min(max(1, Self.floatsPerPass / (floatsPerToken * configuration.tokenCount)), windowsOfLane)
  }
}

extension Trainer {
  /// The bytes that a training cannot do without: parameters, two moments and the weights packed for both passes,
  /// a gradient for each lane, and what each worker's pass keeps of every layer.
  public static func leastMemory(
    of configuration: ModelConfiguration, _ settings: TrainingSettings, workers: Int
  ) -> Int {
    let shape = TrainerShape(configuration, settings)
    let (width, inner) = (configuration.model.width, configuration.model.feedForward)
    let perToken =
      configuration.model.architecture == .lstm ? 8 * width : 8 * width + 2 * inner
    let tokens = shape.windowsPerPass * configuration.tokenCount
    let floats =
      configuration.parameterCount * (5 + shape.lanes.count)
      + min(workers, shape.lanes.count) * tokens * perToken * configuration.model.layers
    return floats * MemoryLayout<Float>.size
  }
}

/// A fixed share of an update's windows and the gradient they gave.
private final class Lane {
  let windows: Range<Int>
  let gradients: Parameters
  var result = PassResult()

  init(windows: Range<Int>, gradients: Parameters) {
    self.windows = windows
    self.gradients = gradients
  }
}

/// The gradient of every lane's windows, a lane a part.
private final class GradientWork: ConcurrentWork {
  struct Task {
    let batch: ContextBatch
    let totalWeight: Double
    let noise: DropoutNoise
  }

  let lanes: [Lane]
  var task: Task?
  private let passes: [any ModelPass]
  private let parameters: Parameters
  private let labelSmoothing: Double
  private let sums: GradientSum

  /// - Parameters:
  ///   - passes: One for each worker.
  ///   - sums: Told of what is finished.
  init(
    lanes: [Lane], passes: [any ModelPass], _ parameters: Parameters, labelSmoothing: Double,
    _ sums: GradientSum
  ) {
    self.sums = sums
    self.lanes = lanes
    self.passes = passes
    self.parameters = parameters
    self.labelSmoothing = labelSmoothing
  }

  /// What all lanes found.
  var result: PassResult {
    var result = PassResult()
    for lane in lanes { result.add(lane.result) }
    return result
  }

  func perform(part: Int, worker: Int) {
    guard let task else { preconditionFailure("no batch to take the gradient of") }
    let (lane, pass) = (lanes[part], passes[worker])
    lane.gradients.all.fill(with: 0)
    lane.result = pass.sum(over: lane.windows) { windows in
      pass.accumulateGradients(
        task.batch, windows: windows, parameters, into: lane.gradients,
        totalWeight: task.totalWeight, labelSmoothing: labelSmoothing, noise: task.noise
      ) { stage in
        if windows.upperBound == lane.windows.upperBound { sums.finished(stage) }
      }
    }
  }
}

// The training loop's step: windows, gradients on all cores, clipping, AdamW. The windows of an update
// are cut into lanes whose number does not depend on the workers, and the lanes' gradients are summed
// in order: any number of workers gives the same bits.

public import Contexts
internal import LinearAlgebra
public import Randomness
public import Transformer

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
  /// The number of updates done.
  public private(set) var updatesDone = 0

  let firstMoment: Parameters
  let secondMoment: Parameters
  private let settings: TrainingSettings
  private let seed: Seed
  private let workers: Int
  private let lanes: [Lane]
  private let passes: [TransformerPass]

  /// The most pieces an update's windows are cut into, and so the most workers of use.
  private static let greatestLaneCount = 8
  /// About how many tokens a pass takes at once: few enough for its activations to stay in cache.
  private static let tokensPerPass = 400

  /// A trainer at its beginning.
  /// - Parameters:
  ///   - seed: The training seed's own stream: initial weights, windows, dropout.
  ///   - workers: At least 1.
  public init(
    _ configuration: TransformerConfiguration, _ settings: TrainingSettings, seed: Seed,
    workers: Int
  ) {
    let problems = settings.problems
    precondition(problems.isEmpty, "\(problems)")
    self.settings = settings
    self.seed = seed
    self.workers = workers
    parameters = Parameters(configuration, seed: seed)
    firstMoment = Parameters(configuration)
    secondMoment = Parameters(configuration)
    let count = min(Self.greatestLaneCount, settings.windowsPerUpdate)
    lanes = (0..<count).map { lane in
      Lane(
        windows: lane * settings.windowsPerUpdate / count..<(lane + 1) * settings.windowsPerUpdate
          / count,
        gradients: Parameters(configuration))
    }
    let windowsPerPass = min(
      max(1, Self.tokensPerPass / configuration.tokenCount), lanes.map(\.windows.count).max() ?? 1)
    passes = (0..<min(workers, count)).map { _ in
      TransformerPass(configuration, windowCount: windowsPerPass)
    }
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

  /// One optimiser step on a batch, with the noise of its dropout given.
  public func update(on batch: ContextBatch, noise: DropoutNoise) -> UpdateRecord {
    let result = computeGradients(of: batch, noise: noise)
    let gradients = lanes[0].gradients
    let norm = gradients.all.sumOfSquares.squareRoot()
    let rate = settings.learningRate(at: updatesDone)
    step(gradients, rate: rate, gradientScale: min(1, settings.gradientClipNorm / norm))
    updatesDone += 1
    return UpdateRecord(
      update: updatesDone, learningRate: rate, loss: result.loss, accuracy: result.correct,
      gradientNorm: norm)
  }

  /// Goes on from parameters, moments and a number of updates that were saved.
  func resume(after updates: Int, loading: (Parameters, Parameters, Parameters) throws -> Void)
    rethrows
  {
    try loading(parameters, firstMoment, secondMoment)
    updatesDone = updates
  }

  /// Leaves the gradient of the batch's loss in the first lane.
  private func computeGradients(of batch: ContextBatch, noise: DropoutNoise) -> PassResult {
    let totalWeight = batch.totalWeight
    precondition(
      totalWeight > 0, "no prediction of the batch counts: its weights sum to \(totalWeight)")
    concurrently(over: lanes, workers: passes.count) { _, lane, worker in
      let pass = passes[worker]
      lane.result = PassResult()
      lane.gradients.all.fill(with: 0)
      for start in stride(
        from: lane.windows.lowerBound, to: lane.windows.upperBound, by: pass.windowCount)
      {
        let windows = start..<min(start + pass.windowCount, lane.windows.upperBound)
        lane.result.add(
          pass.accumulateGradients(
            batch, windows: windows, parameters, into: lane.gradients, totalWeight: totalWeight,
            labelSmoothing: settings.labelSmoothing, noise: noise))
      }
    }
    var result = lanes[0].result
    for lane in lanes.dropFirst() {
      lanes[0].gradients.all.add(lane.gradients.all)
      result.add(lane.result)
    }
    return result
  }

  private func step(_ gradients: Parameters, rate: Double, gradientScale: Double) {
    for (index, (tensor, matrix)) in parameters.tensors.enumerated() {
      AdamStep(
        step: updatesDone + 1, rate: rate, beta1: settings.beta1, beta2: settings.beta2,
        epsilon: settings.epsilon, weightDecay: tensor.decays ? settings.weightDecay : 0,
        gradientScale: gradientScale
      ).apply(
        gradient: gradients.tensors[index].matrix, firstMoment: firstMoment.tensors[index].matrix,
        secondMoment: secondMoment.tensors[index].matrix, to: matrix)
    }
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

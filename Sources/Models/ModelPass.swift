// A model on a few windows: what the passes of both architectures have in common.

public import Contexts
public import LinearAlgebra
public import Tasks

/// What a pass found.
public struct PassResult: Sendable {
  /// Σ weight · cross-entropy over the windows, divided by the batch's total weight (nats).
  public var loss = 0.0
  /// The share of the total weight whose action was the likeliest: in every factor, if there are several.
  public var correct = 0.0

  /// Nothing found yet.
  public init() {}

  /// Adds what another pass over the same batch found.
  public mutating func add(_ other: PassResult) {
    loss += other.loss
    correct += other.correct
  }
}

/// A forward and backward pass of a model over some windows, with memory of its own, made once. Several
/// passes over different windows may run at the same time on the same parameters.
public protocol ModelPass: AnyObject {
  /// The most windows it can hold.
  var windowCount: Int { get }

  /// Predicts every action of some windows.
  /// - Parameters:
  ///   - windows: At most `windowCount` windows of the batch.
  ///   - noise: The dropout of training, or nil.
  /// - Returns: windows · steps × predictions, valid until the next pass.
  func forward(
    _ batch: ContextBatch, windows: Range<Int>, _ parameters: Parameters, noise: DropoutNoise?
  ) -> Matrix

  /// Predicts every action of some windows, and adds the gradient of their part of the batch's loss.
  /// - Parameters:
  ///   - totalWeight: The sum of the loss weights of the whole batch, which divides the loss.
  ///   - labelSmoothing: α of the cross-entropy.
  ///   - gradients: Added to.
  ///   - finished: Receives a number of `Parameters.stages` as soon as nothing is added to its tensors any more.
  func accumulateGradients(
    _ batch: ContextBatch, windows: Range<Int>, _ parameters: Parameters,
    into gradients: Parameters,
    totalWeight: Double, labelSmoothing: Double, noise: DropoutNoise?, finished: (Int) -> Void
  ) -> PassResult

  /// Predicts every action of some windows without dropout, and only tells their part of the batch's loss.
  /// - Parameters:
  ///   - windows: At most `windowCount` windows of the batch.
  ///   - totalWeight: The sum of the loss weights of the whole batch, which divides the loss.
  ///   - labelSmoothing: α of the cross-entropy.
  func measure(
    _ batch: ContextBatch, windows: Range<Int>, _ parameters: Parameters, totalWeight: Double,
    labelSmoothing: Double
  ) -> PassResult
}

extension ModelPass {
  /// Predicts every action of some windows, and adds the gradient of their part of the batch's loss.
  public func accumulateGradients(
    _ batch: ContextBatch, windows: Range<Int>, _ parameters: Parameters,
    into gradients: Parameters,
    totalWeight: Double, labelSmoothing: Double, noise: DropoutNoise?
  ) -> PassResult {
    accumulateGradients(
      batch, windows: windows, parameters, into: gradients, totalWeight: totalWeight,
      labelSmoothing: labelSmoothing, noise: noise
    ) { _ in }
  }

  /// Adds up what passes over some windows find, of as many at a time as it can hold, in order.
  package func sum(over windows: Range<Int>, of pass: (Range<Int>) -> PassResult) -> PassResult {
    var sum = PassResult()
    var start = windows.lowerBound
    while start < windows.upperBound {
      let part = start..<min(start + windowCount, windows.upperBound)
      sum.add(pass(part))
      start = part.upperBound
    }
    return sum
  }
}

extension ModelConfiguration {
  /// Memory for a pass over up to `windowCount` windows, by architecture.
  /// - Parameter renderer: Draws what is seen, where that is made of bytes.
  public func makePass(windowCount: Int, renderer: (any Renderer)? = nil) -> any ModelPass {
    switch model.architecture {
    case .transformer: TransformerPass(self, windowCount: windowCount, renderer: renderer)
    case .lstm: RecurrentPass(self, windowCount: windowCount, renderer: renderer)
    }
  }

  /// Traps unless a pass over `count` windows can take some of a batch.
  func check(_ batch: ContextBatch, _ windows: Range<Int>, holding count: Int) {
    precondition(
      !windows.isEmpty && windows.count <= count && windows.lowerBound >= 0
        && windows.upperBound <= batch.windowCount,
      "windows \(windows) do not fit a pass over \(count) of \(batch.windowCount)")
    precondition(
      batch.stepCount == contextSteps && batch.tokensPerStep == model.tokensPerStep,
      "a batch of \(batch.stepCount) steps of \(batch.tokensPerStep) tokens does not fit a model of \(contextSteps) of \(model.tokensPerStep)"
    )
  }
}

/// The loss of a pass: the actions it should have predicted, and how much each counts. That of a step is the sum of
/// the cross-entropies of its factors: minus the logarithm of a product of categoricals.
struct PredictionLoss {
  private let choices: ActionChoices
  private var targets: [Int32] = []
  private var weights: [Float] = []

  init(_ configuration: ModelConfiguration, steps: Int) {
    choices = ActionChoices(configuration.predictedFactors)
    targets.reserveCapacity(steps * choices.factors.count)
    weights.reserveCapacity(steps)
  }

  /// Puts the gradient of the loss in the place of the logits of some windows.
  mutating func replace(
    _ logits: Matrix, of batch: ContextBatch, _ windows: Range<Int>, totalWeight: Double,
    labelSmoothing: Double
  ) -> PassResult {
    targets.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
    for step in windows.lowerBound * batch.stepCount..<windows.upperBound * batch.stepCount {
      for factor in choices.factors.indices {
        targets.append(Int32(choices.choice(of: Int(batch.actions[step]), in: factor)))
      }
      weights.append(Float(Double(batch.lossWeights[step]) / totalWeight))
    }
    var result = PassResult()
    (result.loss, result.correct) = CrossEntropy.lossInPlace(
      logits, classes: choices.factors, targets: targets.span, weights: weights.span,
      smoothing: labelSmoothing)
    return result
  }
}

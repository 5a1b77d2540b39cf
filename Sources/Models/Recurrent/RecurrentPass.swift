// A model of long short-term memory on a few windows: forward, loss, backward. Every window begins with an
// empty memory.

public import Contexts
internal import Layers
public import LinearAlgebra
public import Tasks

/// A forward and backward pass over up to `windowCount` windows.
///
/// h = LSTM(Embedding(window)); logits = h · Wᵀ + b at every step. Allocates nothing after `init`.
public final class RecurrentPass: ModelPass {
  /// The shape of the model.
  public let configuration: ModelConfiguration
  /// The most windows a pass can hold.
  public let windowCount: Int

  private let embedding: WindowEmbedding
  private let stack: RecurrentStack
  private let predicting: Matrix
  private let dpredicting: Matrix
  private let allLogits: Matrix
  private var loss: PredictionLoss

  /// Memory for a pass over up to `windowCount` windows.
  /// - Parameter renderer: Draws what is seen, where that is made of bytes.
  public init(
    _ configuration: ModelConfiguration, windowCount: Int, renderer: (any Renderer)? = nil
  ) {
    precondition(windowCount >= 1, "a pass over \(windowCount) windows does nothing")
    self.configuration = configuration
    self.windowCount = windowCount
    let steps = windowCount * configuration.contextSteps
    embedding = WindowEmbedding(
      configuration, order: .steps, windowCount: windowCount, renderer: renderer)
    stack = RecurrentStack(configuration, steps: configuration.contextSteps, rows: windowCount)
    predicting = Matrix(rows: steps, columns: configuration.model.width)
    dpredicting = Matrix(rows: steps, columns: configuration.model.width)
    allLogits = Matrix(rows: steps, columns: configuration.predictionCount)
    loss = PredictionLoss(configuration, steps: steps)
  }

  /// Predicts every action of some windows.
  public func forward(
    _ batch: ContextBatch, windows: Range<Int>, _ parameters: Parameters, noise: DropoutNoise? = nil
  ) -> Matrix {
    configuration.check(batch, windows, holding: windowCount)
    embedding.forward(batch, windows, parameters, noise: noise, into: stack.inputs)
    stack.clear(rows: windows.count)
    stack.forwardAll(rows: windows.count, parameters)
    let steps = 0..<windows.count * configuration.contextSteps
    let predicting = self.predicting[rows: steps]
    let outputs = stack.outputs(0..<configuration.contextSteps, rows: windows.count)
    forEachStep(of: windows.count) { step, row in
      predicting[rows: step..<step + 1].copy(from: outputs[rows: row..<row + 1])
    }
    let logits = allLogits[rows: steps]
    Linear.forward(predicting, parameters.head, into: logits)
    return logits
  }

  /// Predicts every action of some windows, and adds the gradient of their part of the batch's loss.
  public func accumulateGradients(
    _ batch: ContextBatch, windows: Range<Int>, _ parameters: Parameters,
    into gradients: Parameters,
    totalWeight: Double, labelSmoothing: Double, noise: DropoutNoise?, finished: (Int) -> Void
  ) -> PassResult {
    let dlogits = forward(batch, windows: windows, parameters, noise: noise)
    let result = loss.replace(
      dlogits, of: batch, windows, totalWeight: totalWeight, labelSmoothing: labelSmoothing)
    let steps = 0..<windows.count * configuration.contextSteps
    let dpredicting = self.dpredicting[rows: steps]
    Linear.backward(
      of: predicting[rows: steps], parameters.head, dlogits, into: dpredicting, gradients.head)
    finished(0)
    let doutputs = stack.outputGradients(steps: configuration.contextSteps, rows: windows.count)
    forEachStep(of: windows.count) { step, row in
      doutputs[rows: row..<row + 1].copy(from: dpredicting[rows: step..<step + 1])
    }
    stack.backward(
      steps: configuration.contextSteps, rows: windows.count, parameters, into: gradients)
    embedding.backward(batch, windows, parameters, stack.inputs, into: gradients, noise: noise)
    // A recurrence adds to all of its tensors until it has come to the first step.
    finished(1)
    return result
  }

  /// Predicts every action of some windows without dropout, and only tells their part of the batch's loss.
  public func measure(
    _ batch: ContextBatch, windows: Range<Int>, _ parameters: Parameters, totalWeight: Double,
    labelSmoothing: Double
  ) -> PassResult {
    loss.replace(
      forward(batch, windows: windows, parameters, noise: nil), of: batch, windows,
      totalWeight: totalWeight, labelSmoothing: labelSmoothing)
  }

  /// The places of a step among those of a batch and among the rows of the recurrence.
  private func forEachStep(of windows: Int, _ body: (_ step: Int, _ row: Int) -> Void) {
    for window in 0..<windows {
      for step in 0..<configuration.contextSteps {
        body(window * configuration.contextSteps + step, step * windows + window)
      }
    }
  }
}

// The model on a few windows: forward, loss, backward. One pass has memory of its own, made once;
// several passes over different windows may run at the same time on the same parameters.

public import Contexts
internal import Layers
public import LinearAlgebra
public import Tasks

/// A forward and backward pass over up to `windowCount` windows.
///
/// h₀ = Embedding(window); hₗ₊₁ = Blockₗ(hₗ); logits = Norm(h_L) · Wᵀ + b at the tokens that hold the
/// observation (Laskin et al. 2022, eq. 1 and figure 1). Allocates nothing after `init`.
public final class TransformerPass: ModelPass {
  /// The shape of the model.
  public let configuration: ModelConfiguration
  /// The most windows a pass can hold.
  public let windowCount: Int

  private let embedding: WindowEmbedding
  private let block: Block
  private let attention: Attention
  private let embedded: Matrix
  private let activations: [BlockActivations]
  /// Of each layer, what attention keeps for its backward pass.
  private let softmaxes: [Matrix]
  private let scratch: BlockScratch
  private let finalNormed: Matrix
  private let finalMoments: Matrix
  private let predicting: Matrix
  private let allLogits: Matrix
  private let dpredicting: Matrix
  private let dresidual: Matrix
  private let dnormed: Matrix
  private var loss: PredictionLoss

  /// Memory for a pass over up to `windowCount` windows.
  /// - Parameter renderer: Draws what is seen, where that is made of bytes.
  public init(
    _ configuration: ModelConfiguration, windowCount: Int,
    renderer: (any Renderer)? = nil
  ) {
    precondition(windowCount >= 1, "a pass over \(windowCount) windows does nothing")
    self.configuration = configuration
    self.windowCount = windowCount
    let rows = windowCount * configuration.tokenCount
    let steps = windowCount * configuration.contextSteps
    let width = configuration.model.width
    embedding = WindowEmbedding(
      configuration, order: .windows, windowCount: windowCount, renderer: renderer)
    let attention = Attention(configuration)
    self.attention = attention
    activations = (0..<configuration.model.layers).map { _ in
      BlockActivations(configuration, windowCount: windowCount)
    }
    softmaxes = (0..<configuration.model.layers).map { _ in
      Matrix(rows: windowCount * attention.keptRows, columns: configuration.tokenCount)
    }
    scratch = BlockScratch(configuration, rows: rows)
    block = Block(configuration)
    embedded = Matrix(rows: rows, columns: width)
    finalNormed = Matrix(rows: rows, columns: width)
    finalMoments = Matrix(rows: 2, columns: rows)
    predicting = Matrix(rows: steps, columns: width)
    dpredicting = Matrix(rows: steps, columns: width)
    allLogits = Matrix(rows: steps, columns: configuration.predictionCount)
    dresidual = Matrix(rows: rows, columns: width)
    dnormed = Matrix(rows: rows, columns: width)
    loss = PredictionLoss(configuration, steps: steps)
  }

  /// Predicts every action of some windows.
  /// - Parameters:
  ///   - windows: At most `windowCount` windows of the batch.
  ///   - noise: The dropout of training, or nil.
  /// - Returns: windows · steps × predictions, valid until the next pass.
  public func forward(
    _ batch: ContextBatch, windows: Range<Int>, _ parameters: Parameters, noise: DropoutNoise? = nil
  ) -> Matrix {
    configuration.check(batch, windows, holding: windowCount)
    let rows = 0..<windows.count * configuration.tokenCount
    var x = embedded[rows: rows]
    embedding.forward(batch, windows, parameters, noise: noise, into: x)
    site(0, windows, noise).embedding
      .drop(x, rate: configuration.model.dropout, tokens: configuration.tokenCount)
    for (layer, p) in parameters.layers.enumerated() {
      let a = activations[layer].limited(to: rows.count)
      let site = site(layer, windows, noise)
      block.forward(x, p, keeping: a, site) {
        attention.forwardWindows(a.queryKeyValue, into: a.mixed, keeping: softmaxes[layer], site)
      }
      x = a.output(configuration.model.normPlacement)
    }
    if let norm = parameters.finalNorm {
      let normed = finalNormed[rows: rows]
      LayerNorm.forward(x, gain: norm.gain, bias: norm.bias, into: normed, keeping: finalMoments)
      x = normed
    }
    let steps = 0..<windows.count * configuration.contextSteps
    let predicting = self.predicting[rows: steps]
    for step in steps {
      predicting[rows: step..<step + 1].copy(from: x[rows: token(of: step)..<token(of: step) + 1])
    }
    let logits = allLogits[rows: steps]
    Linear.forward(predicting, parameters.head, into: logits)
    return logits
  }

  /// Predicts every action of some windows, and adds the gradient of their part of the batch's loss.
  /// - Parameters:
  ///   - totalWeight: The sum of the loss weights of the whole batch, which divides the loss.
  ///   - labelSmoothing: α of the cross-entropy.
  ///   - gradients: Added to.
  ///   - finished: Receives a number of `Parameters.stages` as soon as nothing is added to its tensors any more.
  public func accumulateGradients(
    _ batch: ContextBatch, windows: Range<Int>, _ parameters: Parameters,
    into gradients: Parameters,
    totalWeight: Double, labelSmoothing: Double, noise: DropoutNoise?, finished: (Int) -> Void
  ) -> PassResult {
    let dlogits = forward(batch, windows: windows, parameters, noise: noise)
    let result = loss.replace(
      dlogits, of: batch, windows, totalWeight: totalWeight, labelSmoothing: labelSmoothing)
    backward(
      batch, windows, parameters, dlogits, into: gradients, noise: noise, finished: finished)
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

  /// What a layer's attention looked at in the last `forward`: tokens of a window × queries of all heads, then keys,
  /// then values.
  func queryKeyValue(layer: Int, window: Int) -> Matrix {
    precondition(
      activations.indices.contains(layer) && (0..<windowCount).contains(window),
      "no layer \(layer) of \(activations.count), or no window \(window) of \(windowCount)")
    let tokens = configuration.tokenCount
    return activations[layer].queryKeyValue[rows: window * tokens..<(window + 1) * tokens]
  }

  /// Undoes `forward`, from the gradient of the logits to that of every parameter.
  private func backward(
    _ batch: ContextBatch, _ windows: Range<Int>, _ parameters: Parameters, _ dlogits: Matrix,
    into gradients: Parameters, noise: DropoutNoise?, finished: (Int) -> Void
  ) {
    let rows = 0..<windows.count * configuration.tokenCount
    let steps = 0..<windows.count * configuration.contextSteps
    let dx = dresidual[rows: rows]
    // undoes: logits = predicting · Wᵀ + b
    Linear.backward(
      of: predicting[rows: steps], parameters.head, dlogits, into: dpredicting[rows: steps],
      gradients.head)
    let dlast = parameters.finalNorm == nil ? dx : dnormed[rows: rows]
    if configuration.model.tokensPerStep > 1 { dlast.fill(with: 0) }
    for step in steps {
      dlast[rows: token(of: step)..<token(of: step) + 1]
        .copy(from: dpredicting[rows: step..<step + 1])
    }
    if let norm = parameters.finalNorm, let d = gradients.finalNorm {
      LayerNorm.backward(
        of: output(ofLayer: configuration.model.layers - 1, windows), gain: norm.gain,
        keeping: finalMoments, dlast, into: dx, dgain: d.gain, dbias: d.bias, accumulating: false)
    }
    finished(0)
    let scratch = self.scratch.limited(to: rows.count)
    for layer in (0..<configuration.model.layers).reversed() {
      let a = activations[layer].limited(to: rows.count)
      let site = site(layer, windows, noise)
      block.backward(
        of: output(ofLayer: layer - 1, windows), parameters.layers[layer], keeping: a, dx,
        gradients.layers[layer], site, using: scratch
      ) { dmixed in
        attention.backwardWindows(
          of: a.queryKeyValue, mixed: a.mixed, keeping: softmaxes[layer], dmixed,
          into: scratch.queryKeyValue, site)
      }
      finished(configuration.model.layers - layer)
    }
    site(0, windows, noise).embedding
      .drop(dx, rate: configuration.model.dropout, tokens: configuration.tokenCount)
    embedding.backward(batch, windows, parameters, dx, into: gradients, noise: noise)
    finished(configuration.model.layers + 1)
  }

  /// The row of the residual stream at which the action of a step is predicted.
  private func token(of step: Int) -> Int { step * configuration.model.tokensPerStep }

  /// The residual stream after a layer; after layer −1, the embedding.
  private func output(ofLayer layer: Int, _ windows: Range<Int>) -> Matrix {
    let rows = 0..<windows.count * configuration.tokenCount
    guard layer >= 0 else { return embedded[rows: rows] }
    return activations[layer].output(configuration.model.normPlacement)[rows: rows]
  }

  private func site(_ layer: Int, _ windows: Range<Int>, _ noise: DropoutNoise?) -> DropoutSite {
    DropoutSite(
      noise: noise, layer: layer, firstWindow: windows.lowerBound,
      rate: configuration.model.dropout, attentionRate: configuration.model.attentionDropout)
  }
}

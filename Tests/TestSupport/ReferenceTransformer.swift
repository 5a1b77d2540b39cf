// The whole model in double precision, slow and plain: what the fast one is held to. In order: the
// forward pass, the loss, its gradient. No memory is reused and nothing is shared with the sources.

/// A causal transformer that predicts actions from across-episode contexts.
public struct ReferenceTransformer: Sendable {
  /// Its shape and options.
  public var settings: ReferenceSettings
  /// Its parameters, by name.
  public var parameters: ReferenceParameters
  /// The seed of the dropout in a pass.
  public var noiseSeed: UInt32

  /// A model with these parameters.
  public init(_ settings: ReferenceSettings, _ parameters: ReferenceParameters, noiseSeed: UInt32) {
    self.settings = settings
    self.parameters = parameters
    self.noiseSeed = noiseSeed
  }

  /// Logits of the actions' choices, (windows · steps) × choices.
  public func logits(of batch: ReferenceBatch) -> ReferenceMatrix {
    head(of: finallyNormalised(residuals(of: batch)[settings.layers]))
  }

  /// The loss of a batch, in nats.
  public func loss(of batch: ReferenceBatch) -> Double {
    crossEntropy(of: batch).forward(logits(of: batch))
  }

  /// The gradient of the loss in every parameter.
  public func gradients(of batch: ReferenceBatch) -> ReferenceParameters {
    var gradients = parameters.zeros
    let residuals = residuals(of: batch)
    let last = residuals[settings.layers]
    let normalised = finallyNormalised(last)
    let dLogits = crossEntropy(of: batch).backward(logits: head(of: normalised))
    let dNormalised = headBackward(dLogits, normalised, &gradients)
    var dx = finallyNormalisedBackward(dNormalised, last, &gradients)
    for layer in (0..<settings.layers).reversed() {
      dx = block(layer, batch).backward(of: dx, x: residuals[layer], to: &gradients)
    }
    let dEmbedded = embeddingDropout.applied(to: dx, windows: batch.windows)
    ReferenceEmbedding(settings: settings, batch: batch).backward(of: dEmbedded, to: &gradients)
    return gradients
  }

  /// The tokens before each block and after the last.
  private func residuals(of batch: ReferenceBatch) -> [ReferenceMatrix] {
    let embedded = ReferenceEmbedding(settings: settings, batch: batch).forward(parameters)
    var residuals = [embeddingDropout.applied(to: embedded, windows: batch.windows)]
    for layer in 0..<settings.layers {
      residuals.append(block(layer, batch).forward(residuals[layer]))
    }
    return residuals
  }

  private func block(_ layer: Int, _ batch: ReferenceBatch) -> ReferenceBlock {
    ReferenceBlock(layer, of: settings, parameters, windows: batch.windows, noiseSeed: noiseSeed)
  }

  private var embeddingDropout: ReferenceDropout {
    ReferenceDropout(rate: settings.dropout, noiseSeed: noiseSeed, site: 0)
  }

  private func crossEntropy(of batch: ReferenceBatch) -> ReferenceCrossEntropy {
    ReferenceCrossEntropy(
      choices: batch.actions.map(settings.choiceRows), factors: settings.actionFactors,
      weights: batch.lossWeights, smoothing: settings.labelSmoothing)
  }

  private func finallyNormalised(_ x: ReferenceMatrix) -> ReferenceMatrix {
    guard !settings.isPostNorm else { return x }
    return ReferenceLayerNorm.forward(
      x, gain: parameters["norm.gain"], bias: parameters["norm.bias"])
  }

  private func finallyNormalisedBackward(
    _ dy: ReferenceMatrix, _ x: ReferenceMatrix, _ gradients: inout ReferenceParameters
  ) -> ReferenceMatrix {
    guard !settings.isPostNorm else { return dy }
    let d = ReferenceLayerNorm.backward(of: dy, x: x, gain: parameters["norm.gain"])
    gradients["norm.gain"] = d.gain
    gradients["norm.bias"] = d.bias
    return d.x
  }

  /// The logits are read at the token that shows the observation and not yet the action.
  private func head(of x: ReferenceMatrix) -> ReferenceMatrix {
    ReferenceLinear.forward(
      predicting(x), weight: parameters["head.weight"], bias: parameters["head.bias"])
  }

  private func headBackward(
    _ dLogits: ReferenceMatrix, _ x: ReferenceMatrix, _ gradients: inout ReferenceParameters
  ) -> ReferenceMatrix {
    let d = ReferenceLinear.backward(
      of: dLogits, x: predicting(x), weight: parameters["head.weight"])
    gradients["head.weight"] = d.weight
    gradients["head.bias"] = d.bias
    var dx = ReferenceMatrix(rows: x.rows, columns: x.columns)
    for step in 0..<d.x.rows {
      for c in 0..<x.columns { dx[step * settings.tokensPerStep, c] = d.x[step, c] }
    }
    return dx
  }

  private func predicting(_ x: ReferenceMatrix) -> ReferenceMatrix {
    var picked = ReferenceMatrix(rows: x.rows / settings.tokensPerStep, columns: x.columns)
    for step in 0..<picked.rows {
      for c in 0..<x.columns { picked[step, c] = x[step * settings.tokensPerStep, c] }
    }
    return picked
  }
}

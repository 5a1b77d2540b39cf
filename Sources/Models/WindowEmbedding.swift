// From the steps of a batch's windows to rows that a model reads, and back: what the passes of both
// architectures begin with.

internal import Contexts
internal import Layers
internal import LinearAlgebra
internal import Tasks

/// How the tokens of several windows lie in memory.
enum TokenOrder {
  /// Window after window: attention looks along a window.
  case windows
  /// Step after step: a recurrence takes a step of all windows at once.
  case steps

  /// The row of a token.
  func row(window: Int, token: Int, windows: Int, tokens: Int) -> Int {
    switch self {
    case .windows: window * tokens + token
    case .steps: token * windows + window
    }
  }
}

/// The embedding of all tokens of some windows, with the network that looks at what is seen.
final class WindowEmbedding {
  private let configuration: ModelConfiguration
  private let order: TokenOrder
  private let encoder: ObservationEncoder?
  private let dfeatures: Matrix?

  init(
    _ configuration: ModelConfiguration, order: TokenOrder, windowCount: Int,
    renderer: (any Renderer)?
  ) {
    self.configuration = configuration
    self.order = order
    let steps = windowCount * configuration.contextSteps
    encoder = configuration.makeEncoder(capacity: steps, renderer: renderer)
    dfeatures = encoder.map { _ in Matrix(rows: steps, columns: configuration.embeddingWidth) }
  }

  /// Overwrites a row of `x` for each token.
  func forward(
    _ batch: ContextBatch, _ windows: Range<Int>, _ parameters: Parameters, noise: DropoutNoise?,
    into x: Matrix
  ) {
    let features = see(batch, windows, parameters, noise)
    forEachToken(of: batch, windows) { content, position, row in
      Embedding.forward(
        content, position: position, parameters.embedding, features: features, into: x, row: row)
    }
  }

  /// Undoes `forward`: adds to the gradients of the embeddings and of the network.
  func backward(
    _ batch: ContextBatch, _ windows: Range<Int>, _ parameters: Parameters, _ dx: Matrix,
    into gradients: Parameters, noise: DropoutNoise?
  ) {
    let dfeatures = self.dfeatures?[rows: 0..<windows.count * configuration.contextSteps]
    dfeatures?.fill(with: 0)
    forEachToken(of: batch, windows) { content, position, row in
      Embedding.backward(
        of: content, position: position, dx, row: row, gradients.embedding, dfeatures: dfeatures)
    }
    if let encoder, let dfeatures, let p = parameters.embedding.sight,
      let d = gradients.embedding.sight
    {
      encoder.backward(
        dfeatures, p, into: d, noise: noise.map(sightNoise),
        first: windows.lowerBound * configuration.contextSteps)
    }
  }

  /// Encodes what is seen in every step of some windows; nothing where cells are seen.
  private func see(
    _ batch: ContextBatch, _ windows: Range<Int>, _ parameters: Parameters, _ noise: DropoutNoise?
  ) -> Matrix? {
    guard let encoder, let p = parameters.embedding.sight else { return nil }
    let steps = windows.lowerBound * batch.stepCount..<windows.upperBound * batch.stepCount
    for (row, step) in steps.enumerated() { encoder.read(batch.observations[step], row: row) }
    return encoder.forward(
      steps.count, p, noise: noise.map(sightNoise), first: steps.lowerBound)
  }

  /// The sites of the network that encodes what is seen come after the model's own.
  private func sightNoise(_ noise: DropoutNoise) -> UInt32 {
    noise.seed &+ UInt32(3 * configuration.model.layers + 1)
  }

  private func forEachToken(
    of batch: ContextBatch, _ windows: Range<Int>, _ body: (TokenContent, Int, Int) -> Void
  ) {
    let tokens = configuration.tokenCount
    for (place, window) in windows.enumerated() {
      for token in 0..<tokens {
        var content = TokenContent(of: batch, window: window, token: token)
        if encoder != nil {
          content.see(place * batch.stepCount + token / configuration.model.tokensPerStep)
        }
        body(
          content, token,
          order.row(window: place, token: token, windows: windows.count, tokens: tokens))
      }
    }
  }
}

extension ModelConfiguration {
  /// The network that encodes what is seen, with memory for some observations; nil where cells are seen.
  /// - Parameters:
  ///   - renderer: Draws what is seen, where that is made of bytes.
  ///   - isForBackward: Whether `backward` is ever called.
  func makeEncoder(
    capacity: Int, renderer: (any Renderer)?, isForBackward: Bool = true
  ) -> ObservationEncoder? {
    sightNetwork.map { network in
      ObservationEncoder(
        network, of: interface, renderer: renderer, capacity: capacity,
        isForBackward: isForBackward)
    }
  }
}

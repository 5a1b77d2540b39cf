// The keys and values of the tokens that streams have already seen, so that a new token costs one row
// of products and not a whole window. What is cached gives, to the bit, what a full pass over the same
// window computes: a window never slides under the cache; it is cut and recomputed (RollingContext).

internal import Contexts
internal import Layers
internal import LinearAlgebra
internal import Tasks

/// Caches for several streams of one frozen model, each with its own number of tokens.
final class TokenCache {
  /// The model's, with packed weights.
  private let parameters: Parameters
  /// The number of cached tokens of each stream.
  private(set) var counts: [Int]
  /// Of each layer.
  private let caches: [AttentionCache]
  private let memory: DecodeMemory

  /// The most rows that are computed at once when a window is read again.
  private static let greatestRowCount = 512

  /// Empty caches.
  /// - Parameter parameters: With packed weights.
  init(_ parameters: Parameters, streamCount: Int) {
    let configuration = parameters.configuration
    self.parameters = parameters
    counts = Array(repeating: 0, count: streamCount)
    caches = (0..<configuration.model.layers).map { _ in
      AttentionCache(
        streams: streamCount, tokens: configuration.tokenCount, heads: configuration.model.heads,
        width: configuration.headWidth)
    }
    memory = DecodeMemory(
      configuration,
      rows: max(
        Self.greatestRowCount, configuration.tokenCount,
        streamCount * configuration.model.tokensPerStep), streams: streamCount)
  }

  /// Forgets all tokens of a stream.
  func clear(stream: Int) { counts[stream] = 0 }

  /// Reads new tokens and predicts the action after the last one of each stream.
  /// - Parameters:
  ///   - tokens: `count` for each of `streams`, stream after stream.
  ///   - logits: A row for every stream of the cache; the rows of `streams` are overwritten.
  ///   - features: A row for each frame that tokens name.
  func append(
    _ tokens: [TokenContent], count: Int, to streams: [Int], features: Matrix?, logits: Matrix
  ) {
    precondition(
      tokens.count == count * streams.count,
      "\(tokens.count) tokens are not \(count) for each of \(streams.count) streams")
    let perRound = max(1, memory.x.rows / count)
    for start in stride(from: 0, to: streams.count, by: perRound) {
      let round = start..<min(start + perRound, streams.count)
      advance(
        tokens[round.lowerBound * count..<round.upperBound * count], streams[round], count: count,
        features, logits: logits)
    }
  }

  private func advance(
    _ tokens: ArraySlice<TokenContent>, _ streams: ArraySlice<Int>, count: Int,
    _ features: Matrix?, logits: Matrix
  ) {
    let m = memory.limited(to: tokens.count)
    embed(tokens, streams, count: count, features, into: m.x)
    for (p, cache) in zip(parameters.layers, caches) {
      switch parameters.configuration.model.normPlacement {
      case .pre:
        normalise(m.x, p.norm1, into: m.normed)
        attend(m.normed, p, cache, streams, count: count, m)
        Linear.forward(m.mixed, p.projection, addedTo: m.x, into: m.sum)
        normalise(m.sum, p.norm2, into: m.normed)
        feedForward(m.normed, p, m)
        Linear.forward(m.activated, p.outward, addedTo: m.sum, into: m.x)
      case .post:
        attend(m.x, p, cache, streams, count: count, m)
        Linear.forward(m.mixed, p.projection, addedTo: m.x, into: m.sum)
        normalise(m.sum, p.norm1, into: m.normed)
        feedForward(m.normed, p, m)
        Linear.forward(m.activated, p.outward, addedTo: m.normed, into: m.sum)
        normalise(m.sum, p.norm2, into: m.x)
      }
    }
    predict(streams, count: count, m, logits: logits)
    for stream in streams { counts[stream] += count }
  }

  private func embed(
    _ tokens: ArraySlice<TokenContent>, _ streams: ArraySlice<Int>, count: Int,
    _ features: Matrix?, into x: Matrix
  ) {
    var row = 0
    for stream in streams {
      let first = counts[stream]
      precondition(
        first + count <= parameters.configuration.tokenCount,
        "\(count) tokens after \(first) leave a context of \(parameters.configuration.tokenCount)")
      for position in first..<first + count {
        Embedding.forward(
          tokens[tokens.startIndex + row], position: position, parameters.embedding,
          features: features, into: x, row: row)
        row += 1
      }
    }
  }

  private func normalise(_ x: Matrix, _ p: NormParameters, into y: Matrix) {
    LayerNorm.forward(x, gain: p.gain, bias: p.bias, into: y, keeping: memory.moments)
  }

  private func feedForward(_ x: Matrix, _ p: LayerParameters, _ m: DecodeMemory) {
    Linear.forward(x, p.inward, into: m.activated)
    GELU.forwardInPlace(m.activated)
  }

  private func attend(
    _ x: Matrix, _ p: LayerParameters, _ cache: AttentionCache, _ streams: ArraySlice<Int>,
    count: Int, _ m: DecodeMemory
  ) {
    Linear.forward(x, p.queryKeyValue, into: m.queryKeyValue)
    var row = 0
    for stream in streams {
      let fresh = m.queryKeyValue[rows: row..<row + count]
      let mixed = m.mixed[rows: row..<row + count]
      cache.store(fresh, stream: stream, at: counts[stream])
      if counts[stream] == 0 && count > 1 {
        m.attention.forward(fresh, into: mixed, keeping: m.softmax, key: nil)
      } else {
        cache.attend(fresh, stream: stream, at: counts[stream], into: mixed)
      }
      row += count
    }
  }

  private func predict(
    _ streams: ArraySlice<Int>, count: Int, _ m: DecodeMemory, logits: Matrix
  ) {
    let last = m.last[rows: 0..<streams.count]
    for place in 0..<streams.count {
      let row = (place + 1) * count - 1
      last[rows: place..<place + 1].copy(from: m.x[rows: row..<row + 1])
    }
    var predicting = last
    if let norm = parameters.finalNorm {
      predicting = m.lastNormed[rows: 0..<streams.count]
      normalise(last, norm, into: predicting)
    }
    let found = m.logits[rows: 0..<streams.count]
    Linear.forward(predicting, parameters.head, into: found)
    for (place, stream) in streams.enumerated() {
      logits[rows: stream..<stream + 1].copy(from: found[rows: place..<place + 1])
    }
  }
}

/// What reading tokens overwrites.
private struct DecodeMemory {
  let x, normed, queryKeyValue, mixed, sum, activated: Matrix
  let last, lastNormed, logits, softmax, moments: Matrix
  let attention: Attention

  init(_ configuration: ModelConfiguration, rows: Int, streams: Int) {
    let width = configuration.model.width
    x = Matrix(rows: rows, columns: width)
    normed = Matrix(rows: rows, columns: width)
    queryKeyValue = Matrix(rows: rows, columns: 3 * width)
    mixed = Matrix(rows: rows, columns: width)
    sum = Matrix(rows: rows, columns: width)
    activated = Matrix(rows: rows, columns: configuration.model.feedForward)
    last = Matrix(rows: streams, columns: width)
    lastNormed = Matrix(rows: streams, columns: width)
    logits = Matrix(rows: streams, columns: configuration.interface.actionCount)
    attention = Attention(configuration)
    softmax = Matrix(rows: attention.keptRows, columns: configuration.tokenCount)
    moments = Matrix(rows: 2, columns: max(rows, streams))
  }

  private init(_ m: DecodeMemory, rows: Range<Int>) {
    x = m.x[rows: rows]
    normed = m.normed[rows: rows]
    queryKeyValue = m.queryKeyValue[rows: rows]
    mixed = m.mixed[rows: rows]
    sum = m.sum[rows: rows]
    activated = m.activated[rows: rows]
    (last, lastNormed, logits) = (m.last, m.lastNormed, m.logits)
    (attention, softmax, moments) = (m.attention, m.softmax, m.moments)
  }

  func limited(to rows: Int) -> DecodeMemory { DecodeMemory(self, rows: 0..<rows) }
}

// The keys and values of the tokens that streams have already seen, so that a new token costs one row
// of products and not a whole window. What is cached is exactly what a full pass over the same
// window computes: a window never slides under the cache; it is cut and recomputed (RollingContext).

internal import Contexts
internal import LinearAlgebra
internal import Tasks

/// Caches for several streams of one model, each with its own number of tokens.
final class TokenCache {
  let parameters: Parameters
  /// The number of cached tokens of each stream.
  private(set) var counts: [Int]
  private let layers: [[StreamCache]]
  private let memory: DecodeMemory

  /// The most rows that are computed at once when a window is read again.
  private static let greatestRowCount = 512

  /// Empty caches.
  init(_ parameters: Parameters, streamCount: Int) {
    let configuration = parameters.configuration
    self.parameters = parameters
    counts = Array(repeating: 0, count: streamCount)
    layers = (0..<configuration.model.layers).map { _ in
      (0..<streamCount).map { _ in StreamCache(configuration) }
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
  ///   - tokens: For each of `streams`, the same number of tokens.
  ///   - logits: A row for every stream of the cache; the rows of `streams` are overwritten.
  func append(_ tokens: [[TokenContent]], to streams: [Int], logits: Matrix) {
    guard let count = tokens.first?.count else { return }
    let perRound = max(1, memory.x.rows / count)
    for start in stride(from: 0, to: streams.count, by: perRound) {
      let round = start..<min(start + perRound, streams.count)
      advance(tokens[round], Array(streams[round]), count: count, logits: logits)
    }
  }

  private func advance(
    _ tokens: ArraySlice<[TokenContent]>, _ streams: [Int], count: Int, logits: Matrix
  ) {
    let m = memory.limited(to: streams.count * count)
    embed(tokens, streams, count: count, into: m.x)
    for (layer, p) in parameters.layers.enumerated() {
      switch parameters.configuration.model.normPlacement {
      case .pre:
        normalise(m.x, p.norm1, into: m.normed)
        attend(m.normed, p, layer: layer, streams, count: count, m)
        Linear.forward(m.mixed, p.projection, addedTo: m.x, into: m.sum)
        normalise(m.sum, p.norm2, into: m.normed)
        feedForward(m.normed, p, m)
        Linear.forward(m.activated, p.outward, addedTo: m.sum, into: m.x)
      case .post:
        attend(m.x, p, layer: layer, streams, count: count, m)
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
    _ tokens: ArraySlice<[TokenContent]>, _ streams: [Int], count: Int, into x: Matrix
  ) {
    for (place, contents) in tokens.enumerated() {
      precondition(
        contents.count == count, "\(contents.count) tokens for a stream, \(count) for another")
      let first = counts[streams[place]]
      precondition(
        first + count <= parameters.configuration.tokenCount,
        "\(count) tokens after \(first) leave a context of \(parameters.configuration.tokenCount)")
      for (offset, content) in contents.enumerated() {
        Embedding.forward(
          content, position: first + offset, parameters.embedding, into: x,
          row: place * count + offset)
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
    _ x: Matrix, _ p: LayerParameters, layer: Int, _ streams: [Int], count: Int, _ m: DecodeMemory
  ) {
    let width = parameters.configuration.model.width
    Linear.forward(x, p.queryKeyValue, into: m.queryKeyValue)
    for (place, stream) in streams.enumerated() {
      let rows = place * count..<(place + 1) * count
      let fresh = m.queryKeyValue[rows: rows]
      let cache = layers[layer][stream]
      let first = counts[stream]
      cache.store(
        keys: fresh[columns: width..<2 * width], values: fresh[columns: 2 * width..<3 * width],
        at: first)
      cache.attend(fresh, first: first, scratch: m, into: m.mixed[rows: rows])
    }
  }

  private func predict(_ streams: [Int], count: Int, _ m: DecodeMemory, logits: Matrix) {
    let last = m.last[rows: 0..<streams.count]
    for place in streams.indices {
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

/// The keys and values of one stream in one layer.
private struct StreamCache {
  /// Width × tokens, so that the scores of one query are sums of rows.
  let keys: Matrix
  /// Tokens × width.
  let values: Matrix
  let heads: Int

  init(_ configuration: TransformerConfiguration) {
    let width = configuration.model.width
    let tokens = configuration.tokenCount
    let arena = Arena(capacity: width * Arena.footprint(of: tokens) + tokens * width)
    keys = arena.paddedMatrix(rows: width, columns: tokens)
    values = arena.matrix(rows: tokens, columns: width)
    heads = configuration.model.heads
  }

  func store(keys new: Matrix, values newValues: Matrix, at first: Int) {
    values[rows: first..<first + newValues.rows].copy(from: newValues)
    keys[columns: first..<first + new.rows].copyTransposed(from: new)
  }

  /// Attention of new tokens that are stored already, the first of them at `first`.
  func attend(_ fresh: Matrix, first: Int, scratch: DecodeMemory, into mixed: Matrix) {
    let width = values.columns / heads
    for head in 0..<heads {
      let own = head * width..<(head + 1) * width
      if first == 0 && fresh.rows > 1 {
        scratch.causal.forward(
          CausalAttention.Head(
            query: fresh[columns: own],
            key: fresh[columns: own.lowerBound + values.columns..<own.upperBound + values.columns],
            value: fresh[
              columns: own.lowerBound + 2 * values.columns..<own.upperBound + 2 * values.columns]),
          into: mixed[columns: own], keeping: scratch.softmax, dropout: nil, first: 0)
        continue
      }
      for row in 0..<fresh.rows {
        CachedAttention.attend(
          fresh[rows: row..<row + 1][columns: own], keys: keys[rows: own],
          values: values[columns: own],
          count: first + row + 1, scale: 1 / Float(width).squareRoot(), weights: scratch.scores,
          into: mixed[rows: row..<row + 1][columns: own])
      }
    }
  }
}

/// What reading tokens overwrites.
private struct DecodeMemory {
  let x, normed, queryKeyValue, mixed, sum, activated: Matrix
  let last, lastNormed, logits, scores, softmax, moments: Matrix
  let causal: CausalAttention

  init(_ configuration: TransformerConfiguration, rows: Int, streams: Int) {
    let width = configuration.model.width
    let tokens = configuration.tokenCount
    x = Matrix(rows: rows, columns: width)
    normed = Matrix(rows: rows, columns: width)
    queryKeyValue = Matrix(rows: rows, columns: 3 * width)
    mixed = Matrix(rows: rows, columns: width)
    sum = Matrix(rows: rows, columns: width)
    activated = Matrix(rows: rows, columns: configuration.model.feedForward)
    last = Matrix(rows: streams, columns: width)
    lastNormed = Matrix(rows: streams, columns: width)
    logits = Matrix(rows: streams, columns: configuration.interface.actionCount)
    scores = Arena(capacity: Arena.footprint(of: tokens)).paddedMatrix(rows: 1, columns: tokens)
    causal = CausalAttention(tokens: tokens, width: configuration.headWidth)
    softmax = Matrix(rows: 2, columns: tokens)
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
    (scores, softmax, moments) = (m.scores, m.softmax, m.moments)
    causal = m.causal
  }

  func limited(to rows: Int) -> DecodeMemory { DecodeMemory(self, rows: 0..<rows) }
}

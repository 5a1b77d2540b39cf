// The keys and values of the tokens that streams have already seen, so that a new token costs one row
// of products and not a whole window. What is cached gives, to the bit, what a full pass over the same
// window computes: a window never slides under the cache; it is cut and recomputed (RollingContext). The blocks are
// those of a pass (Block); only what attention looks at, and the memory, are the cache's.

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
  private let block: Block

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
    block = Block(configuration)
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
      block.forward(m.x, p, keeping: m.activations, .none) {
        attend(cache, streams, count: count, m)
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

  /// Stores the new tokens' keys and values, and lets the tokens attend to all of their stream.
  private func attend(
    _ cache: AttentionCache, _ streams: ArraySlice<Int>, count: Int, _ m: DecodeMemory
  ) {
    var row = 0
    for stream in streams {
      let fresh = m.activations.queryKeyValue[rows: row..<row + count]
      let mixed = m.activations.mixed[rows: row..<row + count]
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
      LayerNorm.forward(
        last, gain: norm.gain, bias: norm.bias, into: predicting,
        keeping: m.activations.moments1)
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
  /// The residual stream: what a block reads, and in the end puts out.
  let x: Matrix
  let activations: BlockActivations
  let last, lastNormed, logits, softmax: Matrix
  let attention: Attention

  init(_ configuration: ModelConfiguration, rows: Int, streams: Int) {
    let width = configuration.model.width
    x = Matrix(rows: rows, columns: width)
    activations = BlockActivations(
      configuration, reading: x, moments: Matrix(rows: 2, columns: max(rows, streams)))
    last = Matrix(rows: streams, columns: width)
    lastNormed = Matrix(rows: streams, columns: width)
    logits = Matrix(rows: streams, columns: configuration.predictionCount)
    attention = Attention(configuration)
    softmax = Matrix(rows: attention.keptRows, columns: configuration.tokenCount)
  }

  private init(_ m: DecodeMemory, rows: Int) {
    x = m.x[rows: 0..<rows]
    activations = m.activations.limited(to: rows)
    (last, lastNormed, logits) = (m.last, m.lastNormed, m.logits)
    (attention, softmax) = (m.attention, m.softmax)
  }

  func limited(to rows: Int) -> DecodeMemory { DecodeMemory(self, rows: rows) }
}

extension BlockActivations {
  /// Memory for a pass that is not undone: the output of a block takes the place of what it read.
  fileprivate init(_ configuration: ModelConfiguration, reading x: Matrix, moments: Matrix) {
    let (rows, width) = (x.rows, configuration.model.width)
    let normed = Matrix(rows: rows, columns: width)
    let sum = Matrix(rows: rows, columns: width)
    let isPreNorm = configuration.model.normPlacement == .pre
    self.init(
      normed1: normed, queryKeyValue: Matrix(rows: rows, columns: 3 * width),
      mixed: Matrix(rows: rows, columns: width), sum1: sum, normed2: isPreNorm ? normed : x,
      slope: nil, activated: Matrix(rows: rows, columns: configuration.model.feedForward),
      sum2: isPreNorm ? x : sum, moments1: moments, moments2: moments)
  }
}

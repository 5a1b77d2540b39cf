// The kernels behind a training step of the fast size, on one thread, on the rows of one pass: two
// windows of 200 tokens of width 64.

internal import Benchmark
internal import LinearAlgebra

/// A matrix of small numbers, of which no two rows are alike.
private func matrix(_ rows: Int, _ columns: Int) -> Matrix {
  let matrix = Matrix(rows: rows, columns: columns)
  matrix.assign((0..<rows * columns).map { Float($0 * 7_919 % 1_009) / 1_009 - 0.5 })
  return matrix
}

private let (rows, width, inner, actions) = (400, 64, 256, 5)
private let (tokens, heads) = (200, 4)

/// The linear maps of a block, and the head.
private let layers = [
  ("query-key-value", width, 3 * width), ("projection", width, width), ("inward", width, inner),
  ("outward", inner, width), ("head", width, actions),
]

let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput], scalingFactor: .kilo, maxDuration: .seconds(1))
  productBenchmarks()
  attentionBenchmarks()
  rowBenchmarks()
}

private func productBenchmarks() {
  for (name, inputs, outputs) in layers {
    Benchmark("product, \(name), forward") { benchmark in
      let (x, weight, y) = (matrix(rows, inputs), matrix(outputs, inputs), matrix(rows, outputs))
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { multiply(x, weight.transposed, into: y) }
    }
    Benchmark("product, \(name), backward by input") { benchmark in
      let (dy, weight, dx) = (matrix(rows, outputs), matrix(outputs, inputs), matrix(rows, inputs))
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { multiply(dy, weight, into: dx) }
    }
    Benchmark("product, \(name), backward by weight") { benchmark in
      let (dy, x, d) = (matrix(rows, outputs), matrix(rows, inputs), matrix(outputs, inputs))
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { multiply(dy.transposed, x, into: d) }
    }
  }
}

/// One head over one window.
private func attentionBenchmarks() {
  let headWidth = width / heads
  let attention = CausalAttention(tokens: tokens, width: headWidth)
  func head(of x: Matrix) -> CausalAttention.Head {
    CausalAttention.Head(
      query: x[columns: 0..<headWidth], key: x[columns: width..<width + headWidth],
      value: x[columns: 2 * width..<2 * width + headWidth])
  }
  Benchmark("attention, one head, forward") { benchmark in
    let (x, mixed, kept) = (
      matrix(tokens, 3 * width), matrix(tokens, headWidth), matrix(2, tokens)
    )
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      attention.forward(head(of: x), into: mixed, keeping: kept, dropout: nil, first: 0)
    }
  }
  Benchmark("attention, one head, backward") { benchmark in
    let (x, d) = (matrix(tokens, 3 * width), matrix(tokens, 3 * width))
    let (mixed, dmixed, kept) = (
      matrix(tokens, headWidth), matrix(tokens, headWidth), matrix(2, tokens)
    )
    attention.forward(head(of: x), into: mixed, keeping: kept, dropout: nil, first: 0)
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      attention.backward(
        of: head(of: x), mixed: mixed, keeping: kept, dmixed, into: head(of: d), dropout: nil,
        first: 0)
    }
  }
  Benchmark("attention, one query over 200 cached tokens, all heads") { benchmark in
    let cache = AttentionCache(streams: 1, tokens: tokens, heads: heads, width: headWidth)
    let (x, mixed) = (matrix(tokens, 3 * width), matrix(1, width))
    cache.store(x, stream: 0, at: 0)
    let last = x[rows: tokens - 1..<tokens]
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      cache.attend(last, stream: 0, at: tokens - 1, into: mixed)
    }
  }
}

private func rowBenchmarks() {
  Benchmark("layer norm, forward") { benchmark in
    let (x, y, moments) = (matrix(rows, width), matrix(rows, width), matrix(2, rows))
    let (gain, bias) = (matrix(1, width), matrix(1, width))
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      LayerNorm.forward(x, gain: gain, bias: bias, into: y, keeping: moments)
    }
  }
  Benchmark("layer norm, backward") { benchmark in
    let (x, dy, dx) = (matrix(rows, width), matrix(rows, width), matrix(rows, width))
    let (gain, dgain, dbias) = (matrix(1, width), matrix(1, width), matrix(1, width))
    let moments = matrix(2, rows)
    LayerNorm.forward(x, gain: gain, bias: dbias, into: dx, keeping: moments)
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      LayerNorm.backward(
        of: x, gain: gain, keeping: moments, dy, into: dx, dgain: dgain, dbias: dbias,
        accumulating: false)
    }
  }
  Benchmark("GELU and its slope") { benchmark in
    // In place, so that it goes on from what it left: the same work on other numbers.
    let (x, slope) = (matrix(rows, inner), matrix(rows, inner))
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations { GELU.forwardInPlace(x, slope: slope) }
  }
  Benchmark("GELU, backward") { benchmark in
    let (slope, dy) = (matrix(rows, inner), matrix(rows, inner))
    slope.fill(with: 1)
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations { dy.multiplyElements(by: slope) }
  }
  Benchmark("dropout") { benchmark in
    let x = matrix(rows, width)
    benchmark.startMeasurement()
    // At a rate that scales by little, so that numbers stay numbers.
    for _ in benchmark.scaledIterations { x.dropInPlace(Dropout(rate: 1e-6, key: 1)) }
  }
  Benchmark("cross-entropy") { benchmark in
    let logits = matrix(rows, actions)
    let targets = (0..<rows).map { Int32($0 % actions) }
    let weights = [Float](repeating: 1 / Float(rows), count: rows)
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      blackHole(
        CrossEntropy.lossInPlace(
          logits, classes: [actions], targets: targets.span, weights: weights.span, smoothing: 0))
    }
  }
  Benchmark("Adam, inward weights") { benchmark in
    let (gradient, parameters) = (matrix(inner, width), matrix(inner, width))
    let (first, second) = (Matrix(rows: inner, columns: width), Matrix(rows: inner, columns: width))
    let step = AdamStep(
      step: 1, rate: 1e-6, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.01,
      gradientScale: 1)
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      step.apply(
        gradient: gradient, firstMoment: first, secondMoment: second, to: parameters)
    }
  }
}

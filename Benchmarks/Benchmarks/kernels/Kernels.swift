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
  BLAS.useOneThreadPerCall()
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

/// One head over one window, all of its rows at once.
private func attentionBenchmarks() {
  func scores() -> Matrix {
    Arena(capacity: tokens * Arena.footprint(of: tokens))
      .paddedMatrix(rows: tokens, columns: tokens)
  }
  let headWidth = width / heads
  let scale = 1 / Float(headWidth).squareRoot()
  Benchmark("attention, one head, forward") { benchmark in
    let x = matrix(tokens, 3 * width)
    let (q, k) = (x[columns: 0..<headWidth], x[columns: width..<width + headWidth])
    let v = x[columns: 2 * width..<2 * width + headWidth]
    let (weights, kept, out) = (scores(), matrix(2, tokens), matrix(tokens, headWidth))
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      multiply(q, k.transposed, into: weights, scale: scale)
      CausalSoftmax.forwardInPlace(weights, first: 0, keeping: kept)
      multiply(weights, v, into: out)
    }
  }
  Benchmark("attention, one head, backward") { benchmark in
    let (x, d) = (matrix(tokens, 3 * width), matrix(tokens, 3 * width))
    func part(_ x: Matrix, _ index: Int) -> Matrix {
      x[columns: index * width..<index * width + headWidth]
    }
    let (weights, dweights, kept) = (scores(), scores(), matrix(2, tokens))
    let dout = matrix(tokens, headWidth)
    multiply(part(x, 0), part(x, 1).transposed, into: weights, scale: scale)
    CausalSoftmax.forwardInPlace(weights, first: 0, keeping: kept)
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
      multiply(part(x, 0), part(x, 1).transposed, into: weights, scale: scale)
      CausalSoftmax.repeatInPlace(weights, first: 0, keeping: kept)
      multiply(dout, part(x, 2).transposed, into: dweights)
      multiply(weights.transposed, dout, into: part(d, 2))
      CausalSoftmax.backwardInPlace(of: weights, first: 0, dweights)
      multiply(dweights, part(x, 1), into: part(d, 0), scale: scale)
      multiply(dweights.transposed, part(x, 0), into: part(d, 1), scale: scale)
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
  Benchmark("GELU, forward") { benchmark in
    let (x, y) = (matrix(rows, inner), matrix(rows, inner))
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations { GELU.forward(x, into: y) }
  }
  Benchmark("GELU, backward") { benchmark in
    // In place, so that it goes on from what it left: the same work on other numbers.
    let (x, dy) = (matrix(rows, inner), matrix(rows, inner))
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations { GELU.backwardInPlace(of: x, dy) }
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
          logits, targets: targets.span, weights: weights.span, smoothing: 0))
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

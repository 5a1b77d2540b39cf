// A network from what an agent is shown to a row of features: convolutions over a picture or embeddings of
// categories, then linear layers. A vector goes to the linear layers as it is; without any but the last, features are
// a linear map of a vector and the sum of the embeddings of categories.
// In order: its stages and tensors, its parameters, forward, and beneath it backward.
//
// Pictures are passed in chunks whose patches stay in cache; what a picture comes to depends on no other.

package import LinearAlgebra
package import Randomness

/// A tensor of a network's parameters.
public struct NetworkTensor: Hashable, Sendable {
  /// The name in files, such as `0.weight`.
  public let name: String
  /// Outputs of a weight; 1 of a gain or bias; places × categories of embeddings.
  public let rows: Int
  /// Inputs of a weight: of a convolution, patch rows × patch columns × channels. Outputs of embeddings.
  public let columns: Int
  /// The deviation of its first values about `mean`.
  public let deviation: Double
  /// The mean of its first values.
  public let mean: Double
  /// Whether it holds embeddings, a row for each category of each place.
  public let isTable: Bool
  /// Whether it multiplies: weights do; embeddings, gains and biases do not.
  public var isWeight: Bool { deviation > 0 && !isTable }

  init(
    name: String, rows: Int, columns: Int, deviation: Double, mean: Double, isTable: Bool = false
  ) {
    self.name = name
    self.rows = rows
    self.columns = columns
    self.deviation = deviation
    self.mean = mean
    self.isTable = isTable
  }
}

/// The shape of a network over pictures or plain rows of floats.
package struct SightNetwork: Sendable {
  /// One step of the network.
  enum Stage: Sendable, Equatable {
    /// A convolution with the linear map of a number.
    case convolution(SlidingWindow, Int)
    /// Layer normalisation of each pixel's channels, with the gain and bias of a number.
    case normalisation(Int)
    /// max(0, x), in place.
    case rectifier
    case pooling(SlidingWindow)
    /// x + conv(max(0, conv(max(0, x)))), with two linear maps from a number on.
    case residual(SlidingWindow, Int)
    /// The dropout of a site.
    case dropout(Int)
    /// The sum of an embedding for each place, by its category, of which there are a number.
    case embedding(categories: Int)
    case linear(Int)
  }

  /// The floats of one input.
  package let inputs: Int
  /// The floats of one output.
  package let outputs: Int
  /// The tensors, in the order of `Parameters`.
  package private(set) var tensors: [NetworkTensor] = []
  let dropoutRate: Double
  private(set) var stages: [Stage] = []
  /// The floats that each stage makes of an input, and the channels of each pixel.
  private(set) var sizes: [(size: Int, channels: Int)] = []
  private(set) var linearCount = 0
  private(set) var normCount = 0
  private var dropoutCount = 0

  /// The network of some settings.
  /// - Parameters:
  ///   - outputs: The width of the last linear layer, which is not rectified.
  ///   - outputDeviation: The deviation of its outputs at first, where its inputs have unit size.
  /// - Precondition: The settings have no problems.
  package init(
    _ settings: SightSettings, shape: SightShape, outputs: Int, outputDeviation: Double
  ) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    inputs = shape.size
    self.outputs = outputs
    dropoutRate = settings.dropout
    var (rows, columns, channels) = (shape.rows, shape.columns, shape.channels)
    func window(_ kernel: Int, _ stride: Int) -> SlidingWindow {
      SlidingWindow(
        rows: rows, columns: columns, channels: channels, kernel: kernel, stride: stride)
    }
    func slide(_ window: SlidingWindow) {
      (rows, columns) = (window.placeRows, window.placeColumns)
    }
    let isPicture = rows > 1 || columns > 1
    for block in settings.channels.indices where isPicture {
      let convolution = window(settings.kernels[block], settings.strides[block])
      slide(convolution)
      channels = settings.channels[block]
      let size = rows * columns * channels
      add(
        .convolution(
          convolution, addLinear(from: convolution.patchSize, to: channels, gain: 2)), size,
        channels)
      if settings.normalises { add(.normalisation(addNorm(of: channels)), size, channels) }
      if settings.residualUnits == 0 { add(.rectifier, size, channels) }
      if settings.poolKernel > 1 || settings.poolStride > 1 {
        let pool = window(settings.poolKernel, settings.poolStride)
        slide(pool)
        add(.pooling(pool), rows * columns * channels, channels)
      }
      for _ in 0..<settings.residualUnits {
        let inner = window(3, 1)
        let first = addLinear(from: inner.patchSize, to: channels, gain: 2)
        // So that many units together keep the size of what they are added to.
        _ = addLinear(from: inner.patchSize, to: channels, gain: 2 / Double(settings.residualUnits))
        add(.residual(inner, first), rows * columns * channels, channels)
      }
      if settings.dropout > 0 {
        add(.dropout(dropoutCount), rows * columns * channels, channels)
        dropoutCount += 1
      }
    }
    if isPicture && settings.residualUnits > 0 && !settings.channels.isEmpty {
      add(.rectifier, rows * columns * channels, channels)
    }
    var width = rows * columns * channels
    var widths = settings.widths[...]
    if let categories = shape.categories {
      let isLast = widths.isEmpty
      let next = widths.popFirst() ?? outputs
      let gain = isLast ? outputDeviation * outputDeviation : 2
      tensors.append(
        NetworkTensor(
          name: "embedding.weight", rows: width * categories, columns: next,
          deviation: (gain / Double(width)).squareRoot(), mean: 0, isTable: true))
      add(.embedding(categories: categories), next, next)
      if isLast { return }
      add(.rectifier, next, next)
      width = next
    }
    for next in widths {
      add(.linear(addLinear(from: width, to: next, gain: 2)), next, next)
      add(.rectifier, next, next)
      width = next
    }
    add(
      .linear(addLinear(from: width, to: outputs, gain: outputDeviation * outputDeviation)),
      outputs, outputs)
  }

  private mutating func add(_ stage: Stage, _ size: Int, _ channels: Int) {
    stages.append(stage)
    sizes.append((size, channels))
  }

  /// Adds the tensors of a linear map whose outputs have a variance of `gain` times the mean square of
  /// its inputs (He et al. 2015, arXiv:1502.01852).
  private mutating func addLinear(from inputs: Int, to outputs: Int, gain: Double) -> Int {
    tensors.append(
      NetworkTensor(
        name: "\(linearCount).weight", rows: outputs, columns: inputs,
        deviation: (gain / Double(inputs)).squareRoot(), mean: 0))
    tensors.append(
      NetworkTensor(name: "\(linearCount).bias", rows: 1, columns: outputs, deviation: 0, mean: 0))
    linearCount += 1
    return linearCount - 1
  }

  private mutating func addNorm(of channels: Int) -> Int {
    for (name, mean) in [("gain", 1.0), ("bias", 0.0)] {
      tensors.append(
        NetworkTensor(
          name: "norm\(normCount).\(name)", rows: 1, columns: channels, deviation: 0, mean: mean))
    }
    normCount += 1
    return normCount - 1
  }
}

extension SightNetwork {
  /// The parameters, or their gradient.
  package struct Parameters {
    /// The embeddings of categories, if those are seen: a row for each category of each place.
    let embeddings: Matrix?
    /// The linear maps and convolutions, in order.
    package let linears: [LinearParameters]
    let norms: [(gain: Matrix, bias: Matrix)]
  }

  /// The parameters that matrices hold, one for each of `tensors`.
  package func parameters(in matrices: [Matrix], isPacked: Bool = false) -> Parameters {
    precondition(
      matrices.count == tensors.count, "\(matrices.count) matrices for \(tensors.count) tensors")
    var linears: [LinearParameters] = []
    var norms: [(gain: Matrix, bias: Matrix)] = []
    // Embeddings come first and have no bias; everything else comes in pairs.
    let embeddings = tensors.first?.isTable == true ? matrices[0] : nil
    for first in stride(from: embeddings == nil ? 0 : 1, to: tensors.count, by: 2) {
      if tensors[first].isWeight {
        linears.append(
          LinearParameters(
            weight: matrices[first], bias: matrices[first + 1], isPacked: isPacked))
      } else {
        norms.append((matrices[first], matrices[first + 1]))
      }
    }
    return Parameters(embeddings: embeddings, linears: linears, norms: norms)
  }

  /// Fills matrices, one for each of `tensors`, as training begins.
  package func initialize(_ matrices: [Matrix], using random: inout Random) {
    for (tensor, matrix) in zip(tensors, matrices) {
      for index in 0..<matrix.rows {
        var row = matrix.mutableRow(index)
        for column in row.indices {
          row[column] =
            Float(tensor.mean)
            + (tensor.deviation > 0 ? Float(tensor.deviation) * random.normal() : 0)
        }
      }
    }
  }
}

/// What a pass of a network leaves for the pass back, and the memory of both.
package final class SightPass {
  package let network: SightNetwork
  /// The most inputs.
  package let capacity: Int
  /// Capacity × inputs, to be set before `forward`.
  package let input: Matrix
  private let made: [Matrix]
  private let moments: [Matrix]
  private let rectified: [Int: [Matrix]]
  private let chunk: Int
  private let patches: Matrix
  private let dpatches: Matrix
  private let gradients: [Matrix]

  /// About how many floats of patches stay in cache.
  private static let floatsInCache = 200_000

  /// Memory for up to `capacity` inputs.
  /// - Parameters:
  ///   - input: Shared with another pass over the same inputs; nil for memory of its own.
  ///   - isForBackward: Whether `backward` is ever called.
  package init(
    _ network: SightNetwork, capacity: Int, sharing input: Matrix? = nil,
    isForBackward: Bool = true
  ) {
    let input = input ?? Matrix(rows: capacity, columns: network.inputs)
    precondition(
      input.rows == capacity && input.columns == network.inputs,
      "\(input.rows) × \(input.columns) floats are not \(capacity) inputs of \(network.inputs)")
    self.network = network
    self.capacity = capacity
    self.input = input
    var made: [Matrix] = []
    var moments: [Matrix] = []
    var rectified: [Int: [Matrix]] = [:]
    var patchFloats = 1
    for (index, stage) in network.stages.enumerated() {
      let size = network.sizes[index].size
      switch stage {
      case .rectifier: made.append(made.last ?? input)
      case .normalisation:
        made.append(Matrix(rows: capacity, columns: size))
        moments.append(
          Matrix(rows: 2, columns: capacity * size / network.sizes[index].channels))
      case .residual:
        made.append(Matrix(rows: capacity, columns: size))
        rectified[index] = (0..<2).map { _ in Matrix(rows: capacity, columns: size) }
      default: made.append(Matrix(rows: capacity, columns: size))
      }
      switch stage {
      case .convolution(let window, _), .residual(let window, _):
        patchFloats = max(patchFloats, window.placeCount * window.patchSize)
      default: break
      }
    }
    self.made = made
    self.moments = moments
    self.rectified = rectified
    chunk = min(capacity, max(1, Self.floatsInCache / patchFloats))
    patches = Matrix(rows: 1, columns: chunk * patchFloats)
    dpatches = Matrix(rows: 1, columns: isForBackward ? chunk * patchFloats : 0)
    let widest = network.sizes.reduce(network.inputs) { max($0, $1.size) }
    let gradientFloats = isForBackward ? chunk * widest : 0
    gradients = (0..<3).map { _ in Matrix(rows: 1, columns: gradientFloats) }
  }

  /// The outputs of the first inputs, until the next pass.
  package func output(_ count: Int) -> Matrix { (made.last ?? input)[rows: 0..<count] }

  /// Passes the first inputs forward.
  /// - Parameters:
  ///   - noise: The seed of the dropout in training; nil without.
  ///   - first: The number of the first input within its batch, for the dropout.
  /// - Returns: count × outputs, until the next pass.
  package func forward(
    _ count: Int, _ p: SightNetwork.Parameters, noise: UInt32? = nil, first: Int = 0
  ) -> Matrix {
    precondition(count <= capacity, "\(count) inputs do not fit a pass of \(capacity)")
    for start in stride(from: 0, to: count, by: chunk) {
      let rows = start..<min(start + chunk, count)
      for index in network.stages.indices {
        forward(index, rows, p, noise: noise, first: first)
      }
    }
    return output(count)
  }

  private func forward(
    _ index: Int, _ rows: Range<Int>, _ p: SightNetwork.Parameters, noise: UInt32?, first: Int
  ) {
    let x = input(of: index)[rows: rows]
    let y = made[index][rows: rows]
    switch network.stages[index] {
    case .convolution(let window, let linear):
      convolve(window, x, p.linears[linear], addedTo: nil, into: y)
    case .normalisation(let norm):
      LayerNorm.forward(
        pixels(of: x, index), gain: p.norms[norm].gain, bias: p.norms[norm].bias,
        into: pixels(of: y, index), keeping: moments(norm, rows, index))
    case .rectifier: y.rectifyInPlace()
    case .pooling(let window): window.pool(x, into: y)
    case .residual(let window, let linear):
      let inner = (rectified[index] ?? []).map { $0[rows: rows] }
      inner[0].copy(from: x)
      inner[0].rectifyInPlace()
      convolve(window, inner[0], p.linears[linear], addedTo: nil, into: inner[1])
      inner[1].rectifyInPlace()
      convolve(window, inner[1], p.linears[linear + 1], addedTo: x, into: y)
    case .dropout(let site):
      y.copy(from: x)
      drop(y, rows, site: site, noise: noise, first: first)
    case .embedding(let categories):
      guard let table = p.embeddings else { return }
      y.fill(with: 0)
      for row in 0..<x.rows {
        forEachEmbedding(of: x.row(row), categories) { place in
          y[rows: row..<row + 1].add(table[rows: place..<place + 1])
        }
      }
    case .linear(let linear): Linear.forward(x, p.linears[linear], into: y)
    }
  }

  /// Undoes `forward` of as many inputs: adds to the gradients of the parameters.
  /// - Parameter doutput: count × outputs.
  package func backward(
    _ doutput: Matrix, _ p: SightNetwork.Parameters, into d: SightNetwork.Parameters,
    noise: UInt32? = nil, first: Int = 0
  ) {
    for start in stride(from: 0, to: doutput.rows, by: chunk) {
      let rows = start..<min(start + chunk, doutput.rows)
      var dy = gradient(0, rows.count, network.outputs)
      dy.copy(from: doutput[rows: rows])
      var from = 0
      for index in network.stages.indices.reversed() {
        let isFirst = index == 0
        let dx = gradient(1 - from, rows.count, input(of: index).columns)
        if network.stages[index] == .rectifier {
          // undoes: y = max(0, x)
          dy.rectifyBackwardInPlace(of: made[index][rows: rows])
          continue
        }
        backward(index, rows, p, dy, into: isFirst ? nil : dx, d, noise: noise, first: first)
        (dy, from) = (dx, 1 - from)
      }
    }
  }

  private func backward(
    _ index: Int, _ rows: Range<Int>, _ p: SightNetwork.Parameters, _ dy: Matrix,
    into dx: Matrix?, _ d: SightNetwork.Parameters, noise: UInt32?, first: Int
  ) {
    let x = input(of: index)[rows: rows]
    let y = made[index][rows: rows]
    switch network.stages[index] {
    case .convolution(let window, let linear):
      // undoes: y = conv(x)
      convolveBackward(of: window, x, p.linears[linear], dy, into: dx, d.linears[linear])
    case .normalisation(let norm):
      guard let dx else { return }
      LayerNorm.backward(
        of: pixels(of: x, index), gain: p.norms[norm].gain, keeping: moments(norm, rows, index),
        pixels(of: dy, index), into: pixels(of: dx, index), dgain: d.norms[norm].gain,
        dbias: d.norms[norm].bias, accumulating: false)
    case .rectifier: preconditionFailure("a rectifier is undone in place")
    case .pooling(let window):
      // undoes: y = pool(x)
      guard let dx else { return }
      dx.fill(with: 0)
      window.poolBackward(of: x, keeping: y, dy, addedTo: dx)
    case .residual(let window, let linear):
      // undoes: y = x + conv(max(0, conv(max(0, x))))
      guard let dx else { return }
      let inner = (rectified[index] ?? []).map { $0[rows: rows] }
      let dinner = gradient(2, rows.count, dy.columns)
      convolveBackward(
        of: window, inner[1], p.linears[linear + 1], dy, into: dinner, d.linears[linear + 1])
      dinner.rectifyBackwardInPlace(of: inner[1])
      convolveBackward(of: window, inner[0], p.linears[linear], dinner, into: dx, d.linears[linear])
      dx.rectifyBackwardInPlace(of: inner[0])
      dx.add(dy)
    case .dropout(let site):
      guard let dx else { return }
      dx.copy(from: dy)
      drop(dx, rows, site: site, noise: noise, first: first)
    case .embedding(let categories):
      guard let table = d.embeddings else { return }
      for row in 0..<x.rows {
        forEachEmbedding(of: x.row(row), categories) { place in
          table[rows: place..<place + 1].add(dy[rows: row..<row + 1])
        }
      }
    case .linear(let linear):
      Linear.backward(of: x, p.linears[linear], dy, into: dx, d.linears[linear])
    }
  }

  /// The row of the table for each place of an input.
  private func forEachEmbedding(of x: Span<Float>, _ categories: Int, _ body: (Int) -> Void) {
    for place in x.indices { body(place * categories + Int(x[place])) }
  }

  private func convolve(
    _ window: SlidingWindow, _ x: Matrix, _ p: LinearParameters, addedTo residual: Matrix?,
    into y: Matrix
  ) {
    let patches = patches(of: window, x.rows, in: self.patches)
    window.takePatches(of: x, into: patches)
    let places = (rows: patches.rows, columns: y.count / patches.rows)
    let output = y.reshaped(rows: places.rows, columns: places.columns)
    if let residual {
      Linear.forward(
        patches, p, addedTo: residual.reshaped(rows: places.rows, columns: places.columns),
        into: output)
    } else {
      Linear.forward(patches, p, into: output)
    }
  }

  private func convolveBackward(
    of window: SlidingWindow, _ x: Matrix, _ p: LinearParameters, _ dy: Matrix, into dx: Matrix?,
    _ d: LinearParameters
  ) {
    let patches = patches(of: window, x.rows, in: self.patches)
    window.takePatches(of: x, into: patches)
    let doutput = dy.reshaped(rows: patches.rows, columns: dy.count / patches.rows)
    guard let dx else {
      Linear.backward(of: patches, p, doutput, into: nil, d)
      return
    }
    let dpatches = self.patches(of: window, x.rows, in: self.dpatches)
    Linear.backward(of: patches, p, doutput, into: dpatches, d)
    dx.fill(with: 0)
    window.takePatchesBackward(dpatches, addedTo: dx)
  }

  private func patches(of window: SlidingWindow, _ pictures: Int, in memory: Matrix) -> Matrix {
    let rows = pictures * window.placeCount
    return memory[columns: 0..<rows * window.patchSize]
      .reshaped(rows: rows, columns: window.patchSize)
  }

  private func gradient(_ number: Int, _ rows: Int, _ columns: Int) -> Matrix {
    gradients[number][columns: 0..<rows * columns].reshaped(rows: rows, columns: columns)
  }

  private func input(of index: Int) -> Matrix { index == 0 ? input : made[index - 1] }

  /// A row for each pixel.
  private func pixels(of x: Matrix, _ index: Int) -> Matrix {
    let channels = network.sizes[index].channels
    return x.reshaped(rows: x.count / channels, columns: channels)
  }

  private func moments(_ norm: Int, _ rows: Range<Int>, _ index: Int) -> Matrix {
    let pixels = network.sizes[index].size / network.sizes[index].channels
    return moments[norm][columns: rows.lowerBound * pixels..<rows.upperBound * pixels]
  }

  private func drop(_ x: Matrix, _ rows: Range<Int>, site: Int, noise: UInt32?, first: Int) {
    guard let noise else { return }
    let dropout = Dropout(
      rate: network.dropoutRate, key: Dropout.key(seed: noise, site: site, window: 0))
    x.dropInPlace(dropout, first: (first + rows.lowerBound) * x.columns)
  }
}

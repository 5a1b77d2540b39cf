// A small rectified network on observations. In order: its shape, its parameters, its activations, forward for
// one state, backward for many.
//
// Where cells are seen, the first layer multiplies nothing: it sums the rows of a table that the observation's
// components select. Where vectors are, it is a product like the others. Forward takes one state because learners act one state at a time; backward takes all
// states of an update, because it is made of matrix products.

internal import Layers
package import LinearAlgebra
package import Randomness
package import Tasks

/// The shape of a network: one-hot components or a vector, rectified hidden layers of one width, linear outputs.
package struct MultilayerPerceptron: Sendable {
  /// The number of values of each observed component; empty where a vector is seen.
  package let observationSizes: [Int]
  /// What makes a vector of an observation; nil where cells are seen.
  private let vector: SightInput?
  /// The inputs of the first layer.
  private let inputs: Int
  /// About how many of the inputs are of unit size at once.
  private let activeInputs: Int
  /// The number of hidden layers, at least 1.
  package let hiddenLayers: Int
  /// The width of each.
  package let width: Int
  package let outputs: Int

  /// A shape that sees cells. A network that is shown nothing sees one component that never changes.
  package init(observationSizes: [Int], hiddenLayers: Int, width: Int, outputs: Int) {
    let sizes = observationSizes.isEmpty ? [1] : observationSizes
    self.init(
      sizes, vector: nil, inputs: sizes.reduce(0, +), activeInputs: sizes.count,
      hiddenLayers: hiddenLayers, width: width, outputs: outputs)
  }

  /// A shape that sees what tasks with an interface show: cells, or what their observations carry.
  /// - Precondition: Nothing must be drawn to be seen.
  package init(_ interface: TaskInterface, hiddenLayers: Int, width: Int, outputs: Int) {
    guard interface.sight.isCarried else {
      self.init(
        observationSizes: interface.observationSizes, hiddenLayers: hiddenLayers, width: width,
        outputs: outputs)
      return
    }
    let vector = SightInput(interface, renderer: nil)
    var active = vector.shape.size
    if case .categories = interface.sight { active = interface.sight.carriedCount }
    self.init(
      [], vector: vector, inputs: vector.shape.size, activeInputs: active,
      hiddenLayers: hiddenLayers, width: width, outputs: outputs)
  }

  private init(
    _ observationSizes: [Int], vector: SightInput?, inputs: Int, activeInputs: Int,
    hiddenLayers: Int, width: Int, outputs: Int
  ) {
    precondition(
      hiddenLayers >= 1 && width >= 1 && outputs >= 1,
      "\(hiddenLayers) layers × \(width) and \(outputs) outputs make no network")
    self.observationSizes = observationSizes
    self.vector = vector
    self.inputs = inputs
    self.activeInputs = activeInputs
    self.hiddenLayers = hiddenLayers
    self.width = width
    self.outputs = outputs
  }

  /// The number of floats that hold the parameters, padding included.
  package var parameterCount: Int { Arena.footprint(of: shapes) }

  /// The tensors in order: table, weights of the further layers, biases, output weights and bias.
  private var shapes: [(rows: Int, columns: Int)] {
    [(inputs, width)]
      + Array(repeating: (width, width), count: hiddenLayers - 1)
      + Array(repeating: (1, width), count: hiddenLayers)
      + [(outputs, width), (1, outputs)]
  }

  /// The rows of the table that an observation selects, one for each component.
  func tableRows(of observation: Observation) -> SIMD4<Int32> {
    var rows = SIMD4<Int32>.zero
    var first = 0
    for component in observationSizes.indices {
      rows[component] = Int32(first + Int(observation.components[component]))
      first += observationSizes[component]
    }
    return rows
  }
}

extension MultilayerPerceptron {
  /// The parameters, or their gradient, as views of one row of floats.
  package struct Parameters {
    /// One row for each value of each component, or each number of a vector, × width.
    package let table: Matrix
    /// Width × width, for each hidden layer but the first.
    package let weights: [Matrix]
    /// 1 × width, for each hidden layer.
    package let biases: [Matrix]
    /// Outputs × width.
    package let outputWeights: Matrix
    /// 1 × outputs.
    package let outputBias: Matrix
  }

  /// The parameters that lie in a row of `parameterCount` floats.
  package func parameters(in vector: Matrix) -> Parameters {
    let tensors = vector.split(into: shapes)
    return Parameters(
      table: tensors[0], weights: Array(tensors[1..<hiddenLayers]),
      biases: Array(tensors[hiddenLayers..<2 * hiddenLayers]),
      outputWeights: tensors[2 * hiddenLayers], outputBias: tensors[2 * hiddenLayers + 1])
  }

  /// Draws parameters: normal weights that keep the variance of rectified activations
  /// (He et al. 2015, arXiv:1502.01852), where the inputs of the first layer are as many as are of unit size;
  /// biases of zero.
  /// - Parameter outputScale: The deviation of the outputs where activations have unit size.
  package func initialize(
    _ parameters: Parameters, outputScale: Float, using random: inout Random
  ) {
    draw(parameters.table, deviation: (2 / Float(activeInputs)).squareRoot(), using: &random)
    for weights in parameters.weights {
      draw(weights, deviation: (2 / Float(width)).squareRoot(), using: &random)
    }
    draw(
      parameters.outputWeights, deviation: outputScale / Float(width).squareRoot(), using: &random)
    for biases in parameters.biases { biases.fill(with: 0) }
    parameters.outputBias.fill(with: 0)
  }

  private func draw(_ weights: Matrix, deviation: Float, using random: inout Random) {
    for index in 0..<weights.rows {
      var row = weights.mutableRow(index)
      for column in row.indices { row[column] = deviation * random.normal() }
    }
  }
}

extension MultilayerPerceptron {
  /// What forward leaves for backward, one row for each state, and backward's own memory.
  package struct Activations {
    /// States × inputs, where a vector is seen.
    let input: Matrix?
    /// States × width, for each hidden layer.
    let hidden: [Matrix]
    /// States × outputs.
    package let output: Matrix
    /// States × outputs: the gradient of the loss by the outputs, to be set before backward.
    package let outputGradient: Matrix
    /// States × width, twice: the gradient by a layer and by the layer before.
    let hiddenGradients: [Matrix]
  }

  /// Memory for up to `states` states.
  package func activations(states: Int) -> Activations {
    let arena = Arena(
      capacity: (hiddenLayers + 2) * Arena.footprint(of: states * width)
        + 2 * Arena.footprint(of: states * outputs))
    return Activations(
      input: vector.map { _ in Matrix(rows: states, columns: inputs) },
      hidden: (0..<hiddenLayers).map { _ in arena.matrix(rows: states, columns: width) },
      output: arena.matrix(rows: states, columns: outputs),
      outputGradient: arena.matrix(rows: states, columns: outputs),
      hiddenGradients: (0..<2).map { _ in arena.matrix(rows: states, columns: width) })
  }

  /// Computes the outputs of one state.
  ///
  /// h₁ = max(0, b₁ + Σ table rows) or max(0, b₁ + x · table), h_{l+1} = max(0, b_{l+1} + h_l · W_l), y = b + h_L · Wᵀ.
  /// - Parameters:
  ///   - observation: What is seen in the state.
  ///   - parameters: Of this shape.
  ///   - activations: The row `row` of each is overwritten.
  package func forward(
    _ observation: Observation, _ parameters: Parameters, into activations: Activations, row: Int
  ) {
    let state = row
    let row = row..<row + 1
    let first = activations.hidden[0][rows: row]
    if let vector, let input = activations.input {
      var drawn: [UInt8] = []
      vector.read(observation, into: input, row: state, drawingIn: &drawn)
      multiply(input[rows: row], parameters.table, into: first, bias: parameters.biases[0])
      first.rectifyInPlace()
    } else {
      Network.lookUp(
        tableRows(of: observation), count: observationSizes.count, in: parameters.table,
        bias: parameters.biases[0], into: first)
    }
    for layer in 1..<hiddenLayers {
      Network.rectified(
        activations.hidden[layer - 1][rows: row], parameters.weights[layer - 1],
        bias: parameters.biases[layer], into: activations.hidden[layer][rows: row])
    }
    Network.linear(
      activations.hidden[hiddenLayers - 1][rows: row], parameters.outputWeights,
      bias: parameters.outputBias, into: activations.output[rows: row])
  }

  /// Overwrites `gradient` with the gradient of a loss by the parameters, summed over states.
  /// - Parameters:
  ///   - observations: The states that forward has seen, in the order of the rows.
  ///   - activations: As forward left them, with the loss's gradient by the outputs.
  ///   - parameters: As forward had them.
  package func backward(
    _ observations: [Observation], _ activations: Activations, _ parameters: Parameters,
    into gradient: Parameters
  ) {
    let rows = 0..<observations.count
    let dOutput = activations.outputGradient[rows: rows]
    let last = activations.hidden[hiddenLayers - 1][rows: rows]
    var dHidden = activations.hiddenGradients[0][rows: rows]
    var dEarlier = activations.hiddenGradients[1][rows: rows]
    // undoes: y = b + h · Wᵀ
    gradient.outputBias.fill(with: 0)
    gradient.outputBias.addSumOfRows(of: dOutput)
    multiply(dOutput.transposed, last, into: gradient.outputWeights)
    multiply(dOutput, parameters.outputWeights, into: dHidden)
    for layer in stride(from: hiddenLayers - 1, to: 0, by: -1) {
      // undoes: h = max(0, b + e · W), with e the layer before
      Network.rectifierBackward(
        of: activations.hidden[layer][rows: rows], inPlace: dHidden, bias: gradient.biases[layer])
      let earlier = activations.hidden[layer - 1][rows: rows]
      multiply(earlier.transposed, dHidden, into: gradient.weights[layer - 1])
      multiply(dHidden, parameters.weights[layer - 1].transposed, into: dEarlier)
      swap(&dHidden, &dEarlier)
    }
    // undoes: h = max(0, b + Σ table rows) or max(0, b + x · table)
    Network.rectifierBackward(
      of: activations.hidden[0][rows: rows], inPlace: dHidden, bias: gradient.biases[0])
    if let input = activations.input {
      multiply(input[rows: rows].transposed, dHidden, into: gradient.table)
      return
    }
    gradient.table.fill(with: 0)
    for index in rows { addToTable(gradient.table, dHidden.row(index), of: observations[index]) }
  }

  private func addToTable(_ table: Matrix, _ dHidden: Span<Float>, of observation: Observation) {
    let selected = tableRows(of: observation)
    for component in observationSizes.indices {
      var row = table.mutableRow(Int(selected[component]))
      for column in row.indices { row[column] += dHidden[column] }
    }
  }
}

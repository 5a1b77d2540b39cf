// The network against PyTorch and against differences of a plain one, and what must hold of it whatever its
// numbers are.

import Layers
import LinearAlgebra
import Tasks
import TestSupport
import Testing

@Suite struct `A network that looks` {
  /// Each a file `data/golden/sight-<variant>.safetensors`.
  static let variants = ["small", "dropout", "paper", "residual", "vector"]

  private struct Golden {
    let file: GoldenFile
    let fast: FastSight
    let inputs: ReferenceMatrix
    let noise: UInt32

    init(_ variant: String) throws {
      let file = try GoldenFile(named: "sight-\(variant)")
      let sight = try file.sight()
      fast = try FastSight(
        try file.sightSettings(), sight: sight, outputs: try file.integer("outputs")
      ) { try file.tensor($0.name) }
      let table = try file.frames()
      let input = SightInput(FastSight.interface(sight), renderer: table)
      let read = Matrix(rows: table.frames.count, columns: input.shape.size)
      var bytes: [UInt8] = []
      for row in table.frames.indices {
        input.read(Observation(UInt8(row), 0), into: read, row: row, drawingIn: &bytes)
      }
      inputs = read.reference
      noise = UInt32(try file.integer("noiseSeed"))
      self.file = file
    }
  }

  @Test(arguments: variants, [1, 2, 10])
  func `puts out what PyTorch does however many inputs a pass holds`(
    variant: String, atOnce: Int
  ) throws {
    let golden = try Golden(variant)
    let found = golden.fast.outputs(of: golden.inputs, atOnce: atOnce, noise: golden.noise)
    let error = relativeError(found, expected: try golden.file.tensor("outputs"))
    #expect(error <= Tolerance.sightOutput)
  }

  @Test(arguments: variants, [1, 2, 10])
  func `has the gradients of PyTorch however many inputs a pass holds`(
    variant: String, atOnce: Int
  ) throws {
    let golden = try Golden(variant)
    let found = golden.fast.gradients(
      of: golden.inputs, weights: try golden.file.tensor("weights"), atOnce: atOnce,
      noise: golden.noise)
    for (tensor, gradient) in found {
      let expected = try golden.file.tensor("gradient/\(tensor.name)")
      let error = relativeError(gradient, expected: expected)
      #expect(error <= Tolerance.sightGradient, "\(tensor.name)")
    }
  }

  /// What is shown, with settings that have every stage alone and with others.
  static let forms: [(Sight, SightSettings)] = [
    (.image(rows: 5, columns: 6), settings { _ in }),
    (.image(rows: 6, columns: 5), settings { ($0.normalises, $0.channels) = (true, [6, 5]) }),
    (.image(rows: 6, columns: 7), settings { ($0.poolKernel, $0.poolStride) = (2, 2) }),
    (
      .image(rows: 6, columns: 5),
      settings {
        ($0.residualUnits, $0.strides) = (2, [1, 1])
        ($0.poolKernel, $0.poolStride) = (3, 2)
      }
    ),
    (
      .image(rows: 4, columns: 5),
      settings { ($0.normalises, $0.channels, $0.residualUnits) = (true, [6, 5], 1) }
    ),
    (
      .image(rows: 3, columns: 4), settings { ($0.channels, $0.kernels, $0.strides) = ([], [], []) }
    ),
    (.image(rows: 4, columns: 4), settings { $0.widths = [] }),
    (.vector(count: 4), settings { $0.widths = [5, 3] }),
    (.vector(count: 4), settings { $0.widths = [] }),
    (.floats(count: 5), settings { $0.widths = [4] }),
    (.tensor(shape: [5, 6]), settings { _ in }),
    (.tensor(shape: [4, 5, 2]), settings { _ in }),
    (.tensor(shape: [2, 1, 2, 1]), settings { $0.widths = [] }),
  ]

  private static func settings(_ change: (inout SightSettings) -> Void) -> SightSettings {
    var settings = SightSettings()
    (settings.channels, settings.kernels, settings.strides) = ([2, 3], [3, 2], [2, 1])
    settings.widths = [4]
    change(&settings)
    return settings
  }

  private static func network(_ form: (sight: Sight, settings: SightSettings)) -> FastSight {
    FastSight(form.settings, sight: form.sight, outputs: 3, values: FastSight.value)
  }

  @Test(arguments: forms)
  func `has gradients that differences of a plain network have`(
    form: (sight: Sight, settings: SightSettings)
  ) {
    let fast = Self.network(form)
    let shape = SightShape(FastSight.interface(form.sight))
    let inputs = ReferenceMatrix(rows: 2, columns: shape.size, key: 9)
    let weights = ReferenceMatrix(rows: 2, columns: 3, key: 10)
    let parameters = ReferenceParameters(
      fast.network.tensors.map { ($0.name, FastSight.value(of: $0)) })
    for (tensor, gradient) in fast.gradients(of: inputs, weights: weights) {
      let expected = centralDifferences(at: parameters[tensor.name]) { moved in
        var changed = parameters
        changed[tensor.name] = moved
        var sum = 0.0
        for row in 0..<2 {
          let seen = ReferencePicture(
            rows: shape.rows, columns: shape.columns, channels: shape.channels,
            values: Array(inputs.values[row * shape.size..<(row + 1) * shape.size]))
          let outputs = ReferenceSight.output(of: form.settings, changed, seeing: seen)
          for (column, output) in outputs.enumerated() { sum += output * weights[row, column] }
        }
        return sum
      }
      let error = relativeError(gradient, expected: expected)
      #expect(error <= Tolerance.sightGradient, "\(tensor.name)")
    }
  }

  /// The same network that sees a float for each category of each place, of which one is 1.
  @Test(arguments: [[], [4], [5, 3]])
  func `embeds categories as a linear map of one float for each would`(widths: [Int]) throws {
    let settings = Self.settings { $0.widths = widths }
    let (places, values, count) = (3, 4, 5)
    let table = FastSight(
      settings, sight: .categories(shape: [places], values: values), outputs: 3,
      values: FastSight.value)
    let plain = FastSight(settings, sight: .floats(count: places * values), outputs: 3) {
      tensor in
      let number = Int(tensor.name.prefix { $0 != "." }) ?? 0
      if tensor.name == "0.weight" {
        let embeddings = FastSight.value(of: table.network.tensors[0])
        return ReferenceMatrix(
          rows: tensor.rows, columns: tensor.columns,
          values: (0..<tensor.rows * tensor.columns).map {
            embeddings[$0 % tensor.columns, $0 / tensor.columns]
          })
      }
      if tensor.name == "0.bias" { return ReferenceMatrix(rows: 1, columns: tensor.columns) }
      let same = table.network.tensors[2 * (number - 1) + (tensor.isWeight ? 1 : 2)]
      return FastSight.value(of: same)
    }
    let seen = (0..<count * places).map { Double(7 * $0 * $0 % values) }
    let inputs = ReferenceMatrix(rows: count, columns: places, values: seen)
    let hot = ReferenceMatrix(
      rows: count, columns: places * values,
      values: seen.flatMap { category in (0..<values).map { Double($0) == category ? 1 : 0 } })
    let weights = ReferenceMatrix(rows: count, columns: 3, key: 10)
    let outputs = table.outputs(of: inputs, atOnce: 2)
    #expect(relativeError(outputs, expected: plain.outputs(of: hot)) <= Tolerance.sightOutput)
    let found = table.gradients(of: inputs, weights: weights, atOnce: 2).map(\.gradient)
    let expected = plain.gradients(of: hot, weights: weights).map(\.gradient)
    var transposed = ReferenceMatrix(rows: found[0].rows, columns: found[0].columns)
    for row in 0..<transposed.rows {
      for column in 0..<transposed.columns { transposed[row, column] = expected[0][column, row] }
    }
    #expect(relativeError(found[0], expected: transposed) <= Tolerance.sightGradient)
    for (found, expected) in zip(found[1...], expected[2...]) {
      #expect(relativeError(found, expected: expected) <= Tolerance.sightGradient)
    }
  }

  @Test func `embeddings begin with a size that their sum keeps, and do not decay as weights do`()
    throws
  {
    let network = SightNetwork(
      SightSettings(),
      shape: SightShape(FastSight.interface(.categories(shape: [7, 7], values: 9))),
      outputs: 3, outputDeviation: 1)
    let table = try #require(network.tensors.first)
    #expect(table.isTable && !table.isWeight)
    #expect(table.rows == 49 * 9 && table.columns == 128)
    // A sum of 49 has a variance of 2, as the layers after it keep it.
    #expect(abs(table.deviation * table.deviation * 49 - 2) <= Tolerance.exactArithmetic)
  }

  @Test func `reads what an observation carries`() {
    func read(_ sight: Sight, _ observation: Observation) -> [Float] {
      let input = SightInput(FastSight.interface(sight), renderer: nil)
      let read = Matrix(rows: 1, columns: input.shape.size)
      var bytes: [UInt8] = []
      input.read(observation, into: read, row: 0, drawingIn: &bytes)
      return read.values
    }
    #expect(read(.floats(count: 3), Observation(floats: [-2, 0.5, 7])) == [-2, 0.5, 7])
    #expect(read(.tensor(shape: [2, 1]), Observation(bytes: [0, 255])) == [-1, 1])
    #expect(
      read(.categories(shape: [3], values: 4), Observation(bytes: [3, 0, 2])) == [3, 0, 2])
  }

  /// Fifty default frames take three chunks.
  @Test func `makes the same bits of a frame alone and among fifty`() {
    let fast = FastSight(
      SightSettings(), sight: .image(rows: 18, columns: 24), outputs: 64, values: FastSight.value)
    let inputs = ReferenceMatrix(rows: 50, columns: fast.network.inputs, key: 9)
    let together = fast.outputs(of: inputs)
    #expect(fast.outputs(of: inputs, atOnce: 1) == together)
    #expect(fast.outputs(of: inputs, atOnce: 7) == together)
  }

  @Test func `is the same to the bit with packed weights and without`() {
    let form = Self.forms[3]
    let fast = Self.network(form)
    let inputs = ReferenceMatrix(rows: 5, columns: fast.network.inputs, key: 9)
    let plain = fast.network.parameters(
      in: fast.network.tensors.map { Matrix(FastSight.value(of: $0)) })
    let pass = SightPass(fast.network, capacity: 5, isForBackward: false)
    pass.input.copy(from: Matrix(inputs))
    #expect(pass.forward(5, plain).reference == fast.outputs(of: inputs))
  }

  private static var dropping: SightSettings {
    settings { ($0.dropout, $0.widths) = (0.25, []) }
  }

  /// Without biases an output is as many times as large as each weight is, if the same elements are dropped on
  /// both ways: Σ weight · gradient is the sum itself (Euler).
  @Test(arguments: [UInt32(1), 2, 3])
  func `drops the same elements forward and backward`(noise: UInt32) {
    let fast = FastSight(
      Self.dropping, sight: .image(rows: 6, columns: 7), outputs: 3
    ) { tensor in
      tensor.isWeight
        ? FastSight.value(of: tensor) : ReferenceMatrix(rows: tensor.rows, columns: tensor.columns)
    }
    let inputs = ReferenceMatrix(rows: 8, columns: fast.network.inputs, key: 9)
    let weights = ReferenceMatrix(rows: 8, columns: 3, key: 10)
    let expected = fast.outputs(of: inputs, noise: noise).dot(weights)
    #expect(fast.outputs(of: inputs, noise: noise &+ 7).dot(weights) != expected)
    for (tensor, gradient) in fast.gradients(of: inputs, weights: weights, noise: noise)
    where tensor.isWeight {
      let found = gradient.dot(FastSight.value(of: tensor))
      #expect(abs(found - expected) <= Tolerance.sightGradient * abs(expected), "\(tensor.name)")
    }
  }

  /// The dropout of a block acts on 30 floats of an input or more; 4,000 inputs of the same frame.
  @Test func `puts out on average what it does without dropout`() {
    var settings = Self.dropping
    (settings.channels, settings.kernels, settings.strides) = ([3], [3], [2])
    let fast = FastSight(
      settings, sight: .image(rows: 6, columns: 7), outputs: 3, values: FastSight.value)
    let frame = ReferenceMatrix(rows: 1, columns: fast.network.inputs, key: 9)
    let count = 4_000
    let inputs = ReferenceMatrix(
      rows: count, columns: frame.columns,
      values: (0..<count).flatMap { _ in frame.values })
    let dropped = fast.outputs(of: inputs, noise: 5)
    let whole = fast.outputs(of: frame)
    for column in 0..<3 {
      let found = (0..<count).map { dropped[$0, column] }
      let mean = found.reduce(0, +) / Double(count)
      let variance = found.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
      let deviation = (variance / Double(count)).squareRoot()
      #expect(variance > 0)
      #expect(abs(mean - whole[0, column]) <= 4 * deviation)
    }
  }

  @Test func `draws bytes as numbers from −1 to 1`() {
    let table = FrameTable([[0, 51, 255]])
    let input = SightInput(FastSight.interface(.vector(count: 3)), renderer: table)
    let read = Matrix(rows: 1, columns: 3)
    var bytes: [UInt8] = []
    input.read(Observation(0, 0), into: read, row: 0, drawingIn: &bytes)
    for (found, expected) in zip(read.reference.values, [-1, -0.6, 1]) {
      #expect(abs(found - expected) <= Tolerance.elementary)
    }
  }

  @Test func `reads a component as one float for each value`() {
    let interface = TaskInterface(
      observationSizes: [3, 2], actionCount: 2, episodeLength: 1, rewards: [0])
    let read = Matrix(rows: 1, columns: 5)
    read.fill(with: 7)
    var bytes: [UInt8] = []
    SightInput(interface, renderer: nil)
      .read(Observation(2, 0), into: read, row: 0, drawingIn: &bytes)
    #expect(read.values == [0, 0, 1, 1, 0])
  }

  @Test func `has possible settings by default`() {
    #expect(SightSettings().problems.isEmpty)
  }

  @Test func `names every impossible setting`() {
    var settings = SightSettings()
    (settings.channels, settings.kernels, settings.strides) = ([0, 4], [65], [0])
    (settings.widths, settings.poolKernel, settings.poolStride) = ([0], 0, 0)
    (settings.residualUnits, settings.dropout) = (-1, 1)
    #expect(
      settings.problems.map(\.key) == [
        "channels", "kernels", "strides", "widths", "poolKernel", "poolStride", "residualUnits",
        "kernels", "strides", "dropout",
      ])
  }
}

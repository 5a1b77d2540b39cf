// The tensors of a model in one arena: the parameters, or their gradients, or a moment of them.

internal import Foundation
internal import Layers
public import LinearAlgebra
public import Randomness
internal import Tasks

/// A matrix for each tensor of a configuration, all in one block of memory.
public final class Parameters {
  /// What the shapes follow from.
  public let configuration: ModelConfiguration
  /// The tensors, in order, with their matrices.
  public let tensors: [(tensor: ParameterTensor, matrix: Matrix)]
  /// The whole block as one row, padding included, which stays zero.
  public let all: Matrix

  let embedding: EmbeddingParameters
  /// Of a transformer.
  let layers: [LayerParameters]
  /// Of a recurrent model.
  let recurrent: [RecurrentParameters]
  let finalNorm: NormParameters?
  let head: LinearParameters
  let value: LinearParameters?
  private let packable: [(packed: PackedWeight?, weight: Matrix)]

  /// Zeros in the shapes of a configuration.
  public convenience init(_ configuration: ModelConfiguration) {
    let size = Arena.footprint(
      of: ParameterTensor.all(of: configuration).map { $0.shape(in: configuration) })
    self.init(configuration, in: Matrix(rows: 1, columns: size), isPacked: false)
  }

  /// The same floats as another's, with weights that are also kept in the order of products: for many
  /// passes over them, before which `pack(_:)` must follow every change.
  public convenience init(packing other: Parameters) {
    self.init(other.configuration, in: other.all, isPacked: true)
  }

  private init(_ configuration: ModelConfiguration, in all: Matrix, isPacked: Bool) {
    self.configuration = configuration
    self.all = all
    let list = ParameterTensor.all(of: configuration)
    let matrices = Dictionary(
      uniqueKeysWithValues: zip(list, all.split(into: list.map { $0.shape(in: configuration) })))
    let matrix: (ParameterTensor) -> Matrix = { tensor in
      guard let matrix = matrices[tensor] else {
        preconditionFailure("no tensor \(tensor.name) in \(configuration)")
      }
      return matrix
    }
    tensors = list.map { ($0, matrix($0)) }
    let isRecurrent = configuration.model.architecture == .lstm
    let sight = configuration.sightNetwork.map { network in
      network.parameters(in: network.tensors.map { matrix(.sight($0)) }, isPacked: isPacked)
    }
    embedding = EmbeddingParameters(
      observations: list.compactMap { tensor in
        if case .observation = tensor { matrix(tensor) } else { nil }
      },
      isOrdinal: configuration.model.ordinalObservations, sight: sight, action: matrix(.action),
      choices: ActionChoices(configuration.interface.actionFactors),
      rewardWeight: matrix(.rewardWeight), rewardBias: matrix(.rewardBias),
      rewardScale: configuration.interface.rewardScale,
      start: matrix(isRecurrent ? .recurrent(0, .bias) : .position), hasPositions: !isRecurrent)
    layers =
      isRecurrent
      ? []
      : (0..<configuration.model.layers).map { layer in
        LayerParameters(isPacked: isPacked) { matrix(.layer(layer, $0)) }
      }
    recurrent =
      isRecurrent
      ? (0..<configuration.model.layers).map { layer in
        RecurrentParameters(layer: layer, isPacked: isPacked) { matrix(.recurrent(layer, $0)) }
      } : []
    finalNorm =
      configuration.model.normPlacement == .pre && !isRecurrent
      ? NormParameters(gain: matrix(.normGain), bias: matrix(.normBias)) : nil
    head = LinearParameters(
      weight: matrix(.headWeight), bias: matrix(.headBias), isPacked: isPacked)
    value =
      configuration.predicts == .actionsAndReturn
      ? LinearParameters(
        weight: matrix(.valueWeight), bias: matrix(.valueBias), isPacked: isPacked) : nil
    let linears =
      layers.flatMap { [$0.queryKeyValue, $0.projection, $0.inward, $0.outward] }
      + recurrent.compactMap(\.input) + [head] + [value].compactMap(\.self)
      + (sight?.linears ?? [])
    packable =
      linears.map { ($0.packed, $0.weight) }
      + recurrent.map { ($0.recurrent.packed, $0.recurrent.weight) }
  }

  /// Which floats of `all` are gradients that a backward pass finishes together, in the order in which it does: what
  /// predicts, then a transformer's layers from the last to the first, then all else.
  public var stages: [Range<Int>] {
    let ends = tensors.map { $0.matrix.count }.reduce(into: [0]) { ends, count in
      ends.append(ends[ends.count - 1] + Arena.footprint(of: count))
    }
    let predicting = tensors.firstIndex { tensor, _ in
      tensor == .normGain || tensor == .headWeight
    }
    guard let predicting else { preconditionFailure("no tensor predicts among \(tensors.count)") }
    let firsts =
      [predicting] + layers.indices.map { predicting - ($0 + 1) * LayerTensor.allCases.count } + [0]
    return zip([tensors.count] + firsts, firsts).map { ends[$1]..<ends[$0] }
  }

  /// The number of weights that can be packed.
  public var weightCount: Int { packable.count }

  /// Packs one of the weights as it is now; does nothing if none are kept packed.
  public func pack(_ weight: Int) { packable[weight].packed?.pack(packable[weight].weight) }

  /// Parameters as training begins, from a seed: linear maps normal with variance 1 / (3 · inputs), those
  /// that feed the residual stream smaller by √(2 · layers) (Radford et al. 2019), gains one, biases zero but for
  /// those of an LSTM's gates, to which its embedding of rewards is fitted.
  public convenience init(_ configuration: ModelConfiguration, seed: Seed) {
    self.init(configuration)
    for (index, (tensor, matrix)) in tensors.enumerated() {
      var random = seed.random(for: "initialisation", index)
      switch tensor.initial(in: configuration) {
      case .constant(let value): matrix.fill(with: value)
      case .normal(let deviation):
        matrix.assign((0..<matrix.count).map { _ in Float(deviation) * random.normal() })
      case .forgetGateOpen:
        let cells = matrix.columns / 4
        matrix[columns: cells..<2 * cells].fill(with: 1)
      case .memory(let steps):
        let cells = matrix.columns / 4
        for cell in 0..<cells {
          let bias = random.uniform() * Float(log(Double(steps)))
          (matrix[0, cell], matrix[0, cells + cell]) = (-bias, bias)
        }
      }
    }
    if configuration.model.architecture == .lstm && configuration.model.chronoInitialisation {
      // A reward of 1 opens the input gates.
      for cell in 0..<configuration.model.width {
        embedding.rewardWeight[0, cell] -= embedding.start[0, cell]
      }
    }
  }

  public var count: Int { tensors.reduce(0) { $0 + $1.matrix.count } }
}

extension ModelConfiguration {
  /// The number of parameters of a model.
  public var parameterCount: Int {
    ParameterTensor.all(of: self).reduce(0) { sum, tensor in
      let shape = tensor.shape(in: self)
      return sum + shape.rows * shape.columns
    }
  }
}

/// The tensors of the embedding.
struct EmbeddingParameters {
  /// Of each component, where cells are seen.
  let observations: [Matrix]
  /// Whether a component is embedded as the sum of all rows up to its own.
  let isOrdinal: Bool
  /// Of the network that encodes what is seen otherwise.
  let sight: SightNetwork.Parameters?
  /// A row for each choice of each factor, and one for there being no previous action.
  let action: Matrix
  let choices: ActionChoices
  let rewardWeight: Matrix
  let rewardBias: Matrix
  /// What a reward is multiplied by before it is embedded.
  let rewardScale: Float
  /// What every token begins with: a row for each position, or the one bias of a recurrent model's gates.
  let start: Matrix
  let hasPositions: Bool
}

/// The gain and bias of a normalisation.
struct NormParameters {
  let gain: Matrix
  let bias: Matrix
}

/// The tensors of a block.
struct LayerParameters {
  let norm1: NormParameters
  let queryKeyValue: LinearParameters
  let projection: LinearParameters
  let norm2: NormParameters
  let inward: LinearParameters
  let outward: LinearParameters

  init(isPacked: Bool, _ matrix: (LayerTensor) -> Matrix) {
    func linear(_ weight: LayerTensor, _ bias: LayerTensor) -> LinearParameters {
      LinearParameters(weight: matrix(weight), bias: matrix(bias), isPacked: isPacked)
    }
    norm1 = NormParameters(gain: matrix(.norm1Gain), bias: matrix(.norm1Bias))
    queryKeyValue = linear(.queryKeyValueWeight, .queryKeyValueBias)
    projection = linear(.projectionWeight, .projectionBias)
    norm2 = NormParameters(gain: matrix(.norm2Gain), bias: matrix(.norm2Bias))
    inward = linear(.inWeight, .inBias)
    outward = linear(.outWeight, .outBias)
  }
}

/// The tensors of a layer of long short-term memory.
struct RecurrentParameters {
  /// From the layer beneath; the first layer has none.
  let input: LinearParameters?
  let recurrent: RecurrentWeight

  init(layer: Int, isPacked: Bool, _ matrix: (RecurrentTensor) -> Matrix) {
    input =
      layer == 0
      ? nil
      : LinearParameters(
        weight: matrix(.inputWeight), bias: matrix(.bias), isPacked: isPacked)
    recurrent = RecurrentWeight(matrix(.recurrentWeight), isPacked: isPacked)
  }
}

// The tensors of a model in one arena: the parameters, or their gradients, or a moment of them.

internal import Layers
public import LinearAlgebra
public import Randomness
internal import Tasks

/// A matrix for each tensor of a configuration, all in one block of memory.
public final class Parameters {
  /// What the shapes follow from.
  public let configuration: TransformerConfiguration
  /// The tensors, in order, with their matrices.
  public let tensors: [(tensor: ParameterTensor, matrix: Matrix)]
  /// The whole block as one row, padding included, which stays zero.
  public let all: Matrix

  let embedding: EmbeddingParameters
  let layers: [LayerParameters]
  let finalNorm: NormParameters?
  let head: LinearParameters
  private let linears: [LinearParameters]

  /// Zeros in the shapes of a configuration.
  public convenience init(_ configuration: TransformerConfiguration) {
    let size = ParameterTensor.all(of: configuration).reduce(0) { sum, tensor in
      let shape = tensor.shape(in: configuration)
      return sum + Arena.footprint(of: shape.rows * shape.columns)
    }
    self.init(configuration, in: Matrix(rows: 1, columns: size), isPacked: false)
  }

  /// The same floats as another's, with weights that are also kept in the order of products: for many
  /// passes over them, before which `pack(_:)` must follow every change.
  public convenience init(packing other: Parameters) {
    self.init(other.configuration, in: other.all, isPacked: true)
  }

  private init(_ configuration: TransformerConfiguration, in all: Matrix, isPacked: Bool) {
    self.configuration = configuration
    self.all = all
    let list = ParameterTensor.all(of: configuration)
    let shapes = list.map { $0.shape(in: configuration) }
    var offset = 0
    var matrices: [ParameterTensor: Matrix] = [:]
    for (tensor, shape) in zip(list, shapes) {
      let count = shape.rows * shape.columns
      matrices[tensor] = all[columns: offset..<offset + count]
        .reshaped(rows: shape.rows, columns: shape.columns)
      offset += Arena.footprint(of: count)
    }
    let matrix: (ParameterTensor) -> Matrix = { tensor in
      guard let matrix = matrices[tensor] else {
        preconditionFailure("no tensor \(tensor.name) in \(configuration)")
      }
      return matrix
    }
    tensors = list.map { ($0, matrix($0)) }
    let sight = configuration.sightNetwork.map { network in
      network.parameters(in: network.tensors.map { matrix(.sight($0)) }, isPacked: isPacked)
    }
    embedding = EmbeddingParameters(
      observations: list.compactMap { tensor in
        if case .observation = tensor { matrix(tensor) } else { nil }
      },
      sight: sight,
      action: matrix(.action), rewardWeight: matrix(.rewardWeight),
      rewardBias: matrix(.rewardBias), position: matrix(.position))
    layers = (0..<configuration.model.layers).map { layer in
      LayerParameters(isPacked: isPacked) { matrix(.layer(layer, $0)) }
    }
    finalNorm =
      configuration.model.normPlacement == .pre
      ? NormParameters(gain: matrix(.normGain), bias: matrix(.normBias)) : nil
    head = LinearParameters(
      weight: matrix(.headWeight), bias: matrix(.headBias), isPacked: isPacked)
    linears =
      layers.flatMap { [$0.queryKeyValue, $0.projection, $0.inward, $0.outward] } + [head]
      + (sight?.linears ?? [])
  }

  /// The number of weights that can be packed.
  public var weightCount: Int { linears.count }

  /// Packs one of the weights as it is now; does nothing if none are kept packed.
  public func pack(_ weight: Int) { linears[weight].packed?.pack(linears[weight].weight) }

  /// Parameters as training begins, from a seed: linear maps normal with variance 1 / (3 · inputs), those
  /// that feed the residual stream smaller by √(2 · layers) (Radford et al. 2019), gains one, biases zero.
  public convenience init(_ configuration: TransformerConfiguration, seed: Seed) {
    self.init(configuration)
    for (index, (tensor, matrix)) in tensors.enumerated() {
      var random = seed.random(for: "initialisation", index)
      switch tensor.initial(in: configuration) {
      case .constant(let value): matrix.fill(with: value)
      case .normal(let deviation):
        matrix.assign((0..<matrix.count).map { _ in Float(deviation) * random.normal() })
      }
    }
  }

  /// The number of parameters.
  public var count: Int { tensors.reduce(0) { $0 + $1.matrix.count } }
}

/// The tensors of the embedding.
struct EmbeddingParameters {
  /// Of each component, where cells are seen.
  let observations: [Matrix]
  /// Of the network that encodes what is seen otherwise.
  let sight: SightNetwork.Parameters?
  let action: Matrix
  let rewardWeight: Matrix
  let rewardBias: Matrix
  let position: Matrix
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

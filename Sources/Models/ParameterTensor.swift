// The list of tensors, said once: names, shapes, order in memory and in files, which decay and how
// each begins all follow from it.

public import Layers
internal import Tasks

/// A tensor of a block.
public enum LayerTensor: String, CaseIterable, Sendable {
  /// The gain of the first normalisation.
  case norm1Gain = "norm1.gain"
  /// The bias of the first normalisation.
  case norm1Bias = "norm1.bias"
  /// Queries, keys and values, in this order.
  case queryKeyValueWeight = "attention.qkv.weight"
  /// The bias of queries, keys and values.
  case queryKeyValueBias = "attention.qkv.bias"
  /// From the heads back to the residual stream.
  case projectionWeight = "attention.projection.weight"
  case projectionBias = "attention.projection.bias"
  /// The gain of the second normalisation.
  case norm2Gain = "norm2.gain"
  /// The bias of the second normalisation.
  case norm2Bias = "norm2.bias"
  /// Into the feed-forward layer.
  case inWeight = "feedforward.in.weight"
  /// The bias inside the feed-forward layer.
  case inBias = "feedforward.in.bias"
  /// Out of the feed-forward layer.
  case outWeight = "feedforward.out.weight"
  /// The bias out of the feed-forward layer.
  case outBias = "feedforward.out.bias"
}

/// A tensor of a layer of long short-term memory.
public enum RecurrentTensor: String, CaseIterable, Sendable {
  /// From the outputs of the layer beneath to the gates i, f, g, o; the first layer has none, since the
  /// embeddings lead to its gates.
  case inputWeight = "input.weight"
  /// The bias of the gates.
  case bias
  /// From the layer's last outputs to the gates.
  case recurrentWeight = "recurrent.weight"
}

/// A tensor of the model.
public enum ParameterTensor: Hashable, Sendable {
  /// The embeddings of one observed component.
  case observation(Int)
  /// A tensor of the network that encodes what is seen.
  case sight(NetworkTensor)
  /// The embeddings of the actions, or of the choices of each of their factors, one factor after the other; and of
  /// there being no previous one.
  case action
  /// The embedding of a reward of 1, as it is after scaling.
  case rewardWeight
  /// The embedding of a reward of 0.
  case rewardBias
  /// The learned absolute positions.
  case position
  /// A tensor of a block.
  case layer(Int, LayerTensor)
  /// A tensor of a recurrent layer.
  case recurrent(Int, RecurrentTensor)
  /// The gain of the last normalisation (pre-norm only).
  case normGain
  /// The bias of the last normalisation (pre-norm only).
  case normBias
  /// From the residual stream to the logits of the actions, or of the choices of each of their factors.
  case headWeight
  /// The bias of the logits.
  case headBias
  /// From the output to the return to come.
  case valueWeight
  /// The bias of the return to come.
  case valueBias

  /// All tensors of a model, in the order of memory and files.
  public static func all(of configuration: ModelConfiguration) -> [ParameterTensor] {
    let components =
      configuration.sightNetwork?.tensors.map(ParameterTensor.sight)
      ?? configuration.interface.observationSizes.indices.map(ParameterTensor.observation)
    let embedding = components + [.action, .rewardWeight, .rewardBias]
    if configuration.model.architecture == .lstm {
      let layers = (0..<configuration.model.layers).flatMap { layer in
        RecurrentTensor.allCases.filter { layer > 0 || $0 != .inputWeight }
          .map { ParameterTensor.recurrent(layer, $0) }
      }
      return embedding + layers + [.headWeight, .headBias]
        + (configuration.predicts == .actionsAndReturn ? [.valueWeight, .valueBias] : [])
    }
    let layers = (0..<configuration.model.layers).flatMap { layer in
      LayerTensor.allCases.map { ParameterTensor.layer(layer, $0) }
    }
    let norm: [ParameterTensor] =
      configuration.model.normPlacement == .pre ? [.normGain, .normBias] : []
    return embedding + [.position] + layers + norm + [.headWeight, .headBias]
  }

  /// The name in files.
  public var name: String {
    switch self {
    case .observation(let component): "observation.\(component).weight"
    case .sight(let tensor): "sight.\(tensor.name)"
    case .action: "action.weight"
    case .rewardWeight: "reward.weight"
    case .rewardBias: "reward.bias"
    case .position: "position.weight"
    case .layer(let layer, let tensor): "layers.\(layer).\(tensor.rawValue)"
    case .recurrent(let layer, let tensor): "layers.\(layer).\(tensor.rawValue)"
    case .normGain: "norm.gain"
    case .normBias: "norm.bias"
    case .headWeight: "head.weight"
    case .headBias: "head.bias"
    case .valueWeight: "value.weight"
    case .valueBias: "value.bias"
    }
  }

  /// Rows and columns; a weight has a row per output and a column per input.
  public func shape(in configuration: ModelConfiguration) -> (rows: Int, columns: Int) {
    let width = configuration.model.width
    let inner = configuration.model.feedForward
    let embedded = configuration.embeddingWidth
    return switch self {
    case .observation(let component):
      (configuration.interface.observationSizes[component], embedded)
    case .sight(let tensor): (tensor.rows, tensor.columns)
    case .action: (configuration.interface.actionLogitCount + 1, embedded)
    case .rewardWeight, .rewardBias: (1, embedded)
    case .normGain, .normBias, .valueWeight: (1, width)
    case .valueBias: (1, 1)
    case .recurrent(_, .inputWeight), .recurrent(_, .recurrentWeight): (4 * width, width)
    case .recurrent(_, .bias): (1, 4 * width)
    case .position: (configuration.tokenCount, width)
    case .headWeight: (configuration.predictionCount, width)
    case .headBias: (1, configuration.predictionCount)
    case .layer(_, let tensor):
      switch tensor {
      case .norm1Gain, .norm1Bias, .norm2Gain, .norm2Bias, .projectionBias, .outBias: (1, width)
      case .queryKeyValueWeight: (3 * width, width)
      case .queryKeyValueBias: (1, 3 * width)
      case .projectionWeight: (width, width)
      case .inWeight: (inner, width)
      case .inBias: (1, inner)
      case .outWeight: (width, inner)
      }
    }
  }

  /// Whether weight decay pulls it towards zero: the matrices of products, not embeddings, gains or biases.
  public var decays: Bool {
    switch self {
    case .headWeight, .valueWeight: true
    case .sight(let tensor): tensor.isWeight
    case .layer(_, let tensor): tensor.rawValue.hasSuffix("weight")
    case .recurrent(_, let tensor): tensor != .bias
    default: false
    }
  }

  /// What it begins as.
  func initial(in configuration: ModelConfiguration) -> InitialValue {
    let columns = Double(shape(in: configuration).columns)
    let depth = Double(2 * configuration.model.layers).squareRoot()
    return switch self {
    case .observation(let component) where configuration.model.ordinalObservations:
      // The sum of all rows then is as large as one row otherwise.
      .normal(
        deviation: embeddingDeviation(in: configuration)
          / Double(configuration.interface.observationSizes[component]).squareRoot())
    case .action:
      // The sum over factors then is as large as the embedding of one.
      .normal(
        deviation: embeddingDeviation(in: configuration)
          / Double(configuration.interface.actionFactors.count).squareRoot())
    case .observation, .rewardWeight, .rewardBias:
      .normal(deviation: embeddingDeviation(in: configuration))
    case .sight(let tensor) where tensor.deviation > 0: .normal(deviation: tensor.deviation)
    case .sight(let tensor): .constant(Float(tensor.mean))
    case .position, .headWeight, .valueWeight: .normal(deviation: 0.02)
    case .normGain: .constant(1)
    case .normBias, .headBias, .valueBias: .constant(0)
    case .recurrent(_, .bias):
      configuration.model.chronoInitialisation
        ? .memory(steps: configuration.contextSteps) : .forgetGateOpen
    case .recurrent: .normal(deviation: 1 / (3 * columns).squareRoot())
    case .layer(_, let tensor):
      switch tensor {
      case .norm1Gain, .norm2Gain: .constant(1)
      case .queryKeyValueWeight, .inWeight: .normal(deviation: 1 / (3 * columns).squareRoot())
      case .projectionWeight, .outWeight:
        .normal(deviation: 1 / (3 * columns).squareRoot() / depth)
      default: .constant(0)
      }
    }
  }
}

/// A gate sums four or five embeddings; a residual stream is normalised before it is used.
private func embeddingDeviation(in configuration: ModelConfiguration) -> Double {
  configuration.model.architecture == .lstm ? 0.3 : 0.1
}

/// How a tensor is filled before training.
enum InitialValue {
  case constant(Float)
  case normal(deviation: Double)
  /// 1 in the second quarter of the columns, that of the forget gate (Jozefowicz et al. 2015), else 0.
  case forgetGateOpen
  /// Of each cell −β in the first quarter of the columns, that of the input gate, and β in the second, that of the
  /// forget gate, with β from U[0, log steps]; else 0.
  case memory(steps: Int)
}

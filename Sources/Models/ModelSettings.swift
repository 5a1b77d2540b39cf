// The options of the model, and what they become once the task and the context are known.

internal import Contexts
public import Layers
public import Tasks

/// Where layer normalisation stands in a block.
public enum NormPlacement: String, Codable, Sendable, CaseIterable {
  /// Before each sublayer, with one more after the last block (Xiong et al. 2020).
  case pre
  /// After each residual sum (Vaswani et al. 2017), as in Laskin et al. 2022.
  case post
}

/// What a model is made of.
public enum Architecture: String, Codable, Sendable, CaseIterable {
  /// Blocks of causal attention over a window of steps.
  case transformer
  /// Long short-term memory, which reads one step after the other. It differs from the one of Laskin et al.
  /// 2022 (figure 14), an LSTM of (o, a, r) up to the last step beside the embedding of the observation and a
  /// network of two layers on top: here the observation goes through the LSTM as well, and the logits are
  /// a linear map of its output.
  case lstm
}

/// What a model tells of a step.
public enum Prediction: String, Codable, Sendable, CaseIterable {
  /// The logits of the action's choices, factor after factor: a policy that is a product of categoricals.
  case actions
  /// The logits of the action's choices, and the return to come; of recurrent models alone.
  case actionsAndReturn = "actions-and-return"
  /// The return to come after each action, in the place of logits; of recurrent models alone. Factors are joined:
  /// every combination of choices is an action.
  case actionValues = "action-values"
}

/// The size and options of the model.
///
/// For a model of long short-term memory `width` is the number of cells of a layer and `layers` the number of
/// layers, one on the other; heads, feed-forward layers, normalisation and dropout are the transformer's alone.
public struct ModelSettings: SettingsSection {
  public static let greatestWidth = 65_536
  /// The most layers.
  public static let greatestLayerCount = 1_024

  /// What it is made of.
  public var architecture = Architecture.transformer
  /// The width of the residual stream, or of the outputs of a recurrent layer.
  public var width = 64
  /// The number of blocks, or of recurrent layers.
  public var layers = 4
  /// The number of attention heads, which share the width.
  public var heads = 4
  /// The width inside the feed-forward layer.
  public var feedForward = 256
  /// Where layer normalisation stands.
  public var normPlacement = NormPlacement.pre
  /// 1: a token holds the previous action and reward and the observation. 3: observation, action and
  /// reward are tokens of their own.
  public var tokensPerStep = 1
  /// The dropout of embeddings and of what each sublayer adds, in training.
  public var dropout = 0.0
  /// The dropout of attention weights, in training.
  public var attentionDropout = 0.0
  /// Whether what is seen of a cell is the sum of the embeddings of all numbers up to its column, and to its row:
  /// neighbours then resemble each other. If not, each column and each row has an embedding of its own.
  public var ordinalObservations = false
  /// Whether the cells of a recurrent model begin to remember for times of one step to those of the context, evenly
  /// by their logarithm, by way of the biases of forget and input gates (chrono initialisation; Tallec & Ollivier
  /// 2018, arXiv:1804.11188, has them even by the time itself), with input gates of the first layer that a reward opens: what lasts
  /// is then what was seen where there was one. If not, all forget gates begin with a bias of 1, which remembers
  /// for some four steps.
  public var chronoInitialisation = false
  /// The network that encodes what is seen, if that is not cells, which have embeddings. A picture goes through
  /// convolutions, then, as a vector does, through rectified layers of `widths` and a linear map to the width of the
  /// model. Of categories each place and value has an embedding, whose sum goes the same way. With `widths` empty a
  /// vector is embedded by one linear map, and categories are by the sum alone.
  public var sight = SightSettings()

  public init() {}

  /// What is impossible about these settings.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    for (key, value) in [
      ("width", width), ("layers", layers), ("heads", heads), ("feedForward", feedForward),
    ] where value < 1 {
      problems.append((key, "must be 1 or more, not \(value)"))
    }
    if architecture == .transformer && heads >= 1 && width % heads != 0 {
      problems.append(("heads", "must divide the width of \(width); \(heads) does not"))
    }
    if tokensPerStep != 1 && tokensPerStep != 3 {
      problems.append(("tokensPerStep", "must be 1 or 3, not \(tokensPerStep)"))
    }
    if architecture == .lstm && tokensPerStep == 3 {
      problems.append(("tokensPerStep", "must be 1 for an lstm, which reads a step at once, not 3"))
    }
    for (key, rate) in [("dropout", dropout), ("attentionDropout", attentionDropout)]
    where !(0..<1).contains(rate) {
      problems.append((key, "must be in 0 ..< 1, not \(rate)"))
    }
    return problems
      + self.problems(above: [
        ("width", width, Self.greatestWidth), ("layers", layers, Self.greatestLayerCount),
        ("heads", heads, Self.greatestWidth), ("feedForward", feedForward, 1_048_576),
      ])
      + sight.problems.map { ("sight.\($0.key)", $0.message) }
  }
}

/// A model's settings with the task's interface and the context's length: all that its shape follows from.
public struct ModelConfiguration: Codable, Sendable, Equatable {
  /// The settings.
  public let model: ModelSettings
  /// What it observes and does.
  public let interface: TaskInterface
  /// The length of its context in environment steps.
  public let contextSteps: Int
  /// What it tells of a step.
  public let predicts: Prediction

  /// A configuration.
  /// - Precondition: The settings have no problems, and the context has 1 to `ContextSettings.greatestSteps` steps.
  public init(
    model: ModelSettings, interface: TaskInterface, contextSteps: Int,
    predicts: Prediction = .actions
  ) {
    let problem = Self.problem(model, contextSteps: contextSteps, predicts: predicts)
    precondition(problem == nil, problem ?? "")
    self.model = model
    self.interface = interface
    self.contextSteps = contextSteps
    self.predicts = predicts
  }

  /// What makes a configuration impossible; nil if nothing does.
  static func problem(
    _ model: ModelSettings, contextSteps: Int, predicts: Prediction
  ) -> String? {
    if let problem = model.problems.first { return "'\(problem.key)' \(problem.message)" }
    if !(1...ContextSettings.greatestSteps).contains(contextSteps) {
      return "a context has 1 to \(ContextSettings.greatestSteps) steps, not \(contextSteps)"
    }
    if predicts != .actions && model.architecture != .lstm {
      return "a \(model.architecture) does not predict \(predicts.rawValue)"
    }
    return nil
  }

  /// The factors of the action that each have a softmax of their own, or whose actions have a value each.
  public var predictedFactors: [Int] {
    predicts == .actionValues ? [interface.actionCount] : interface.actionFactors
  }

  /// The number of predictions of a step: logits, factor after factor, or values of actions.
  public var predictionCount: Int { predictedFactors.reduce(0, +) }

  /// The network that encodes what is seen; nil where cells are.
  var sightNetwork: SightNetwork? {
    guard interface.sight != .cells else { return nil }
    return SightNetwork(
      model.sight, shape: SightShape(interface), outputs: embeddingWidth, outputDeviation: 0.2)
  }

  /// The width of what is made of a step: that of the residual stream, or of the four gates of the first
  /// recurrent layer, whose weights of the inputs the embeddings are.
  var embeddingWidth: Int { model.architecture == .lstm ? 4 * model.width : model.width }

  /// The number of tokens in a full context.
  public var tokenCount: Int { contextSteps * model.tokensPerStep }
  /// The width of one attention head.
  public var headWidth: Int { model.width / model.heads }
}

// Files of models from before there were recurrent ones say nothing of `architecture` and `predicts`; later ones
// at first nothing of `ordinalObservations` and `chronoInitialisation`.

extension ModelSettings {
  /// Settings from a file; those it does not name keep their defaults.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    architecture =
      try values.decodeIfPresent(Architecture.self, forKey: .architecture) ?? .transformer
    width = try values.decode(Int.self, forKey: .width)
    layers = try values.decode(Int.self, forKey: .layers)
    heads = try values.decode(Int.self, forKey: .heads)
    feedForward = try values.decode(Int.self, forKey: .feedForward)
    normPlacement = try values.decode(NormPlacement.self, forKey: .normPlacement)
    tokensPerStep = try values.decode(Int.self, forKey: .tokensPerStep)
    dropout = try values.decode(Double.self, forKey: .dropout)
    attentionDropout = try values.decode(Double.self, forKey: .attentionDropout)
    ordinalObservations =
      try values.decodeIfPresent(Bool.self, forKey: .ordinalObservations) ?? false
    chronoInitialisation =
      try values.decodeIfPresent(Bool.self, forKey: .chronoInitialisation) ?? false
    sight = try values.decode(SightSettings.self, forKey: .sight)
  }
}

extension ModelConfiguration {
  /// A configuration from a file.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    model = try values.decode(ModelSettings.self, forKey: .model)
    interface = try values.decode(TaskInterface.self, forKey: .interface)
    contextSteps = try values.decode(Int.self, forKey: .contextSteps)
    predicts = try values.decodeIfPresent(Prediction.self, forKey: .predicts) ?? .actions
    if let problem = Self.problem(model, contextSteps: contextSteps, predicts: predicts) {
      throw ImpossibleModel(description: problem)
    }
  }
}

/// What no model's configuration can be, found in a file.
struct ImpossibleModel: Error, CustomStringConvertible {
  let description: String
}

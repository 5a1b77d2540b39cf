// The options of the model, and what they become once the task and the context are known.

public import Layers
public import Tasks

/// Where layer normalisation stands in a block.
public enum NormPlacement: String, Codable, Sendable, CaseIterable {
  /// Before each sublayer, with one more after the last block (Xiong et al. 2020).
  case pre
  /// After each residual sum (Vaswani et al. 2017), as in Laskin et al. 2022.
  case post
}

/// The size and options of the causal transformer.
public struct ModelSettings: Codable, Sendable, Equatable {
  /// The width of the residual stream.
  public var width = 64
  /// The number of blocks.
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
  /// What encodes a picture or a vector, if one is shown; cells have embeddings.
  public var sight = SightSettings()

  /// The defaults.
  public init() {}

  /// What is impossible about these settings.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    for (key, value) in [
      ("width", width), ("layers", layers), ("heads", heads), ("feedForward", feedForward),
    ] where value < 1 {
      problems.append((key, "must be 1 or more, not \(value)"))
    }
    if heads >= 1 && width % heads != 0 {
      problems.append(("heads", "must divide the width of \(width); \(heads) does not"))
    }
    if tokensPerStep != 1 && tokensPerStep != 3 {
      problems.append(("tokensPerStep", "must be 1 or 3, not \(tokensPerStep)"))
    }
    for (key, rate) in [("dropout", dropout), ("attentionDropout", attentionDropout)]
    where !(0..<1).contains(rate) {
      problems.append((key, "must be in 0 ..< 1, not \(rate)"))
    }
    return problems + sight.problems.map { ("sight.\($0.key)", $0.message) }
  }
}

/// A model's settings with the task's interface and the context's length: all that its shape follows from.
public struct TransformerConfiguration: Codable, Sendable, Equatable {
  /// The settings.
  public let model: ModelSettings
  /// What it observes and does.
  public let interface: TaskInterface
  /// The length of its context in environment steps.
  public let contextSteps: Int

  /// A configuration.
  /// - Precondition: The settings have no problems.
  public init(model: ModelSettings, interface: TaskInterface, contextSteps: Int) {
    let problems = model.problems
    precondition(problems.isEmpty, "\(problems)")
    precondition(contextSteps >= 1, "a context of \(contextSteps) steps holds nothing")
    self.model = model
    self.interface = interface
    self.contextSteps = contextSteps
  }

  /// The network that encodes what is seen; nil where cells are.
  var sightNetwork: SightNetwork? {
    guard interface.sight != .cells else { return nil }
    return SightNetwork(
      model.sight, shape: SightShape(interface), outputs: model.width, outputDeviation: 0.2)
  }

  /// The number of tokens in a full context.
  public var tokenCount: Int { contextSteps * model.tokensPerStep }
  /// The width of one attention head.
  public var headWidth: Int { model.width / model.heads }
}

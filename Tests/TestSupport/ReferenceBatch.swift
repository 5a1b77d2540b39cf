// What the reference model is and what it sees: settings with the list of parameters, and a batch.

/// The shape of a model and the options of a pass.
public struct ReferenceSettings: Sendable {
  /// T, environment steps in a window.
  public var steps = 3
  /// The number of values of each observation component.
  public var observationSizes = [3, 2]
  /// A, the number of actions.
  public var actions = 3
  /// C, the number of channels.
  public var width = 4
  /// L, the number of blocks.
  public var layers = 2
  /// H, the number of heads.
  public var heads = 2
  /// F, the channels between the two linear layers of a block.
  public var feedForward = 3
  /// Whether norms follow the residual sums instead of opening the branches.
  public var isPostNorm = false
  /// 1, or 3 for observation, action and reward apart.
  public var tokensPerStep = 1
  /// The rate of dropout on the embedding and on the branches.
  public var dropout = 0.0
  /// The rate of dropout on the attention weights.
  public var attentionDropout = 0.0
  /// α of the loss.
  public var labelSmoothing = 0.0

  /// The smallest model that has everything twice.
  public init() {}

  /// K, tokens in a window.
  public var tokens: Int { steps * tokensPerStep }

  /// Names and shapes of the parameters, in order.
  public var parameterShapes: [(name: String, rows: Int, columns: Int)] {
    var shapes: [(name: String, rows: Int, columns: Int)] = []
    for (index, size) in observationSizes.enumerated() {
      shapes.append(("observation.\(index).weight", size, width))
    }
    shapes += [
      ("action.weight", actions + 1, width), ("reward.weight", 1, width), ("reward.bias", 1, width),
      ("position.weight", tokens, width),
    ]
    for layer in 0..<layers {
      let p = "layers.\(layer)."
      shapes += [
        (p + "norm1.gain", 1, width), (p + "norm1.bias", 1, width),
        (p + "attention.qkv.weight", 3 * width, width), (p + "attention.qkv.bias", 1, 3 * width),
        (p + "attention.projection.weight", width, width),
        (p + "attention.projection.bias", 1, width),
        (p + "norm2.gain", 1, width), (p + "norm2.bias", 1, width),
        (p + "feedforward.in.weight", feedForward, width),
        (p + "feedforward.in.bias", 1, feedForward),
        (p + "feedforward.out.weight", width, feedForward), (p + "feedforward.out.bias", 1, width),
      ]
    }
    if !isPostNorm { shapes += [("norm.gain", 1, width), ("norm.bias", 1, width)] }
    return shapes + [("head.weight", actions, width), ("head.bias", 1, actions)]
  }

  /// Parameters that look random; every term of the model shows in the loss.
  public func parameters(key: UInt32) -> ReferenceParameters {
    ReferenceParameters(
      parameterShapes.enumerated().map { index, shape in
        var matrix = ReferenceMatrix(
          rows: shape.rows, columns: shape.columns, key: key &+ UInt32(index) &* 7919, scale: 0.5)
        if shape.name.hasSuffix("gain") {
          matrix.values = matrix.values.map { Double(Float(1 + $0 / 2)) }
        }
        return (shape.name, matrix)
      })
  }
}

/// Windows of histories, window after window.
public struct ReferenceBatch: Sendable {
  /// B, the number of windows.
  public var windows: Int
  /// Indices of windows · steps · components.
  public var observations: [Int]
  /// Actions taken, of windows · steps.
  public var actions: [Int]
  /// Rewards received for them.
  public var rewards: [Double]
  /// Weights of their predictions in the loss.
  public var lossWeights: [Double]
  /// Whether the content of a token is hidden, of windows · tokens.
  public var masked: [Bool]

  /// A batch with all its fields.
  public init(
    windows: Int, observations: [Int], actions: [Int], rewards: [Double], lossWeights: [Double],
    masked: [Bool]
  ) {
    self.windows = windows
    self.observations = observations
    self.actions = actions
    self.rewards = rewards
    self.lossWeights = lossWeights
    self.masked = masked
  }

  /// A batch that looks random, with unequal loss weights and, if wanted, every fourth token masked.
  public init(windows: Int, of settings: ReferenceSettings, key: UInt32, masking: Bool = false) {
    func word(_ index: Int, _ field: UInt32) -> Int {
      Int(ReferenceDropout.mixed(UInt32(index) &* 0x9E37_79B9 &+ key &+ field) >> 8)
    }
    let steps = windows * settings.steps
    let sizes = settings.observationSizes
    self.init(
      windows: windows,
      observations: (0..<steps * sizes.count).map { word($0, 1) % sizes[$0 % sizes.count] },
      actions: (0..<steps).map { word($0, 2) % settings.actions },
      rewards: (0..<steps).map { Double(word($0, 3) % 64) / 32 - 0.5 },
      lossWeights: (0..<steps).map { Double(word($0, 4) % 4) / 2 + 0.25 },
      masked: (0..<windows * settings.tokens).map { masking && word($0, 5) % 4 == 0 })
  }
}

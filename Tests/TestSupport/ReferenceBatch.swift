// What the reference model is and what it sees: settings with the list of parameters, and a batch.

/// What is seen in a step.
public enum ReferenceSeen: Sendable {
  /// Components, each one of some values, which have embeddings.
  case components
  /// A vector of numbers, which has a linear map.
  case floats(Int)
  /// Places, each with one of some values, which have embeddings in one table.
  case categories(places: Int, values: Int)
}

/// The shape of a model and the options of a pass.
public struct ReferenceSettings: Sendable {
  /// T, environment steps in a window.
  public var steps = 3
  /// What is seen in a step.
  public var seen = ReferenceSeen.components
  /// The number of values of each observation component.
  public var observationSizes = [3, 2]
  /// The choices of each factor of an action.
  public var actionFactors = [3]
  /// What a reward is multiplied by before it is embedded.
  public var rewardScale = 1.0
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

  /// A, the number of actions: of all combinations of choices.
  public var actions: Int {
    get { actionFactors.reduce(1, *) }
    set { actionFactors = [newValue] }
  }

  /// The number of choices of all factors.
  public var choices: Int { actionFactors.reduce(0, +) }

  /// What an action chooses in each factor, as rows of all choices: its digits, the last factor's first, then
  /// in order.
  public func choiceRows(of action: Int) -> [Int] {
    var (rest, rows) = (action, [Int]())
    for factor in actionFactors.indices.reversed() {
      rows.insert(actionFactors[..<factor].reduce(0, +) + rest % actionFactors[factor], at: 0)
      rest /= actionFactors[factor]
    }
    return rows
  }

  /// Names and shapes of the parameters, in order.
  public var parameterShapes: [(name: String, rows: Int, columns: Int)] {
    var shapes: [(name: String, rows: Int, columns: Int)] = []
    switch seen {
    case .components:
      for (index, size) in observationSizes.enumerated() {
        shapes.append(("observation.\(index).weight", size, width))
      }
    case .floats(let count):
      shapes += [("sight.0.weight", width, count), ("sight.0.bias", 1, width)]
    case .categories(let places, let values):
      shapes.append(("sight.embedding.weight", places * values, width))
    }
    shapes += [
      ("action.weight", choices + 1, width), ("reward.weight", 1, width), ("reward.bias", 1, width),
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
    return shapes + [("head.weight", choices, width), ("head.bias", 1, choices)]
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
  /// Indices of windows · steps · components, or · places.
  public var observations: [Int]
  /// Numbers of windows · steps · floats.
  public var floats: [Double]
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
    windows: Int, observations: [Int], floats: [Double] = [], actions: [Int], rewards: [Double],
    lossWeights: [Double], masked: [Bool]
  ) {
    self.windows = windows
    self.observations = observations
    self.floats = floats
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
    var (sizes, floats) = (settings.observationSizes, [Double]())
    switch settings.seen {
    case .components: break
    case .floats(let count):
      sizes = []
      floats = (0..<steps * count).map { Double(word($0, 1) % 64) / 32 - 1 }
    case .categories(let places, let values): sizes = Array(repeating: values, count: places)
    }
    self.init(
      windows: windows,
      observations: (0..<steps * sizes.count).map { word($0, 1) % sizes[$0 % sizes.count] },
      floats: floats,
      actions: (0..<steps).map { word($0, 2) % settings.actions },
      rewards: (0..<steps).map { Double(word($0, 3) % 64) / 32 - 0.5 },
      lossWeights: (0..<steps).map { Double(word($0, 4) % 4) / 2 + 0.25 },
      masked: (0..<windows * settings.tokens).map { masking && word($0, 5) % 4 == 0 })
  }
}

// Settings whose own modules are being written: their names are those of the contract. Each struct
// leaves this file when its module brings it.

/// How the source learns.
public struct A3CSettings: Codable, Sendable, Equatable {
  /// The number of actors, each of which makes one history.
  public var actors = 8
  /// Episodes of each actor.
  public var episodes = 300
  /// Steps that an actor takes between two updates.
  public var unroll = 20
  /// Hidden layers of the policy's network and of the value's.
  public var hiddenLayers = 3
  /// Units of each hidden layer.
  public var hiddenWidth = 128
  /// Adam's step size.
  public var learningRate = 1e-4
  /// Discount per step.
  public var discount = 0.99
  /// λ of the λ-returns.
  public var lambda = 0.95
  /// Weight of the policy's entropy in the objective.
  public var entropyBonus = 0.01
  /// Weight of the value's squared error in the objective.
  public var valueLossWeight = 0.5
  /// The largest norm of a gradient; 0 leaves all as they are.
  public var gradientClipNorm = 0.0

  /// The defaults.
  public init() {}

  /// What no learner can be made of.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if actors < 1 { problems.append(("actors", "\(actors) actors act nothing; use 1 or more")) }
    if episodes < 1 { problems.append(("episodes", "\(episodes) episodes; use 1 or more")) }
    return problems
  }
}

/// How histories are recorded.
public struct CollectionSettings: Codable, Sendable, Equatable {
  /// Histories of each task.
  public var historiesPerTask = 64

  /// The defaults.
  public init() {}

  /// What cannot be collected.
  public var problems: [(key: String, message: String)] {
    historiesPerTask < 1
      ? [("historiesPerTask", "\(historiesPerTask) histories hold nothing; use 1 or more")] : []
  }
}

/// Which windows of histories the model sees.
public struct ContextSettings: Codable, Sendable, Equatable {
  /// How windows are drawn.
  public enum Windows: String, Codable, Sendable, CaseIterable {
    /// Some from the first step of a history, the others from anywhere.
    case fromStartAndSliding = "from-start-and-sliding"
    /// From anywhere alike.
    case uniform
  }

  /// Environment steps of a window.
  public var steps = 200
  /// Every how many episodes one is kept.
  public var episodeSubsampling = 5
  /// How windows are drawn.
  public var windows = Windows.fromStartAndSliding
  /// The share of windows that start with their history.
  public var fromStartFraction = 0.5
  /// The share of input tokens that are hidden in training.
  public var maskProbability = 0.1

  /// The defaults.
  public init() {}

  /// What no window can be.
  public var problems: [(key: String, message: String)] {
    steps < 1 ? [("steps", "\(steps) steps are no window; use 1 or more")] : []
  }
}

/// The shape of the model.
public struct ModelSettings: Codable, Sendable, Equatable {
  /// Where a block normalises.
  public enum NormPlacement: String, Codable, Sendable, CaseIterable {
    /// Before attention and feed-forward.
    case pre
    /// After adding their results.
    case post
  }

  /// Channels.
  public var width = 64
  /// Blocks.
  public var layers = 4
  /// Attention heads of a block.
  public var heads = 4
  /// Channels within the feed-forward layer.
  public var feedForward = 256
  /// Where a block normalises.
  public var normPlacement = NormPlacement.pre
  /// Tokens of an environment step, 1 or 3.
  public var tokensPerStep = 1
  /// Rate of dropout of embeddings and of the results of each layer.
  public var dropout = 0.0
  /// Rate of dropout of attention weights.
  public var attentionDropout = 0.0

  /// The defaults.
  public init() {}

  /// What no model can be.
  public var problems: [(key: String, message: String)] {
    heads < 1 || width % heads != 0
      ? [("heads", "\(heads) heads do not divide a width of \(width); use a divisor")] : []
  }
}

/// How models are trained.
public struct TrainingSettings: Codable, Sendable, Equatable {
  /// The training seeds: one model each.
  public var seeds = [0]
  /// Updates of the parameters.
  public var updates = 1600
  /// Windows of an update.
  public var windowsPerUpdate = 64
  /// The greatest step size.
  public var learningRate = 1.5e-3
  /// The step size of the first update.
  public var initialLearningRate = 0.0
  /// The last step size as a share of the greatest.
  public var finalLearningRateFraction = 0.1
  /// Updates until the greatest step size.
  public var warmUpUpdates = 100
  /// Decoupled weight decay.
  public var weightDecay = 0.0
  /// Decay of Adam's first moment.
  public var beta1 = 0.9
  /// Decay of Adam's second moment.
  public var beta2 = 0.99
  /// Adam's ε.
  public var epsilon = 1e-8
  /// The greatest norm of a gradient.
  public var gradientClipNorm = 1.0
  /// The share of a target's probability that is spread over all actions.
  public var labelSmoothing = 0.0

  /// The defaults.
  public init() {}

  /// What cannot train.
  public var problems: [(key: String, message: String)] {
    updates < 1 ? [("updates", "\(updates) updates teach nothing; use 1 or more")] : []
  }
}

/// How models are evaluated.
public struct EvaluationSettings: Codable, Sendable, Equatable {
  /// Episodes in context.
  public var episodes = 100
  /// Streams of each task.
  public var seeds = 20
  /// The temperature that actions are sampled at.
  public var temperature = 1.0

  /// The defaults.
  public init() {}

  /// What cannot be evaluated.
  public var problems: [(key: String, message: String)] {
    episodes < 1 ? [("episodes", "\(episodes) episodes show nothing; use 1 or more")] : []
  }
}

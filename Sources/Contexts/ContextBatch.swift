// Windows of histories as a model sees them: for every step an observation, an action, a reward and
// how much the prediction of the action counts.

public import Tasks

/// A batch of windows of equal length, each from one history.
///
/// A value whose memory is allocated once and filled again for every update.
public struct ContextBatch: Sendable {
  public let windowCount: Int
  /// The number of environment steps in each window.
  public let stepCount: Int
  /// The number of tokens a model makes of a step, each of which can be masked: 1 or 3.
  public let tokensPerStep: Int
  /// What is seen before each action, windows × steps.
  public private(set) var observations: [Observation]
  /// The actions, windows × steps; the targets of the prediction.
  public private(set) var actions: [Int32]
  /// The rewards the actions gave, windows × steps.
  public private(set) var rewards: [Float]
  /// How much the prediction of each action counts, windows × steps; not negative.
  public private(set) var lossWeights: [Float]
  /// Whether the content of a token is hidden, windows × steps × tokens per step.
  public private(set) var isMasked: [Bool]

  /// A batch of zeros.
  public init(windowCount: Int, stepCount: Int, tokensPerStep: Int = 1) {
    precondition(
      windowCount > 0 && stepCount > 0 && (tokensPerStep == 1 || tokensPerStep == 3),
      "\(windowCount) windows of \(stepCount) steps of \(tokensPerStep) tokens make no batch")
    self.windowCount = windowCount
    self.stepCount = stepCount
    self.tokensPerStep = tokensPerStep
    let count = windowCount * stepCount
    observations = Array(repeating: .empty, count: count)
    actions = Array(repeating: 0, count: count)
    rewards = Array(repeating: 0, count: count)
    lossWeights = Array(repeating: 0, count: count)
    isMasked = Array(repeating: false, count: count * tokensPerStep)
  }

  /// The number of tokens in each window.
  public var tokenCount: Int { stepCount * tokensPerStep }

  /// The sum of all loss weights, by which the loss of a batch is divided.
  public var totalWeight: Double { lossWeights.reduce(0) { $0 + Double($1) } }

  /// Overwrites a step of a window and unmasks its tokens.
  public mutating func set(
    window: Int, step: Int, observation: Observation, action: Int, reward: Float, lossWeight: Float
  ) {
    let index = self.index(window: window, step: step)
    observations[index] = observation
    actions[index] = Int32(action)
    rewards[index] = reward
    lossWeights[index] = lossWeight
    for token in 0..<tokensPerStep { isMasked[index * tokensPerStep + token] = false }
  }

  /// Hides the content of a token of a window.
  public mutating func mask(window: Int, token: Int) {
    precondition((0..<tokenCount).contains(token), "no token \(token) among \(tokenCount)")
    isMasked[index(window: window, step: 0) * tokensPerStep + token] = true
  }

  /// The place of a step in the arrays.
  public func index(window: Int, step: Int) -> Int {
    precondition(
      (0..<windowCount).contains(window) && (0..<stepCount).contains(step),
      "no step \(step) of window \(window) among \(windowCount) × \(stepCount)")
    return window * stepCount + step
  }
}

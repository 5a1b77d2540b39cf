// The loss of one step of a learner of action values, and its gradient: the protocol, and half the squared error.

/// What a learner of action values learns from one step.
public protocol ActionValueLoss: Sendable {
  /// The loss of a step and its gradient.
  /// - Parameters:
  ///   - value: Q(o, a) of the action taken.
  ///   - return: G, the step's λ-return, a constant.
  /// - Returns: The loss, and its gradient by the value.
  func differentiate(value: Float, return: Float) -> (loss: Float, dvalue: Float)
}

/// ½ (G − Q)².
public struct SquaredError: ActionValueLoss {
  /// Half the squared error.
  public init() {}

  /// By the value: Q − G.
  public func differentiate(value: Float, return: Float) -> (loss: Float, dvalue: Float) {
    let error = `return` - value
    return (error * error / 2, value - `return`)
  }
}

// The loss of one step of an actor-critic, and its gradient by what the networks say: the protocol, and the two losses
// that learners here have. They are the same function; the sums of their gradients differ in order, and each
// learner's files have the bits of its own.

internal import Foundation

/// What an actor-critic learns from one step. Other losses, such as evolved ones, conform to it in files of their own.
public protocol ActorCriticLoss: Sendable {
  /// The loss of a step and its gradient.
  /// - Parameters:
  ///   - policy: How logits make probabilities and actions.
  ///   - logits: z, of the policy where the step was taken.
  ///   - probabilities: π, of the same places.
  ///   - value: V(o), before the step.
  ///   - action: The action taken.
  ///   - return: G, the step's λ-return, a constant.
  ///   - dlogits: As many as logits; overwritten with the gradient by them.
  /// - Returns: The loss, and its gradient by the value.
  func differentiate(
    _ policy: FactoredPolicy, logits: Span<Float>, probabilities: Span<Float>, value: Float,
    action: Int, return: Float, into dlogits: inout MutableSpan<Float>
  ) -> (loss: Float, dvalue: Float)
}

/// −A · ln π(a) − β · H(π) + ½ (G − V)², with the advantage A = G − V taken as a constant. The gradient of the entropy
/// is that by the logits: π (z − Σ π z) for each factor.
public struct LogitActorCriticLoss: ActorCriticLoss {
  /// β.
  public let entropyBonus: Float

  /// A loss with a weight of the entropy.
  public init(entropyBonus: Float) { self.entropyBonus = entropyBonus }

  /// By the logits: A (π − 1[a]) + β π (z − Σ π z); by the value: −A.
  public func differentiate(
    _ policy: FactoredPolicy, logits: Span<Float>, probabilities: Span<Float>, value: Float,
    action: Int, return: Float, into dlogits: inout MutableSpan<Float>
  ) -> (loss: Float, dvalue: Float) {
    let advantage = `return` - value
    var (logProbability, entropy): (Float, Float) = (0, 0)
    for (factor, part) in policy.parts.enumerated() {
      let taken = policy.index(of: action, in: factor)
      var meanLogit: Float = 0
      for index in part { meanLogit += probabilities[index] * logits[index] }
      for index in part {
        let chosen: Float = index == taken ? 1 : 0
        let towards = advantage * (probabilities[index] - chosen)
        let spread = entropyBonus * probabilities[index] * (logits[index] - meanLogit)
        dlogits[index] = towards + spread
      }
      // ln Σ exp z = z − ln π of any choice, and H = ln Σ exp z − Σ π z.
      let logTaken = log(max(probabilities[taken], Float.leastNormalMagnitude))
      logProbability += logTaken
      entropy += logits[taken] - logTaken - meanLogit
    }
    return (
      -advantage * logProbability - entropyBonus * entropy + advantage * advantage / 2, -advantage
    )
  }
}

/// −A · ln π(a) − β · H(π) + w · ½ (G − V)², with the advantage A = G − V taken as a constant. The gradient of the
/// entropy is that by the probabilities: π (ln π + H) for each factor.
public struct ProbabilityActorCriticLoss: ActorCriticLoss {
  /// β.
  public let entropyBonus: Float
  /// w.
  public let valueWeight: Float

  /// A loss with weights of the entropy and of the value's error.
  public init(entropyBonus: Float, valueWeight: Float) {
    self.entropyBonus = entropyBonus
    self.valueWeight = valueWeight
  }

  /// By the logits: A (π − 1[a]) + β π (ln π + H); by the value: −w A.
  public func differentiate(
    _ policy: FactoredPolicy, logits: Span<Float>, probabilities p: Span<Float>, value: Float,
    action: Int, return: Float, into dlogits: inout MutableSpan<Float>
  ) -> (loss: Float, dvalue: Float) {
    let advantage = `return` - value
    for (factor, part) in policy.parts.enumerated() {
      let taken = policy.index(of: action, in: factor)
      let entropy = policy.entropy(of: p, in: part)
      for index in part {
        let chosen: Float = index == taken ? 1 : 0
        let surprise = p[index] > 0 ? p[index] * (log(p[index]) + entropy) : 0
        dlogits[index] = (p[index] - chosen) * advantage + entropyBonus * surprise
      }
    }
    let policyLoss = -advantage * policy.logProbability(of: action, in: p)
    return (
      policyLoss - entropyBonus * policy.entropy(of: p) + valueWeight * advantage * advantage / 2,
      -valueWeight * advantage
    )
  }
}

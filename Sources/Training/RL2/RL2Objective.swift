// What RL² makes of a recurrent model's predictions: how it acts on them, what it takes for the return to come, and
// the loss of a step. Two of them: an actor-critic, and Q(λ).

internal import Foundation
package import LinearAlgebra
package import Models

/// The entropy of a row of probabilities, in nats.
package func entropy(of policy: Matrix, row: Int) -> Float {
  let p = policy.row(row)
  var entropy: Float = 0
  for index in p.indices where p[index] > 0 { entropy -= p[index] * log(p[index]) }
  return entropy
}

/// How predictions are acted on and learned from.
package protocol RL2Objective: Sendable {
  /// Overwrites a row of `probabilities` with those of the actions of a row of predictions.
  func findPolicy(of predictions: Matrix, row: Int, into probabilities: Matrix)

  /// The return to come from where a row of an unroll stands, V(o).
  func value(in unroll: RecurrentUnroll, row: Int) -> Float

  /// The loss of a step.
  /// - Parameters:
  ///   - unroll: The predictions.
  ///   - policy: What they were acted on with, rows × actions.
  ///   - row: The step's row, in all of them.
  ///   - action: The action taken.
  ///   - return: Its λ-return, taken as a constant.
  ///   - share: What the gradient of a step counts.
  ///   - dlogits: Its row is overwritten with the gradient.
  ///   - dvalues: Its row is overwritten with the gradient, where the model tells what is to come.
  func differentiate(
    _ unroll: RecurrentUnroll, policy: Matrix, row: Int, action: Int, return: Float, share: Float,
    into dlogits: Matrix, _ dvalues: Matrix
  ) -> Float
}

/// An actor-critic: acts by chance as the model predicts; the loss of a step is
/// −A · log π(a) − β · H(π) + w · ½ (G − V)², with the return G and the advantage A = G − V taken as constants.
package struct ActorCritic: RL2Objective {
  private let entropyBonus: Float
  private let valueWeight: Float

  /// An objective.
  /// - Parameters:
  ///   - entropyBonus: β.
  ///   - valueWeight: w.
  package init(entropyBonus: Float, valueWeight: Float) {
    self.entropyBonus = entropyBonus
    self.valueWeight = valueWeight
  }

  package func findPolicy(of predictions: Matrix, row: Int, into probabilities: Matrix) {
    Network.softmax(
      predictions[rows: row..<row + 1], into: probabilities[rows: row..<row + 1])
  }

  package func value(in unroll: RecurrentUnroll, row: Int) -> Float { unroll.values[row, 0] }

  package func differentiate(
    _ unroll: RecurrentUnroll, policy: Matrix, row: Int, action: Int, return: Float, share: Float,
    into dlogits: Matrix, _ dvalues: Matrix
  ) -> Float {
    let p = policy.row(row)
    let entropy = entropy(of: policy, row: row)
    let advantage = `return` - value(in: unroll, row: row)
    var value = dvalues.mutableRow(row)
    value[0] = -valueWeight * advantage * share
    var gradient = dlogits.mutableRow(row)
    for index in p.indices {
      let chosen: Float = index == action ? 1 : 0
      let surprise = p[index] > 0 ? p[index] * (log(p[index]) + entropy) : 0
      gradient[index] = ((p[index] - chosen) * advantage + entropyBonus * surprise) * share
    }
    let policyLoss = -advantage * log(max(p[action], Float.leastNormalMagnitude))
    return policyLoss - entropyBonus * entropy + valueWeight * advantage * advantage / 2
  }
}

/// Q(λ) (Peng & Williams 1996, doi:10.1007/BF00114731): takes the action of the greatest value, but any with
/// probability ε; the loss of a step is ½ (G − Q(o, a))², with a return G that goes on with the greatest value. As
/// in Gallici et al. 2024 (arXiv:2407.04811) many environments take the place of a replay and of a target network.
package struct QLambda: RL2Objective {
  private let exploration: Float

  /// An objective.
  /// - Parameter exploration: ε.
  package init(exploration: Float) { self.exploration = exploration }

  package func findPolicy(of predictions: Matrix, row: Int, into probabilities: Matrix) {
    let values = predictions.row(row)
    var best = 0
    for action in values.indices where values[action] > values[best] { best = action }
    var p = probabilities.mutableRow(row)
    for action in p.indices { p[action] = exploration / Float(values.count) }
    p[best] += 1 - exploration
  }

  package func value(in unroll: RecurrentUnroll, row: Int) -> Float {
    let predictions = unroll.logits
    let values = predictions.row(row)
    var greatest = values[0]
    for action in values.indices { greatest = max(greatest, values[action]) }
    return greatest
  }

  package func differentiate(
    _ unroll: RecurrentUnroll, policy: Matrix, row: Int, action: Int, return: Float, share: Float,
    into dlogits: Matrix, _ dvalues: Matrix
  ) -> Float {
    let error = `return` - unroll.logits[row, action]
    var gradient = dlogits.mutableRow(row)
    for index in gradient.indices { gradient[index] = index == action ? -error * share : 0 }
    return error * error / 2
  }
}

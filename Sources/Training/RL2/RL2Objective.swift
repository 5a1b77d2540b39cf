// What RL² makes of a recurrent model's predictions: how it acts on them, what it takes for the return to come, and
// the loss of a step. Two of them: an actor-critic, and Q(λ). The losses themselves stand in `Learning`.

package import Learning
package import LinearAlgebra
package import Models
internal import Tasks

/// How predictions are acted on and learned from.
package protocol RL2Objective: Sendable {
  /// How a row of probabilities makes actions.
  func policy(of configuration: ModelConfiguration) -> FactoredPolicy

  /// Overwrites a row of `probabilities` with those of a policy that acts on a row of predictions.
  func findProbabilities(
    of predictions: Matrix, row: Int, _ policy: FactoredPolicy, into probabilities: Matrix)

  /// The return to come from where a row of an unroll stands, V(o).
  func value(in unroll: RecurrentUnroll, row: Int) -> Float

  /// The loss of a step.
  /// - Parameters:
  ///   - unroll: The predictions.
  ///   - policy: How they were acted on.
  ///   - probabilities: What they were acted on with, rows × predictions.
  ///   - row: The step's row, in all of them.
  ///   - action: The action taken.
  ///   - return: Its λ-return, taken as a constant.
  ///   - share: What the gradient of a step counts.
  ///   - dlogits: Its row is overwritten with the gradient.
  ///   - dvalues: Its row is overwritten with the gradient, where the model tells what is to come.
  func differentiate(
    _ unroll: RecurrentUnroll, _ policy: FactoredPolicy, _ probabilities: Matrix, row: Int,
    action: Int, return: Float, share: Float, into dlogits: Matrix, _ dvalues: Matrix
  ) -> Float
}

/// An actor-critic: acts by chance as the model predicts, a product of categoricals over an action's factors.
package struct PolicyObjective: RL2Objective {
  private let loss: any ActorCriticLoss

  /// An objective with a loss of a step.
  package init(_ loss: any ActorCriticLoss) { self.loss = loss }

  package func policy(of configuration: ModelConfiguration) -> FactoredPolicy {
    FactoredPolicy(factors: configuration.interface.actionFactors)
  }

  package func findProbabilities(
    of predictions: Matrix, row: Int, _ policy: FactoredPolicy, into probabilities: Matrix
  ) {
    policy.findProbabilities(of: predictions, row: row, into: probabilities)
  }

  package func value(in unroll: RecurrentUnroll, row: Int) -> Float { unroll.values[row, 0] }

  package func differentiate(
    _ unroll: RecurrentUnroll, _ policy: FactoredPolicy, _ probabilities: Matrix, row: Int,
    action: Int, return: Float, share: Float, into dlogits: Matrix, _ dvalues: Matrix
  ) -> Float {
    let predictions = unroll.logits
    var gradient = dlogits.mutableRow(row)
    let (loss, dvalue) = loss.differentiate(
      policy, logits: predictions.row(row), probabilities: probabilities.row(row),
      value: value(in: unroll, row: row), action: action, return: `return`, into: &gradient)
    for index in gradient.indices { gradient[index] *= share }
    var value = dvalues.mutableRow(row)
    value[0] = dvalue * share
    return loss
  }
}

/// Q(λ) (Peng & Williams 1996, doi:10.1007/BF00114731): takes the action of the greatest value, but any with
/// probability ε; the return goes on with the greatest value. As in Gallici et al. 2024 (arXiv:2407.04811) many
/// environments take the place of a replay and of a target network. The factors of an action are joined.
package struct QLambdaObjective: RL2Objective {
  private let exploration: Float
  private let loss: any ActionValueLoss

  /// An objective.
  /// - Parameters:
  ///   - exploration: ε.
  ///   - loss: Of a step.
  package init(exploration: Float, _ loss: any ActionValueLoss = SquaredError()) {
    self.exploration = exploration
    self.loss = loss
  }

  package func policy(of configuration: ModelConfiguration) -> FactoredPolicy {
    FactoredPolicy(factors: [configuration.interface.actionCount])
  }

  package func findProbabilities(
    of predictions: Matrix, row: Int, _ policy: FactoredPolicy, into probabilities: Matrix
  ) {
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
    _ unroll: RecurrentUnroll, _ policy: FactoredPolicy, _ probabilities: Matrix, row: Int,
    action: Int, return: Float, share: Float, into dlogits: Matrix, _ dvalues: Matrix
  ) -> Float {
    let (loss, dvalue) = loss.differentiate(value: unroll.logits[row, action], return: `return`)
    var gradient = dlogits.mutableRow(row)
    for index in gradient.indices { gradient[index] = index == action ? dvalue * share : 0 }
    return loss
  }
}

// A fixed share of the environments: acts in them for a stretch of steps and takes the gradient of what came of
// it. Nothing here depends on the other lanes, so any number of workers gives the same bits.

internal import Learning
internal import LinearAlgebra
package import Models
package import Randomness
package import Tasks

/// What came of a lane's stretch, or of all lanes'.
package struct RL2Outcome {
  /// Of the update's loss.
  package var loss = 0.0
  /// The mean entropy of the policy, in nats.
  package var entropy = 0.0
  /// The trials that ended.
  package var trials = 0
  /// The sum of the returns of their first episodes.
  package var firstReturns = 0.0
  /// The sum of the returns of their last episodes.
  package var lastReturns = 0.0

  mutating func add(_ other: RL2Outcome) {
    loss += other.loss
    entropy += other.entropy
    trials += other.trials
    firstReturns += other.firstReturns
    lastReturns += other.lastReturns
  }
}

/// Some environments and the gradient they gave.
///
/// The loss is the mean of the objective's over all steps of all lanes, with λ-returns. A return goes on over the
/// episodes of a trial and ends with the trial.
package final class RL2Lane<World: Environment> {
  /// Of the loss, after `live`.
  package let gradients: Parameters
  package internal(set) var trials: [Trial<World>]
  /// What the model remembers of them.
  package let unroll: RecurrentUnroll
  /// What came of the last stretch.
  package private(set) var outcome = RL2Outcome()

  private let configuration: ModelConfiguration
  private let settings: RL2Settings
  private let dlogits: Matrix
  private let dvalues: Matrix
  private let probabilities: Matrix
  private var inputs: [StepInput]
  private var actions: [Int]
  /// Of every step of every row, row after row.
  private var rewards: [Float]
  private var ends: [Bool]
  private var rowRewards: [Float] = []
  private var rowEnds: [Bool] = []
  private var nextValues: [Float] = []
  private var rowReturns: [Float] = []
  /// Of every step of every row, step after step.
  private var returns: [Float]

  /// Environments at the beginning of a stretch.
  package init(
    _ trials: [Trial<World>], _ configuration: ModelConfiguration, _ settings: RL2Settings,
    renderer: (any Renderer)?
  ) {
    self.trials = trials
    self.configuration = configuration
    self.settings = settings
    gradients = Parameters(configuration)
    unroll = RecurrentUnroll(
      configuration, steps: settings.unroll, rows: trials.count, renderer: renderer)
    let count = settings.unroll * trials.count
    dlogits = Matrix(rows: count, columns: configuration.predictionCount)
    probabilities = Matrix(rows: count, columns: configuration.predictionCount)
    dvalues = Matrix(rows: count, columns: 1)
    inputs = trials.map(\.input)
    actions = Array(repeating: 0, count: count)
    rewards = Array(repeating: 0, count: count)
    ends = Array(repeating: false, count: count)
    returns = rewards
    for _ in 0..<settings.unroll {
      rowRewards.append(0)
      rowEnds.append(false)
      nextValues.append(0)
    }
  }

  /// Acts for a stretch and leaves the gradient of its part of the update's loss. What a world throws leaves the
  /// lane in the middle of its stretch: it cannot go on.
  /// - Parameters:
  ///   - objective: How to act, and what is learned from it.
  ///   - random: The chance of the actions.
  package func live(
    _ parameters: Parameters, for objective: some RL2Objective, using random: inout Random
  ) throws(World.Failure) {
    outcome = RL2Outcome()
    let policy = objective.policy(of: configuration)
    try act(parameters, for: objective, policy, using: &random)
    findReturns(for: objective)
    takeGradient(parameters, for: objective, policy)
    unroll.begin()
  }

  private func act(
    _ parameters: Parameters, for objective: some RL2Objective, _ policy: FactoredPolicy,
    using random: inout Random
  ) throws(World.Failure) {
    let probabilities = self.probabilities
    for step in 0..<settings.unroll {
      readInputs()
      unroll.predict(step, inputs, parameters)
      for row in trials.indices {
        let index = step * trials.count + row
        objective.findProbabilities(of: unroll.logits, row: index, policy, into: probabilities)
        actions[index] = policy.draw(from: probabilities.row(index), using: &random)
        trials[row].announce(actions[index])
      }
      for row in trials.indices {
        let index = step * trials.count + row
        let lived = try trials[row].step(actions[index]) { returns in
          outcome.trials += 1
          outcome.firstReturns += returns.first ?? 0
          outcome.lastReturns += returns.last ?? 0
        }
        rewards[index] = Float(settings.rewardScale) * (lived.reward + lived.bonus)
        ends[index] = lived.endsTrial
        if lived.endsTrial { unroll.forget(row, before: step + 1) }
      }
    }
    readInputs()
    unroll.predict(settings.unroll, inputs, parameters)
  }

  /// Whether what it predicts next is made of numbers.
  func predictsNumbers(_ parameters: Parameters) -> Bool {
    readInputs()
    unroll.predict(0, inputs, parameters)
    unroll.restart()
    let next = 0..<trials.count
    return unroll.logits[rows: next].sumOfSquares.isFinite
      && unroll.values[rows: next].sumOfSquares.isFinite
  }

  private func readInputs() { for row in trials.indices { inputs[row] = trials[row].input } }

  /// Leaves G_t in `returns`.
  private func findReturns(for objective: some RL2Objective) {
    for row in trials.indices {
      for step in 0..<settings.unroll {
        let index = step * trials.count + row
        rowRewards[step] = rewards[index]
        rowEnds[step] = ends[index]
        nextValues[step] = objective.value(in: unroll, row: index + trials.count)
      }
      computeLambdaReturns(
        rewards: rowRewards, ends: rowEnds, nextValues: nextValues,
        discount: Float(settings.discount), lambda: Float(settings.lambda), into: &rowReturns)
      for step in 0..<settings.unroll { returns[step * trials.count + row] = rowReturns[step] }
    }
  }

  private func takeGradient(
    _ parameters: Parameters, for objective: some RL2Objective, _ policy: FactoredPolicy
  ) {
    let share = 1 / Float(settings.stepsPerUpdate)
    var (loss, entropySum) = (0.0, 0.0)
    let probabilities = self.probabilities
    for index in actions.indices {
      entropySum += Double(policy.entropy(of: probabilities.row(index)))
      loss += Double(
        objective.differentiate(
          unroll, policy, probabilities, row: index, action: actions[index],
          return: returns[index], share: share, into: dlogits, dvalues))
    }
    outcome.loss = loss / Double(settings.stepsPerUpdate)
    outcome.entropy = entropySum / Double(settings.stepsPerUpdate)
    gradients.all.fill(with: 0)
    unroll.backward(dlogits, dvalues, parameters, into: gradients)
  }
}

// A fixed share of the environments: acts in them for a stretch of steps and takes the gradient of what came of
// it. Nothing here depends on the other lanes, so any number of workers gives the same bits.

internal import Foundation
package import LinearAlgebra
package import Randomness
internal import SourceAlgorithms
package import Tasks
package import Transformer

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

/// The loss of one step of an actor-critic, −A · log π(a) − β · H(π) + w · ½ (G − V)², with the return G and the
/// advantage A = G − V taken as constants.
package struct ActorCriticLoss {
  private let entropyBonus: Float
  private let valueWeight: Float
  private let share: Float

  /// A loss.
  /// - Parameters:
  ///   - entropyBonus: β.
  ///   - valueWeight: w.
  ///   - share: What the gradient of a step counts.
  package init(entropyBonus: Float, valueWeight: Float, share: Float) {
    self.entropyBonus = entropyBonus
    self.valueWeight = valueWeight
    self.share = share
  }

  /// The loss and the entropy of a step, in nats.
  /// - Parameters:
  ///   - policy: π, rows × actions.
  ///   - row: The step's row, in all three.
  ///   - action: a.
  ///   - dlogits: Its row is overwritten with the gradient.
  ///   - advantages: Holds A, whose place the gradient of V takes.
  package func differentiate(
    _ policy: Matrix, row: Int, action: Int, into dlogits: Matrix, replacing advantages: Matrix
  ) -> (loss: Float, entropy: Float) {
    let p = policy.row(row)
    var entropy: Float = 0
    for index in p.indices where p[index] > 0 { entropy -= p[index] * log(p[index]) }
    var value = advantages.mutableRow(row)
    let advantage = value[0]
    value[0] = -valueWeight * advantage * share
    var gradient = dlogits.mutableRow(row)
    for index in p.indices {
      let chosen: Float = index == action ? 1 : 0
      let surprise = p[index] > 0 ? p[index] * (log(p[index]) + entropy) : 0
      gradient[index] = ((p[index] - chosen) * advantage + entropyBonus * surprise) * share
    }
    let policyLoss = -advantage * log(max(p[action], Float.leastNormalMagnitude))
    return (
      policyLoss - entropyBonus * entropy + valueWeight * advantage * advantage / 2, entropy
    )
  }
}

/// Some environments and the gradient they gave.
///
/// The loss is the mean of `ActorCriticLoss` over all steps of all lanes, with λ-returns. A return goes on over the
/// episodes of a trial and ends with the trial.
package final class RL2Lane<World: Environment> {
  /// Of the loss, after `live`.
  package let gradients: Parameters
  /// The environments.
  package internal(set) var trials: [Trial<World>]
  /// What the model remembers of them.
  package let unroll: RecurrentUnroll
  /// What came of the last stretch.
  package private(set) var outcome = RL2Outcome()

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
  private var returns: [Float] = []

  /// Environments at the beginning of a stretch.
  package init(
    _ trials: [Trial<World>], _ configuration: TransformerConfiguration, _ settings: RL2Settings,
    renderer: (any Renderer)?
  ) {
    self.trials = trials
    self.settings = settings
    gradients = Parameters(configuration)
    unroll = RecurrentUnroll(
      configuration, steps: settings.unroll, rows: trials.count, renderer: renderer)
    let count = settings.unroll * trials.count
    dlogits = Matrix(rows: count, columns: configuration.interface.actionCount)
    probabilities = Matrix(rows: count, columns: configuration.interface.actionCount)
    dvalues = Matrix(rows: count, columns: 1)
    inputs = trials.map(\.input)
    actions = Array(repeating: 0, count: count)
    rewards = Array(repeating: 0, count: count)
    ends = Array(repeating: false, count: count)
    for _ in 0..<settings.unroll {
      rowRewards.append(0)
      rowEnds.append(false)
      nextValues.append(0)
    }
  }

  /// Acts for a stretch and leaves the gradient of its part of the update's loss.
  /// - Parameters:
  ///   - random: The chance of the actions.
  ///   - entropyBonus: β.
  package func live(_ parameters: Parameters, using random: inout Random, entropyBonus: Float) {
    outcome = RL2Outcome()
    act(parameters, using: &random)
    findReturns()
    takeGradient(parameters, entropyBonus: entropyBonus)
    unroll.begin()
  }

  private func act(_ parameters: Parameters, using random: inout Random) {
    for step in 0..<settings.unroll {
      readInputs()
      unroll.predict(step, inputs, parameters)
      for row in trials.indices {
        let index = step * trials.count + row
        let weights = probabilities[rows: index..<index + 1]
        Network.softmax(unroll.logits[rows: index..<index + 1], into: weights)
        actions[index] = random.categorical(weights.row(0))
        let lived = trials[row].step(actions[index]) { returns in
          outcome.trials += 1
          outcome.firstReturns += returns.first ?? 0
          outcome.lastReturns += returns.last ?? 0
        }
        rewards[index] = Float(settings.rewardScale) * lived.reward
        ends[index] = lived.endsTrial
        if lived.endsTrial { unroll.forget(row, before: step + 1) }
      }
    }
    readInputs()
    unroll.predict(settings.unroll, inputs, parameters)
  }

  private func readInputs() { for row in trials.indices { inputs[row] = trials[row].input } }

  /// Leaves G_t − V_t in `dvalues`.
  private func findReturns() {
    let (values, advantages) = (unroll.values, dvalues)
    for row in trials.indices {
      for step in 0..<settings.unroll {
        let index = step * trials.count + row
        rowRewards[step] = rewards[index]
        rowEnds[step] = ends[index]
        nextValues[step] = values.row(index + trials.count)[0]
      }
      computeLambdaReturns(
        rewards: rowRewards, ends: rowEnds, nextValues: nextValues,
        discount: Float(settings.discount), lambda: Float(settings.lambda), into: &returns)
      for step in 0..<settings.unroll {
        let index = step * trials.count + row
        var advantage = advantages.mutableRow(index)
        advantage[0] = returns[step] - values.row(index)[0]
      }
    }
  }

  private func takeGradient(_ parameters: Parameters, entropyBonus: Float) {
    let step = ActorCriticLoss(
      entropyBonus: entropyBonus, valueWeight: Float(settings.valueWeight),
      share: 1 / Float(settings.stepsPerUpdate))
    var (loss, entropy) = (0.0, 0.0)
    for index in actions.indices {
      let found = step.differentiate(
        probabilities, row: index, action: actions[index], into: dlogits, replacing: dvalues)
      loss += Double(found.loss)
      entropy += Double(found.entropy)
    }
    outcome.loss = loss / Double(settings.stepsPerUpdate)
    outcome.entropy = entropy / Double(settings.stepsPerUpdate)
    gradients.all.fill(with: 0)
    unroll.backward(dlogits, dvalues, parameters, into: gradients)
  }
}

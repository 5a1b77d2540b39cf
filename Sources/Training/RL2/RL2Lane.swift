// A fixed share of the environments: acts in them for a stretch of steps and takes the gradient of what came of
// it. Nothing here depends on the other lanes, so any number of workers gives the same bits.

internal import Foundation
internal import LinearAlgebra
internal import Randomness
internal import SourceAlgorithms
internal import Tasks
internal import Transformer

/// What came of a lane's stretch, or of all lanes'.
struct RL2Outcome {
  /// Of the update's loss.
  var loss = 0.0
  /// The mean entropy of the policy, in nats.
  var entropy = 0.0
  /// The trials that ended, and the sums of the returns of their first and of their last episodes.
  var trials = 0
  var firstReturns = 0.0
  var lastReturns = 0.0

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
/// The loss is the mean over all steps of all lanes of
/// −A_t · log π(a_t) − β · H(π) + w · ½ (G_t − V_t)², with the λ-return G_t and the advantage A_t = G_t − V_t
/// taken as constants. The return goes on over the episodes of a trial and ends with the trial.
final class RL2Lane<World: Environment> {
  let gradients: Parameters
  var trials: [Trial<World>]
  let unroll: RecurrentUnroll
  private(set) var outcome = RL2Outcome()

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

  init(
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
  func live(_ parameters: Parameters, using random: inout Random, entropyBonus: Float) {
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
        rewards[index] = lived.reward
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
    let share = 1 / Float(settings.stepsPerUpdate)
    let valueWeight = Float(settings.valueWeight)
    let (probabilities, dlogits, dvalues) = (self.probabilities, self.dlogits, self.dvalues)
    var (loss, entropies) = (0.0, 0.0)
    for index in 0..<dvalues.rows {
      let p = probabilities.row(index)
      var entropy: Float = 0
      for action in p.indices where p[action] > 0 { entropy -= p[action] * log(p[action]) }
      var value = dvalues.mutableRow(index)
      let advantage = value[0]
      value[0] = -valueWeight * advantage * share
      var gradient = dlogits.mutableRow(index)
      for action in p.indices {
        let chosen: Float = action == actions[index] ? 1 : 0
        let surprise = p[action] > 0 ? p[action] * (log(p[action]) + entropy) : 0
        gradient[action] =
          ((p[action] - chosen) * advantage + entropyBonus * surprise) * share
      }
      let likelihood = log(max(p[actions[index]], 1e-30))
      loss += Double(
        -advantage * likelihood - entropyBonus * entropy
          + valueWeight * advantage * advantage / 2)
      entropies += Double(entropy)
    }
    outcome.loss = loss / Double(settings.stepsPerUpdate)
    outcome.entropy = entropies / Double(settings.stepsPerUpdate)
    gradients.all.fill(with: 0)
    unroll.backward(dlogits, dvalues, parameters, into: gradients)
  }
}

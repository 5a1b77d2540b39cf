import Learning
import LinearAlgebra
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport
import Testing

import func Foundation.exp
import func Foundation.log

@Suite struct `The gradient of an actor-critic` {

  /// Steps with a repeated observation, an episode's end within, and a last step that is cut or not.
  @Test(arguments: [true, false], [[4], [2, 3]])
  func `is that of finite differences of the loss`(endsAtLast: Bool, factors: [Int]) {
    let interface = TaskInterface(
      observationSizes: [3, 3], actionFactors: factors, episodeLength: 5, rewards: [0, 1])
    var settings = A3CSettings()
    settings.hiddenLayers = 2
    settings.hiddenWidth = 6
    let networks = ActorCriticNetworks(
      settings, LogitActorCriticLoss(entropyBonus: 0.2), interface)
    let parameters = networks.makeParameters()
    var random = Seed(8).random(for: "weights")
    networks.policy.initialize(parameters.policy, outputScale: 1, using: &random)
    networks.value.initialize(parameters.value, outputScale: 1, using: &random)

    let steps: [(Observation, Int, Float, Bool)] = [
      (Observation(1, 1), 0, 0, false), (Observation(1, 2), 3, 1, false),
      (Observation(1, 1), 1, 0.5, true), (Observation(0, 2), 2, -1, false),
      (Observation(2, 2), 2, 1, endsAtLast),
    ]
    let following = Observation(2, 0)
    var unroll = Unroll(steps: 6, networks)
    for (observation, action, reward, ends) in steps {
      let row = unroll.row(of: observation, networks, parameters)
      unroll.append(row: row, action: action, reward: reward, ends: ends)
    }
    unroll.following = following
    let gradient = networks.makeParameters()
    networks.computeGradient(of: &unroll, at: parameters, into: gradient)

    let policy = ReferenceNetwork(networks.policy, parameters.policy)
    let value = ReferenceNetwork(networks.value, parameters.value)
    let values = steps.map { value.output($0.0)[0] }
    var returns = [Double](repeating: 0, count: steps.count)
    var later = value.output(following)[0]
    for (index, step) in steps.enumerated().reversed() {
      let next = index == steps.count - 1 ? value.output(following)[0] : values[index + 1]
      later = Double(step.2) + (step.3 ? 0 : 0.99 * (0.05 * next + 0.95 * later))
      returns[index] = later
    }
    let policyGradient = finiteDifferences(at: policy) { network in
      steps.indices.reduce(0) { loss, index in
        let logits = network.output(steps[index].0)
        var (logTaken, entropy) = (0.0, 0.0)
        for (factor, part) in networks.actions.parts.enumerated() {
          let total = log(part.reduce(0) { $0 + exp(logits[$1]) })
          logTaken += logits[networks.actions.index(of: steps[index].1, in: factor)] - total
          for place in part { entropy -= exp(logits[place] - total) * (logits[place] - total) }
        }
        let advantage = returns[index] - values[index]
        return loss - (advantage * logTaken + 0.2 * entropy) / Double(steps.count)
      }
    }
    let valueGradient = finiteDifferences(at: value) { network in
      steps.indices.reduce(0) { loss, index in
        let error = returns[index] - network.output(steps[index].0)[0]
        return loss + error * error / 2 / Double(steps.count)
      }
    }
    let foundPolicy = ReferenceNetwork.flattened(gradient.policy)
    let foundValue = ReferenceNetwork.flattened(gradient.value)
    #expect(relativeError(of: foundPolicy, from: policyGradient) < Tolerance.networkGradient)
    #expect(relativeError(of: foundValue, from: valueGradient) < Tolerance.networkGradient)
  }
}

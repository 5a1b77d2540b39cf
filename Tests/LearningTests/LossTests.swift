import Foundation
import Learning
import LinearAlgebra
import TestSupport
import Testing

@Suite struct `The loss of a step of an actor-critic` {
  private static let losses: [any ActorCriticLoss] = [
    LogitActorCriticLoss(entropyBonus: 0.3),
    ProbabilityActorCriticLoss(entropyBonus: 0.3, valueWeight: 0.5),
  ]

  /// Both losses, over one factor and over three, and its gradient by logits against differences in double precision.
  @Test(arguments: [0, 1], [[5], [3, 2, 4]])
  func `is that of its equation, and its gradient that of finite differences`(
    number: Int, factors: [Int]
  ) {
    let (policy, loss) = (FactoredPolicy(factors: factors), Self.losses[number])
    let valueWeight = number == 0 ? 1 : 0.5
    let logits = ReferenceMatrix(rows: 1, columns: policy.logitCount, key: 7)
    let (value, target, bonus) = (0.75, 2.25, 0.3)
    for action in [0, policy.actionCount / 2, policy.actionCount - 1] {
      func reference(_ logits: ReferenceMatrix, advantage: Double) -> Double {
        var (logProbability, entropy) = (0.0, 0.0)
        for (factor, part) in policy.parts.enumerated() {
          let total = log(part.reduce(0) { $0 + exp(logits[0, $1]) })
          logProbability += logits[0, policy.index(of: action, in: factor)] - total
          for index in part {
            entropy -= exp(logits[0, index] - total) * (logits[0, index] - total)
          }
        }
        return -advantage * logProbability - bonus * entropy
          + valueWeight * advantage * advantage / 2
      }
      let advantage = target - value
      let expected = centralDifferences(at: logits) { reference($0, advantage: advantage) }
      let (z, p) = (Matrix(logits), Matrix(rows: 1, columns: policy.logitCount))
      policy.findProbabilities(of: z, row: 0, into: p)
      let gradient = Matrix(rows: 1, columns: policy.logitCount)
      gradient.fill(with: 9)
      var dlogits = gradient.mutableRow(0)
      let (found, dvalue) = loss.differentiate(
        policy, logits: z.row(0), probabilities: p.row(0), value: Float(value), action: action,
        return: Float(target), into: &dlogits)
      #expect(relativeError(gradient.reference, expected: expected) <= Tolerance.networkGradient)
      #expect(dvalue == Float(-valueWeight * advantage))
      #expect(
        relativeError([Double(found)], expected: [reference(logits, advantage: advantage)])
          <= Tolerance.modelLoss)
    }
  }
}

@Suite struct `The loss of a step of action values` {
  @Test func `is half the square of the error, and falls towards the return`() {
    let (loss, dvalue) = SquaredError().differentiate(value: 0.5, return: 2)
    #expect(loss == 1.125)
    #expect(dvalue == -1.5)
  }
}

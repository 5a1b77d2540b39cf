import Foundation
import Learning
import LinearAlgebra
import Randomness
import TestSupport
import Testing

@Suite struct `A policy over factors` {
  private static let policy = FactoredPolicy(factors: [3, 2, 4])
  private static let logits: [Float] = [0.5, -1, 2, 0, 1, -0.5, 0.25, 3, -2]

  private static func probabilities(
    _ policy: FactoredPolicy = policy, _ logits: [Float] = logits
  ) -> Matrix {
    let (z, p) = (
      Matrix(rows: 1, columns: logits.count), Matrix(rows: 1, columns: logits.count)
    )
    z.assign(logits)
    policy.findProbabilities(of: z, row: 0, into: p)
    return p
  }

  @Test func `has a softmax for each factor`() {
    let found = Self.probabilities().values
    for part in [0..<3, 3..<5, 5..<9] {
      let powers = part.map { exp(Double(Self.logits[$0])) }
      for (index, power) in zip(part, powers) {
        let expected = power / powers.reduce(0, +)
        #expect(abs(Double(found[index]) - expected) < Tolerance.probability)
      }
    }
  }

  @Test func `of one factor has the bits of a softmax and of a categorical`() {
    let policy = FactoredPolicy(factors: [9])
    let (z, expected) = (Matrix(rows: 1, columns: 9), Matrix(rows: 1, columns: 9))
    z.assign(Self.logits)
    Network.softmax(z, into: expected)
    let found = Self.probabilities(policy)
    #expect(found.values == expected.values)
    var (random, same) = (Seed(1).random(for: "draws"), Seed(1).random(for: "draws"))
    for _ in 0..<100 {
      #expect(
        policy.draw(from: found.row(0), using: &random) == same.categorical(expected.row(0)))
    }
  }

  @Test func `draws each choice as often as it is probable, the first factor the most significant`()
  {
    let probabilities = Self.probabilities()
    var random = Seed(1).random(for: "draws")
    var counts = [Int](repeating: 0, count: 9)
    for _ in 0..<10_000 {
      let action = Self.policy.draw(from: probabilities.row(0), using: &random)
      for (place, choice) in [(0, action / 8), (3, action / 4 % 2), (5, action % 4)] {
        counts[place + choice] += 1
      }
    }
    for (count, probability) in zip(counts, probabilities.values) {
      #expect(abs(Double(count) / 10_000 - Double(probability)) < Tolerance.shareOfTenThousand)
    }
  }

  @Test func `has probabilities of actions that sum to one, and their entropy`() {
    let probabilities = Self.probabilities()
    let logarithms = (0..<24).map {
      Double(Self.policy.logProbability(of: $0, in: probabilities.row(0)))
    }
    #expect(abs(logarithms.reduce(0) { $0 + exp($1) } - 1) < Tolerance.modelLoss)
    let entropy = -logarithms.reduce(0) { $0 + exp($1) * $1 }
    let found = Double(Self.policy.entropy(of: probabilities.row(0)))
    #expect(relativeError([found], expected: [entropy]) < Tolerance.modelLoss)
  }
}

import Learning
import TestSupport
import Testing

@Suite struct `Lambda returns` {
  @Test(arguments: [0.0, 0.5, 0.95, 1.0])
  func `agree with the mixture of all n-step returns`(lambda: Double) {
    let rewards: [Float] = [0, 1, 0.5, -1, 0, 2, 1, 0, 0.25, 1]
    let ends = [false, false, false, true, false, false, false, true, false, false]
    let nextValues: [Float] = [0.3, -0.2, 1, 9, 0.5, 0.25, 2, 9, -1, 1.5]
    var returns: [Float] = []
    computeLambdaReturns(
      rewards: rewards, ends: ends, nextValues: nextValues, discount: 0.9, lambda: Float(lambda),
      into: &returns)
    for step in rewards.indices {
      let expected = mixture(from: step, rewards, ends, nextValues, discount: 0.9, lambda: lambda)
      #expect(abs(Double(returns[step]) - expected) < Tolerance.lambdaReturn)
    }
  }

  @Test func `are those of PyTorch's generalised advantages and values`() throws {
    let golden = try GoldenFile(named: "lambda-returns")
    let (rewards, ends) = (try golden.tensor("rewards"), try golden.tensor("ends"))
    let (values, expected) = (try golden.tensor("values"), try golden.tensor("returns"))
    var row = 0
    for discount in try golden.tensor("discounts").values {
      for lambda in try golden.tensor("lambdas").values {
        for unroll in 0..<rewards.rows {
          let steps = 0..<rewards.columns
          var returns: [Float] = []
          computeLambdaReturns(
            rewards: steps.map { Float(rewards[unroll, $0]) },
            ends: steps.map { ends[unroll, $0] == 1 },
            nextValues: steps.map { Float(values[unroll, $0 + 1]) }, discount: Float(discount),
            lambda: Float(lambda), into: &returns)
          for step in steps {
            let error = abs(Double(returns[step]) - expected[row, step])
            #expect(error <= Tolerance.lambdaReturn, "γ \(discount), λ \(lambda), step \(step)")
          }
          row += 1
        }
      }
    }
    #expect(row == expected.rows)
  }

  /// Σₙ (1 − λ) λⁿ⁻¹ R⁽ⁿ⁾, the last n-step return taking all the weight that is left.
  private func mixture(
    from first: Int, _ rewards: [Float], _ ends: [Bool], _ nextValues: [Float], discount: Double,
    lambda: Double
  ) -> Double {
    let last = ends[first...].firstIndex(of: true) ?? rewards.count - 1
    var sum = 0.0
    for end in first...last {
      var nStep = 0.0
      for step in first...end {
        nStep += power(discount, step - first) * Double(rewards[step])
      }
      if !ends[end] { nStep += power(discount, end + 1 - first) * Double(nextValues[end]) }
      let weight = end == last ? 1 : 1 - lambda
      sum += weight * power(lambda, end - first) * nStep
    }
    return sum
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}

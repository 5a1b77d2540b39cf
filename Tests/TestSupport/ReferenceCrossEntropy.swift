// The loss: weighted mean of smoothed cross-entropies. Also the elementary functions that the
// reference takes from the C library.

internal import Foundation

func exponential(_ x: Double) -> Double { exp(x) }
func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }

/// Σ w · CE(logits, action) / Σ w, where the target puts 1 − α on the action and α/A on every
/// action (Szegedy et al. 2016, arXiv:1512.00567). Of an action of several factors the cross-entropy is the sum over
/// factors, each with a softmax and a target of its own.
public struct ReferenceCrossEntropy: Sendable {
  /// The choices of the action taken in each row, as places among those of all factors.
  public let choices: [[Int]]
  /// The number of choices of each factor.
  public let factors: [Int]
  /// The weight of each row.
  public let weights: [Double]
  /// α, the share of the target spread over all choices of a factor.
  public let smoothing: Double

  /// The loss of rows with these choices and weights.
  public init(choices: [[Int]], factors: [Int], weights: [Double], smoothing: Double) {
    self.choices = choices
    self.factors = factors
    self.weights = weights
    self.smoothing = smoothing
  }

  /// The places of each factor's choices.
  private var blocks: [Range<Int>] {
    factors.indices.map { factor in
      let first = factors[..<factor].reduce(0, +)
      return first..<first + factors[factor]
    }
  }

  private func target(row: Int, _ place: Int, among count: Int) -> Double {
    (choices[row].contains(place) ? 1 - smoothing : 0) + smoothing / Double(count)
  }

  private func logarithmOfSum(_ logits: ReferenceMatrix, row: Int, _ block: Range<Int>) -> Double {
    let values = block.map { logits[row, $0] }
    let largest = values.max() ?? 0
    return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
  }

  /// The loss of logits, rows × choices.
  public func forward(_ logits: ReferenceMatrix) -> Double {
    var sum = 0.0
    for row in 0..<logits.rows {
      for block in blocks {
        let total = logarithmOfSum(logits, row: row, block)
        for place in block {
          let surprise = total - logits[row, place]
          sum += weights[row] * target(row: row, place, among: block.count) * surprise
        }
      }
    }
    return sum / weights.reduce(0, +)
  }

  /// The gradient of the logits.
  public func backward(logits: ReferenceMatrix) -> ReferenceMatrix {
    var dLogits = logits
    let total = weights.reduce(0, +)
    for row in 0..<logits.rows {
      for block in blocks {
        let logarithm = logarithmOfSum(logits, row: row, block)
        for place in block {
          let probability = exp(logits[row, place] - logarithm)
          let target = target(row: row, place, among: block.count)
          dLogits[row, place] = weights[row] / total * (probability - target)
        }
      }
    }
    return dLogits
  }
}

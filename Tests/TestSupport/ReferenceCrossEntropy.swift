// The loss: weighted mean of smoothed cross-entropies. Also the elementary functions that the
// reference takes from the C library.

internal import Foundation

func exponential(_ x: Double) -> Double { exp(x) }
func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }

/// Σ w · CE(logits, action) / Σ w, where the target puts 1 − α on the action and α/A on every
/// action (Szegedy et al. 2016, arXiv:1512.00567).
public struct ReferenceCrossEntropy: Sendable {
  /// The action taken in each row.
  public let actions: [Int]
  /// The weight of each row.
  public let weights: [Double]
  /// α, the share of the target spread over all actions.
  public let smoothing: Double

  /// The loss of rows with these actions and weights.
  public init(actions: [Int], weights: [Double], smoothing: Double) {
    self.actions = actions
    self.weights = weights
    self.smoothing = smoothing
  }

  private func target(row: Int, action: Int, among count: Int) -> Double {
    (action == actions[row] ? 1 - smoothing : 0) + smoothing / Double(count)
  }

  private func logarithmOfSum(_ logits: ReferenceMatrix, row: Int) -> Double {
    let values = (0..<logits.columns).map { logits[row, $0] }
    let largest = values.max() ?? 0
    return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
  }

  /// The loss of logits, rows × actions.
  public func forward(_ logits: ReferenceMatrix) -> Double {
    var sum = 0.0
    for row in 0..<logits.rows {
      let total = logarithmOfSum(logits, row: row)
      for action in 0..<logits.columns {
        let surprise = total - logits[row, action]
        sum += weights[row] * target(row: row, action: action, among: logits.columns) * surprise
      }
    }
    return sum / weights.reduce(0, +)
  }

  /// The gradient of the logits.
  public func backward(logits: ReferenceMatrix) -> ReferenceMatrix {
    var dLogits = logits
    let total = weights.reduce(0, +)
    for row in 0..<logits.rows {
      let logarithm = logarithmOfSum(logits, row: row)
      for action in 0..<logits.columns {
        let probability = exp(logits[row, action] - logarithm)
        let target = target(row: row, action: action, among: logits.columns)
        dLogits[row, action] = weights[row] / total * (probability - target)
      }
    }
    return dLogits
  }
}

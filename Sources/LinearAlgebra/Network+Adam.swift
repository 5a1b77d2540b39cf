// Adam over all parameters of a small network at once, in one pass through memory.

internal import CKernels

/// The state of Adam (Kingma & Ba 2015, arXiv:1412.6980): moments of the gradient, without weight decay.
///
/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − α · m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ) and
/// v̂ = v / (1 − β₂ᵗ).
package struct NetworkAdam {
  private let first: Matrix
  private let second: Matrix
  private let firstDecay: Double
  private let secondDecay: Double
  private let epsilon: Float
  private var firstPower = 1.0
  private var secondPower = 1.0

  /// Moments of zero for `count` parameters.
  package init(count: Int, firstDecay: Double, secondDecay: Double, epsilon: Double) {
    first = Matrix(rows: 1, columns: count)
    second = Matrix(rows: 1, columns: count)
    self.firstDecay = firstDecay
    self.secondDecay = secondDecay
    self.epsilon = Float(epsilon)
  }

  /// One step.
  /// - Parameters:
  ///   - parameters: Moved.
  ///   - gradient: Of the loss.
  ///   - learningRate: α.
  ///   - copy: Receives the moved parameters as well.
  package mutating func step(
    _ parameters: Matrix, gradient: Matrix, learningRate: Double, copyingTo copy: Matrix
  ) {
    parameters.checkShape(of: gradient)
    parameters.checkShape(of: copy)
    first.checkShape(of: parameters)
    precondition(
      parameters.isContiguous && gradient.isContiguous && copy.isContiguous,
      "Adam steps over parameters without gaps")
    firstPower *= firstDecay
    secondPower *= secondDecay
    unsafe ck_network_adam(
      parameters.count, parameters.base, gradient.base, first.base, second.base, copy.base,
      Float(firstDecay), Float(secondDecay), Float(learningRate / (1 - firstPower)),
      Float(1 / (1 - secondPower)), epsilon)
  }
}

// Adam over all parameters of a small network at once, in one pass through memory.

/// The state of Adam (Kingma & Ba 2015, arXiv:1412.6980): moments of the gradient, without weight decay.
package struct NetworkAdam {
  private let first: Matrix
  private let second: Matrix
  private let firstDecay: Double
  private let secondDecay: Double
  private let epsilon: Double
  private var steps = 0

  /// Moments of zero for `count` parameters.
  package init(count: Int, firstDecay: Double, secondDecay: Double, epsilon: Double) {
    first = Matrix(rows: 1, columns: count)
    second = Matrix(rows: 1, columns: count)
    self.firstDecay = firstDecay
    self.secondDecay = secondDecay
    self.epsilon = epsilon
  }

  /// One step, that of `AdamStep`.
  /// - Parameters:
  ///   - parameters: Moved.
  ///   - gradient: Of the loss.
  ///   - learningRate: α.
  ///   - gradientScale: Multiplies the gradient first, as clipping does.
  ///   - copy: Receives the moved parameters as well, or nil.
  package mutating func step(
    _ parameters: Matrix, gradient: Matrix, learningRate: Double, gradientScale: Double = 1,
    copyingTo copy: Matrix? = nil
  ) {
    steps += 1
    AdamStep(
      step: steps, rate: learningRate, beta1: firstDecay, beta2: secondDecay, epsilon: epsilon,
      weightDecay: 0, gradientScale: gradientScale
    ).apply(
      gradient: gradient, firstMoment: first, secondMoment: second, to: parameters,
      copyingTo: copy)
  }
}

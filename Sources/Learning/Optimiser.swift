// How parameters are moved along a gradient: the protocol, and Adam behind it. An optimiser is a value that says how;
// an optimisation is one use of it, with moments of its own.

public import LinearAlgebra

/// A rule by which learners move their parameters along a gradient.
public protocol Optimiser: Sendable {
  /// Begins for `count` parameters.
  func begin(count: Int) -> any Optimisation
}

/// An optimiser at work on one row of parameters.
public protocol Optimisation {
  /// What it goes on from: moments and counters.
  /// - Precondition: A state that is set was read from an optimisation of the same kind and size.
  var state: LearnerState { get set }

  /// Moves parameters.
  /// - Parameters:
  ///   - parameters: 1 × count; moved.
  ///   - gradient: 1 × count, of the loss.
  ///   - learningRate: The step size.
  ///   - gradientScale: Multiplies the gradient before anything else, as clipping does.
  ///   - copy: 1 × count; receives the moved parameters as well, or nil.
  mutating func step(
    _ parameters: Matrix, gradient: Matrix, learningRate: Double, gradientScale: Double,
    copyingTo copy: Matrix?)
}

/// Adam (Kingma & Ba 2015, arXiv:1412.6980), without weight decay; the step is that of `AdamStep`.
public struct Adam: Optimiser {
  /// β₁, by which the mean of the gradient decays.
  public var firstDecay: Double
  /// β₂, by which the mean of its square decays.
  public var secondDecay: Double
  /// ε.
  public var epsilon: Double

  /// Adam; by default as the paper's sources have it (Laskin et al. 2022, table 3).
  public init(firstDecay: Double = 0.9, secondDecay: Double = 0.999, epsilon: Double = 1e-6) {
    self.firstDecay = firstDecay
    self.secondDecay = secondDecay
    self.epsilon = epsilon
  }

  /// Moments of zero.
  public func begin(count: Int) -> any Optimisation { AdamRun(self, count: count) }
}

private struct AdamRun: Optimisation {
  private let adam: Adam
  private let first: Matrix
  private let second: Matrix
  private var steps = 0

  init(_ adam: Adam, count: Int) {
    self.adam = adam
    first = Matrix(rows: 1, columns: count)
    second = Matrix(rows: 1, columns: count)
  }

  var state: LearnerState {
    get {
      LearnerState(
        vectors: ["firstMoment": first.values, "secondMoment": second.values],
        counters: ["steps": steps])
    }
    set {
      first.assign(newValue.vector("firstMoment", count: first.count))
      second.assign(newValue.vector("secondMoment", count: second.count))
      steps = newValue.counter("steps")
    }
  }

  mutating func step(
    _ parameters: Matrix, gradient: Matrix, learningRate: Double, gradientScale: Double,
    copyingTo copy: Matrix?
  ) {
    steps += 1
    AdamStep(
      step: steps, rate: learningRate, beta1: adam.firstDecay, beta2: adam.secondDecay,
      epsilon: adam.epsilon, weightDecay: 0, gradientScale: gradientScale
    ).apply(
      gradient: gradient, firstMoment: first, secondMoment: second, to: parameters,
      copyingTo: copy)
  }
}

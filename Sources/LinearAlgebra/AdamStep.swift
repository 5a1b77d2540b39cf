// The optimiser's step over a whole arena of parameters.

internal import CKernels

/// One step of Adam with decoupled weight decay (Kingma & Ba 2015, arXiv:1412.6980;
/// Loshchilov & Hutter 2019, arXiv:1711.05101).
///
/// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ),
/// x ← x − rate · (m̂ / (√v̂ + ε) + decay · x).
public struct AdamStep: Sendable {
  private let kernel: ck_adam_step

  /// The step number `step`, from 1.
  /// - Parameters:
  ///   - gradientScale: Multiplies the gradient before anything else, as clipping does.
  ///   - weightDecay: 0 gives Adam.
  public init(
    step: Int, rate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double,
    gradientScale: Double
  ) {
    precondition(step >= 1, "the first step of Adam is 1, not \(step)")
    kernel = ck_adam_step(
      rate: Float(rate), beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon),
      decay: Float(weightDecay), gradient_scale: Float(gradientScale),
      correction1: Float(1 / (1 - power(beta1, step))),
      correction2: Float(1 / (1 - power(beta2, step))))
  }

  /// Moves parameters and both running moments. |g| below 10⁻¹⁵, |m| below 10⁻²⁵ and v below 10⁻³⁰ are
  /// taken as zero.
  /// - Parameter copy: Receives the moved parameters as well, or nil.
  public func apply(
    gradient: Matrix, firstMoment: Matrix, secondMoment: Matrix, to parameters: Matrix,
    copyingTo copy: Matrix? = nil
  ) {
    for other in [gradient, firstMoment, secondMoment] {
      parameters.checkShape(of: other)
      other.checkContiguous()
    }
    copy.map(parameters.checkShape)
    copy?.checkContiguous()
    parameters.checkContiguous()
    unsafe ck_adam(
      parameters.count, kernel, gradient.base, firstMoment.base, secondMoment.base,
      parameters.base, copy?.base)
  }
}

/// xⁿ by repeated squaring: plain arithmetic, so the same bits everywhere.
private func power(_ x: Double, _ n: Int) -> Double {
  var result = 1.0
  var square = x
  var rest = n
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}

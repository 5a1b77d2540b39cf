// One block of the transformer, pre-norm and post-norm, each forward with its backward beneath.
// The passes read as the figures; what they share stands below them. What attention looks at is the caller's: whole
// windows in a pass (TransformerPass), cached tokens when acting (TokenCache).

internal import Layers
internal import LinearAlgebra

/// What a block's forward pass makes, a row for each token. A pass that is not undone may use memory again: what is
/// read after another matrix was written must not share memory with it.
struct BlockActivations {
  /// After the first norm: what attention reads (pre-norm), or the feed-forward layer (post-norm).
  let normed1: Matrix
  let queryKeyValue: Matrix
  let mixed: Matrix
  /// The residual sum after attention.
  let sum1: Matrix
  /// After the second norm: what the feed-forward layer reads (pre-norm), or the output (post-norm).
  let normed2: Matrix
  /// The slope of the feed-forward layer's activation; nil if the pass is not undone.
  let slope: Matrix?
  let activated: Matrix
  /// The residual sum after the feed-forward layer: the output (pre-norm).
  let sum2: Matrix
  let moments1: Matrix
  let moments2: Matrix

  /// What the block puts out.
  func output(_ placement: NormPlacement) -> Matrix {
    switch placement {
    case .pre: sum2
    case .post: normed2
    }
  }
}

/// A block of any layer: all but its parameters and the tokens.
struct Block {
  let normPlacement: NormPlacement
  let dropoutRate: Double
  /// Tokens of a window, which has a dropout of its own.
  let tokens: Int

  /// Overwrites `a.mixed` with what attention makes of `a.queryKeyValue`.
  typealias Attend = () -> Void
  /// Overwrites the gradient of `a.queryKeyValue`, in `scratch`, from that of `a.mixed`.
  typealias AttendBackward = (_ dmixed: Matrix) -> Void

  /// Leaves the output of the block for tokens x in `a`.
  func forward(
    _ x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ site: DropoutSite,
    attend: Attend
  ) {
    switch normPlacement {
    case .pre: forwardPreNorm(x, p, keeping: a, site, attend)
    case .post: forwardPostNorm(x, p, keeping: a, site, attend)
    }
  }

  /// Undoes `forward`: `dy` becomes dx in place.
  func backward(
    of x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ dy: Matrix,
    _ d: LayerParameters, _ site: DropoutSite, using scratch: BlockScratch,
    attendBackward: AttendBackward
  ) {
    switch normPlacement {
    case .pre:
      backwardPreNorm(of: x, p, keeping: a, dy, d, site, using: scratch, attendBackward)
    case .post:
      backwardPostNorm(of: x, p, keeping: a, dy, d, site, using: scratch, attendBackward)
    }
  }

  /// x₁ = x + Attention(Norm(x)), y = x₁ + FeedForward(Norm(x₁)); y is `a.sum2`.
  private func forwardPreNorm(
    _ x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ site: DropoutSite,
    _ attend: Attend
  ) {
    LayerNorm.forward(
      x, gain: p.norm1.gain, bias: p.norm1.bias, into: a.normed1, keeping: a.moments1)
    Linear.forward(a.normed1, p.queryKeyValue, into: a.queryKeyValue)
    attend()
    add(a.mixed, p.projection, to: x, into: a.sum1, site.attentionOutput)
    LayerNorm.forward(
      a.sum1, gain: p.norm2.gain, bias: p.norm2.bias, into: a.normed2, keeping: a.moments2)
    feedForward(a.normed2, p, keeping: a)
    add(a.activated, p.outward, to: a.sum1, into: a.sum2, site.feedForwardOutput)
  }

  /// Undoes `forwardPreNorm`: `dy` becomes dx in place.
  private func backwardPreNorm(
    of x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ dy: Matrix,
    _ d: LayerParameters, _ site: DropoutSite, using scratch: BlockScratch,
    _ attendBackward: AttendBackward
  ) {
    // undoes: y = x₁ + FeedForward(Norm(x₁))
    backwardAdd(
      of: a.activated, p.outward, dy, into: scratch.inner, d.outward, site.feedForwardOutput,
      using: scratch)
    backwardFeedForward(of: a.normed2, p, keeping: a, scratch.inner, into: scratch.narrow, d)
    LayerNorm.backward(
      of: a.sum1, gain: p.norm2.gain, keeping: a.moments2, scratch.narrow, into: dy,
      dgain: d.norm2.gain, dbias: d.norm2.bias, accumulating: true)
    // undoes: x₁ = x + Attention(Norm(x))
    backwardAdd(
      of: a.mixed, p.projection, dy, into: scratch.narrow, d.projection, site.attentionOutput,
      using: scratch)
    attendBackward(scratch.narrow)
    Linear.backward(
      of: a.normed1, p.queryKeyValue, scratch.queryKeyValue, into: scratch.narrow2,
      d.queryKeyValue)
    LayerNorm.backward(
      of: x, gain: p.norm1.gain, keeping: a.moments1, scratch.narrow2, into: dy,
      dgain: d.norm1.gain, dbias: d.norm1.bias, accumulating: true)
  }

  /// x₁ = Norm(x + Attention(x)), y = Norm(x₁ + FeedForward(x₁)); x₁ is `a.normed1`, y is `a.normed2`.
  private func forwardPostNorm(
    _ x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ site: DropoutSite,
    _ attend: Attend
  ) {
    Linear.forward(x, p.queryKeyValue, into: a.queryKeyValue)
    attend()
    add(a.mixed, p.projection, to: x, into: a.sum1, site.attentionOutput)
    LayerNorm.forward(
      a.sum1, gain: p.norm1.gain, bias: p.norm1.bias, into: a.normed1, keeping: a.moments1)
    feedForward(a.normed1, p, keeping: a)
    add(a.activated, p.outward, to: a.normed1, into: a.sum2, site.feedForwardOutput)
    LayerNorm.forward(
      a.sum2, gain: p.norm2.gain, bias: p.norm2.bias, into: a.normed2, keeping: a.moments2)
  }

  /// Undoes `forwardPostNorm`: `dy` becomes dx in place.
  private func backwardPostNorm(
    of x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ dy: Matrix,
    _ d: LayerParameters, _ site: DropoutSite, using scratch: BlockScratch,
    _ attendBackward: AttendBackward
  ) {
    // undoes: y = Norm(x₁ + FeedForward(x₁))
    LayerNorm.backward(
      of: a.sum2, gain: p.norm2.gain, keeping: a.moments2, dy, into: scratch.residual,
      dgain: d.norm2.gain, dbias: d.norm2.bias, accumulating: false)
    backwardAdd(
      of: a.activated, p.outward, scratch.residual, into: scratch.inner, d.outward,
      site.feedForwardOutput, using: scratch)
    backwardFeedForward(of: a.normed1, p, keeping: a, scratch.inner, into: scratch.narrow, d)
    scratch.residual.add(scratch.narrow)
    // undoes: x₁ = Norm(x + Attention(x))
    LayerNorm.backward(
      of: a.sum1, gain: p.norm1.gain, keeping: a.moments1, scratch.residual, into: dy,
      dgain: d.norm1.gain, dbias: d.norm1.bias, accumulating: false)
    backwardAdd(
      of: a.mixed, p.projection, dy, into: scratch.narrow, d.projection, site.attentionOutput,
      using: scratch)
    attendBackward(scratch.narrow)
    Linear.backward(
      of: x, p.queryKeyValue, scratch.queryKeyValue, into: scratch.narrow2, d.queryKeyValue)
    dy.add(scratch.narrow2)
  }

  // MARK: What both placements share

  /// activated = GELU(x · Wᵀ + b).
  private func feedForward(_ x: Matrix, _ p: LayerParameters, keeping a: BlockActivations) {
    Linear.forward(x, p.inward, into: a.activated)
    if let slope = a.slope {
      GELU.forwardInPlace(a.activated, slope: slope)
    } else {
      GELU.forwardInPlace(a.activated)
    }
  }

  private func backwardFeedForward(
    of x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ dactivated: Matrix,
    into dx: Matrix, _ d: LayerParameters
  ) {
    guard let slope = a.slope else { preconditionFailure("a pass without slopes is not undone") }
    dactivated.multiplyElements(by: slope)
    Linear.backward(of: x, p.inward, dactivated, into: dx, d.inward)
  }

  /// z = residual + Dropout(x · Wᵀ + b).
  private func add(
    _ x: Matrix, _ p: LinearParameters, to residual: Matrix, into z: Matrix,
    _ site: DropoutSite.Place
  ) {
    guard site.isActive else {
      Linear.forward(x, p, addedTo: residual, into: z)
      return
    }
    Linear.forward(x, p, into: z)
    site.drop(z, rate: dropoutRate, tokens: tokens)
    z.add(residual)
  }

  /// Undoes `add` for x, W and b; the residual's gradient is `dz` itself, which stays as it is.
  private func backwardAdd(
    of x: Matrix, _ p: LinearParameters, _ dz: Matrix, into dx: Matrix, _ d: LinearParameters,
    _ site: DropoutSite.Place, using scratch: BlockScratch
  ) {
    guard site.isActive else {
      Linear.backward(of: x, p, dz, into: dx, d)
      return
    }
    scratch.dropped.copy(from: dz)
    site.drop(scratch.dropped, rate: dropoutRate, tokens: tokens)
    Linear.backward(of: x, p, scratch.dropped, into: dx, d)
  }
}

extension Block {
  init(_ configuration: ModelConfiguration) {
    self.init(
      normPlacement: configuration.model.normPlacement,
      dropoutRate: configuration.model.dropout, tokens: configuration.tokenCount)
  }
}

/// Memory that a block's backward pass overwrites, for the rows of a pass.
struct BlockScratch {
  let narrow: Matrix
  let narrow2: Matrix
  let residual: Matrix
  let dropped: Matrix
  let inner: Matrix
  let queryKeyValue: Matrix
}

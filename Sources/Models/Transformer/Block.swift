// One block of the transformer, pre-norm and post-norm, each forward with its backward beneath.
// The passes read as the figures; what they share stands below them.

internal import Layers
internal import LinearAlgebra

/// What a block keeps of its forward pass, rows of several windows.
struct BlockActivations {
  /// The normalised input of attention (pre-norm), or nothing of use (post-norm).
  let normed1: Matrix
  let queryKeyValue: Matrix
  let softmax: Matrix
  let mixed: Matrix
  /// The residual sum after attention.
  let sum1: Matrix
  /// The normalised input of the feed-forward layer.
  let normed2: Matrix
  /// The slope of the feed-forward layer's activation.
  let slope: Matrix
  let activated: Matrix
  /// The residual sum after the feed-forward layer.
  let sum2: Matrix
  let moments1: Matrix
  let moments2: Matrix
}

/// Runs blocks over the windows of a pass.
struct Block {
  let attention: Attention
  let scratch: BlockScratch
  let dropoutRate: Double

  /// x₁ = x + Attention(Norm(x)), y = x₁ + FeedForward(Norm(x₁)); y is `a.sum2`.
  func forwardPreNorm(
    _ x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ site: DropoutSite
  ) {
    LayerNorm.forward(
      x, gain: p.norm1.gain, bias: p.norm1.bias, into: a.normed1, keeping: a.moments1)
    mix(a.normed1, p, keeping: a, site)
    add(a.mixed, p.projection, to: x, into: a.sum1, site.attentionOutput)
    LayerNorm.forward(
      a.sum1, gain: p.norm2.gain, bias: p.norm2.bias, into: a.normed2, keeping: a.moments2)
    feedForward(a.normed2, p, keeping: a)
    add(a.activated, p.outward, to: a.sum1, into: a.sum2, site.feedForwardOutput)
  }

  /// Undoes `forwardPreNorm`: `dy` becomes dx in place.
  func backwardPreNorm(
    of x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ dy: Matrix,
    _ d: LayerParameters, _ site: DropoutSite
  ) {
    // undoes: y = x₁ + FeedForward(Norm(x₁))
    backwardAdd(
      of: a.activated, p.outward, dy, into: scratch.inner, d.outward, site.feedForwardOutput)
    backwardFeedForward(of: a.normed2, p, keeping: a, scratch.inner, into: scratch.narrow, d)
    LayerNorm.backward(
      of: a.sum1, gain: p.norm2.gain, keeping: a.moments2, scratch.narrow, into: dy,
      dgain: d.norm2.gain, dbias: d.norm2.bias, accumulating: true)
    // undoes: x₁ = x + Attention(Norm(x))
    backwardAdd(
      of: a.mixed, p.projection, dy, into: scratch.narrow, d.projection, site.attentionOutput)
    backwardMix(of: a.normed1, p, keeping: a, scratch.narrow, into: scratch.narrow2, d, site)
    LayerNorm.backward(
      of: x, gain: p.norm1.gain, keeping: a.moments1, scratch.narrow2, into: dy,
      dgain: d.norm1.gain, dbias: d.norm1.bias, accumulating: true)
  }

  /// x₁ = Norm(x + Attention(x)), y = Norm(x₁ + FeedForward(x₁)); x₁ is `a.normed1`, y is `a.normed2`.
  func forwardPostNorm(
    _ x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ site: DropoutSite
  ) {
    mix(x, p, keeping: a, site)
    add(a.mixed, p.projection, to: x, into: a.sum1, site.attentionOutput)
    LayerNorm.forward(
      a.sum1, gain: p.norm1.gain, bias: p.norm1.bias, into: a.normed1, keeping: a.moments1)
    feedForward(a.normed1, p, keeping: a)
    add(a.activated, p.outward, to: a.normed1, into: a.sum2, site.feedForwardOutput)
    LayerNorm.forward(
      a.sum2, gain: p.norm2.gain, bias: p.norm2.bias, into: a.normed2, keeping: a.moments2)
  }

  /// Undoes `forwardPostNorm`: `dy` becomes dx in place.
  func backwardPostNorm(
    of x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ dy: Matrix,
    _ d: LayerParameters, _ site: DropoutSite
  ) {
    // undoes: y = Norm(x₁ + FeedForward(x₁))
    LayerNorm.backward(
      of: a.sum2, gain: p.norm2.gain, keeping: a.moments2, dy, into: scratch.residual,
      dgain: d.norm2.gain, dbias: d.norm2.bias, accumulating: false)
    backwardAdd(
      of: a.activated, p.outward, scratch.residual, into: scratch.inner, d.outward,
      site.feedForwardOutput)
    backwardFeedForward(of: a.normed1, p, keeping: a, scratch.inner, into: scratch.narrow, d)
    scratch.residual.add(scratch.narrow)
    // undoes: x₁ = Norm(x + Attention(x))
    LayerNorm.backward(
      of: a.sum1, gain: p.norm1.gain, keeping: a.moments1, scratch.residual, into: dy,
      dgain: d.norm1.gain, dbias: d.norm1.bias, accumulating: false)
    backwardAdd(
      of: a.mixed, p.projection, dy, into: scratch.narrow, d.projection, site.attentionOutput)
    backwardMix(of: x, p, keeping: a, scratch.narrow, into: scratch.narrow2, d, site)
    dy.add(scratch.narrow2)
  }

  // MARK: What both placements share

  /// mixed = attention over each window of x.
  private func mix(
    _ x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ site: DropoutSite
  ) {
    Linear.forward(x, p.queryKeyValue, into: a.queryKeyValue)
    for window in 0..<x.rows / attention.tokens {
      let rows = window * attention.tokens..<(window + 1) * attention.tokens
      attention.forward(
        a.queryKeyValue[rows: rows], into: a.mixed[rows: rows], keeping: kept(a, window),
        key: site.attentionKey(window: window))
    }
  }

  private func backwardMix(
    of x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ dmixed: Matrix,
    into dx: Matrix, _ d: LayerParameters, _ site: DropoutSite
  ) {
    for window in 0..<x.rows / attention.tokens {
      let rows = window * attention.tokens..<(window + 1) * attention.tokens
      attention.backward(
        of: a.queryKeyValue[rows: rows], mixed: a.mixed[rows: rows], keeping: kept(a, window),
        dmixed[rows: rows], into: scratch.queryKeyValue[rows: rows],
        key: site.attentionKey(window: window))
    }
    Linear.backward(of: x, p.queryKeyValue, scratch.queryKeyValue, into: dx, d.queryKeyValue)
  }

  private func kept(_ a: BlockActivations, _ window: Int) -> Matrix {
    a.softmax[rows: window * attention.keptRows..<(window + 1) * attention.keptRows]
  }

  /// activated = GELU(x · Wᵀ + b).
  private func feedForward(_ x: Matrix, _ p: LayerParameters, keeping a: BlockActivations) {
    Linear.forward(x, p.inward, into: a.activated)
    GELU.forwardInPlace(a.activated, slope: a.slope)
  }

  private func backwardFeedForward(
    of x: Matrix, _ p: LayerParameters, keeping a: BlockActivations, _ dactivated: Matrix,
    into dx: Matrix, _ d: LayerParameters
  ) {
    dactivated.multiplyElements(by: a.slope)
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
    site.drop(z, rate: dropoutRate, tokens: attention.tokens)
    z.add(residual)
  }

  /// Undoes `add` for x, W and b; the residual's gradient is `dz` itself, which stays as it is.
  private func backwardAdd(
    of x: Matrix, _ p: LinearParameters, _ dz: Matrix, into dx: Matrix, _ d: LinearParameters,
    _ site: DropoutSite.Place
  ) {
    guard site.isActive else {
      Linear.backward(of: x, p, dz, into: dx, d)
      return
    }
    scratch.dropped.copy(from: dz)
    site.drop(scratch.dropped, rate: dropoutRate, tokens: attention.tokens)
    Linear.backward(of: x, p, scratch.dropped, into: dx, d)
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

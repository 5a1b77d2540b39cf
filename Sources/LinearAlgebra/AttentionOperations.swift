// Causal softmax over blocks of queries, attention of one query over a cache, cross-entropy.

internal import CKernels

/// The softmax of causal attention, on a block of score rows: row i belongs to the query at position
/// `first + i`, which sees the keys 0 ... first + i. Columns it does not see become zero.
public enum CausalSoftmax {
  /// Scores become weights in place.
  /// - Parameters:
  ///   - scores: queries × keys, padded (`Arena.paddedMatrix`).
  ///   - kept: 2 × queries; receives the maximum and 1 / sum of each row.
  public static func forwardInPlace(_ scores: Matrix, first: Int, keeping kept: Matrix) {
    check(scores, first: first, kept: kept)
    unsafe ck_causal_softmax(
      scores.rows, first, scores.columns, scores.base, scores.stride, kept.base,
      kept.base + kept.stride)
  }

  /// The same weights again, from the same scores and what `forwardInPlace` kept.
  public static func repeatInPlace(_ scores: Matrix, first: Int, keeping kept: Matrix) {
    check(scores, first: first, kept: kept)
    unsafe ck_causal_softmax_again(
      scores.rows, first, scores.columns, scores.base, scores.stride, kept.base,
      kept.base + kept.stride)
  }

  /// Undoes `forwardInPlace`: dweights become dscores in place,
  /// dscoreⱼ = weightⱼ · (dweightⱼ − Σₖ weightₖ · dweightₖ).
  public static func backwardInPlace(of weights: Matrix, first: Int, _ dweights: Matrix) {
    check(weights, first: first)
    check(dweights, first: first)
    weights.checkShape(of: dweights)
    precondition(
      weights.stride == dweights.stride,
      "strides of \(weights.stride) and \(dweights.stride) differ")
    unsafe ck_causal_softmax_backward(
      weights.rows, first, weights.columns, weights.base, dweights.base, weights.stride)
  }

  /// Drops weights in place; the weight of query q and key k is element start + q · context + k.
  public static func dropInPlace(
    _ weights: Matrix, first: Int, context: Int, start: Int, _ dropout: Dropout
  ) {
    check(weights, first: first)
    unsafe ck_drop_weights(
      weights.rows, first, weights.columns, context, UInt32(truncatingIfNeeded: start),
      dropout.kernel, weights.base, weights.stride)
  }

  private static func check(_ scores: Matrix, first: Int, kept: Matrix? = nil) {
    precondition(
      scores.stride % Arena.alignment == 0 && scores.columns >= first + scores.rows,
      "\(scores.rows) queries from \(first) with stride \(scores.stride) over \(scores.columns) keys: rows must be padded and keys reach the last query"
    )
    if let kept {
      precondition(
        kept.rows == 2 && kept.columns >= scores.rows,
        "\(kept.rows) × \(kept.columns) holds no two numbers of \(scores.rows) rows")
    }
  }
}

/// Attention of one new query over what a cache holds.
public enum CachedAttention {
  /// mixed = Σⱼ softmaxⱼ(scale · q · kⱼ) vⱼ over the first `count` cached keys, for one head.
  /// - Parameters:
  ///   - query: 1 × width.
  ///   - keys: width × capacity, transposed, padded.
  ///   - values: capacity × width.
  ///   - weights: Scratch, at least 1 × capacity, padded.
  ///   - mixed: 1 × width; overwritten.
  public static func attend(
    _ query: Matrix, keys: Matrix, values: Matrix, count: Int, scale: Float, weights: Matrix,
    into mixed: Matrix
  ) {
    precondition(
      query.rows == 1 && mixed.rows == 1 && query.columns == keys.rows
        && values.columns == keys.rows && mixed.columns == keys.rows,
      "a query of \(query.columns) and values of \(values.columns) do not fit keys of \(keys.rows)")
    precondition(
      count >= 1 && count <= keys.columns && count <= values.rows
        && weights.stride >= Arena.footprint(of: count)
        && keys.stride % Arena.alignment == 0,
      "\(count) keys do not fit a cache of \(keys.columns) with rows \(keys.stride) apart")
    unsafe ck_attend_one(
      count, keys.rows, query.base, keys.base, keys.stride, values.base, values.stride, scale,
      weights.base, mixed.base)
  }
}

/// Softmax cross-entropy over a few classes.
public enum CrossEntropy {
  /// The loss and its gradient with respect to the logits, at once.
  ///
  /// Lossᵣ = −Σᵢ aimᵢ log softmaxᵢ(logits), aim = (1 − α) · onehot(target) + α / classes
  /// (label smoothing: Szegedy et al. 2016, arXiv:1512.00567).
  /// - Parameters:
  ///   - logits: rows × classes; become dlogits in place: weightᵣ · (softmax − aim).
  ///   - targets: The class of each row.
  ///   - weights: What each row's loss counts, its share of the batch included.
  ///   - smoothing: α.
  /// - Returns: Σ weight · loss, and Σ weight over the rows whose target is the likeliest class.
  public static func lossInPlace(
    _ logits: Matrix, targets: Span<Int32>, weights: Span<Float>, smoothing: Double
  ) -> (loss: Double, correct: Double) {
    logits.checkContiguous()
    precondition(
      targets.count == logits.rows && weights.count == logits.rows,
      "\(targets.count) targets and \(weights.count) weights for \(logits.rows) rows")
    for row in targets.indices {
      precondition(
        (0..<logits.columns).contains(Int(targets[row])),
        "target \(targets[row]) is none of \(logits.columns) classes")
    }
    var correct = 0.0
    let loss = unsafe targets.withUnsafeBufferPointer { targets in
      unsafe weights.withUnsafeBufferPointer { weights in
        // No rows, no addresses.
        guard let target = targets.baseAddress, let weight = weights.baseAddress else { return 0.0 }
        return unsafe ck_cross_entropy(
          logits.rows, logits.columns, logits.base, target, weight, Float(smoothing), &correct)
      }
    }
    return (loss, correct)
  }
}

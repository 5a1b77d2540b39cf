// Causal attention over windows, and cross-entropy.

internal import CKernels

/// Causal self-attention of single heads over windows up to a length, with the memory it works in.
///
/// No matrix of tokens × tokens is made: memory grows with the window and not with its square.
public struct CausalAttention {
  /// The greatest length of a window.
  public let tokens: Int
  /// The width of a head.
  public let width: Int
  private let scratch: Matrix

  /// Memory for windows up to a length and heads of a width.
  public init(tokens: Int, width: Int) {
    precondition(tokens >= 1 && width >= 1, "\(tokens) tokens × \(width) are no window")
    self.tokens = tokens
    self.width = width
    scratch = Matrix(rows: 1, columns: ck_attention_scratch(tokens, width))
  }

  /// Queries, keys and values of one head in one window, or their gradients: tokens × width each, rows
  /// equally far apart.
  public struct Head {
    let query: Matrix
    let key: Matrix
    let value: Matrix

    /// The three parts of a head.
    public init(query: Matrix, key: Matrix, value: Matrix) {
      query.checkShape(of: key)
      query.checkShape(of: value)
      precondition(
        query.stride == key.stride && query.stride == value.stride,
        "rows lie \(query.stride), \(key.stride) and \(value.stride) floats apart")
      self.query = query
      self.key = key
      self.value = value
    }
  }

  /// mixed = drop(softmax(q · kᵀ / √width, causal)) · v.
  /// - Parameters:
  ///   - mixed: Tokens × width; overwritten.
  ///   - kept: 2 × tokens, for `backward`.
  ///   - dropout: Of the weights, or nil for none; the weight of query q and key k is element
  ///     `first` + q · tokens + k.
  public func forward(
    _ head: Head, into mixed: Matrix, keeping kept: Matrix, dropout: Dropout?, first: Int
  ) {
    var call = unsafe self.call(head, mixed, kept, dropout, first)
    unsafe ck_attention_forward(&call)
  }

  /// Undoes `forward`: from the gradient of `mixed` to those of queries, keys and values, overwritten.
  /// - Parameters:
  ///   - mixed: As `forward` left it, as `kept`.
  ///   - dmixed: Rows as far apart as those of `mixed`.
  ///   - d: Rows as far apart as those of `head`.
  public func backward(
    of head: Head, mixed: Matrix, keeping kept: Matrix, _ dmixed: Matrix, into d: Head,
    dropout: Dropout?, first: Int
  ) {
    mixed.checkShape(of: dmixed)
    head.query.checkShape(of: d.query)
    precondition(
      dmixed.stride == mixed.stride && d.query.stride == head.query.stride,
      "rows of gradients lie \(dmixed.stride) and \(d.query.stride) floats apart, not \(mixed.stride) and \(head.query.stride)"
    )
    var call = unsafe self.call(head, mixed, kept, dropout, first)
    unsafe call.dmixed = unsafe UnsafePointer(dmixed.base)
    unsafe call.dquery = d.query.base
    unsafe call.dkey = d.key.base
    unsafe call.dvalue = d.value.base
    unsafe ck_attention_backward(&call)
  }

  private func call(
    _ head: Head, _ mixed: Matrix, _ kept: Matrix, _ dropout: Dropout?, _ first: Int
  ) -> ck_attention {
    precondition(
      (1...tokens).contains(head.query.rows) && head.query.columns == width,
      "\(head.query.rows) × \(head.query.columns) is no head of up to \(tokens) × \(width)")
    mixed.checkShape(of: head.query)
    precondition(
      kept.rows == 2 && kept.columns >= head.query.rows,
      "\(kept.rows) × \(kept.columns) holds no two numbers of \(head.query.rows) queries")
    return unsafe ck_attention(
      tokens: head.query.rows, width: width, scale: 1 / Float(width).squareRoot(),
      query: head.query.base,
      key: head.key.base, value: head.value.base, row: head.query.stride, mixed: mixed.base,
      mixed_row: mixed.stride, maximum: kept.base, inverse_sum: kept.base + kept.stride,
      dropout: dropout?.kernel ?? ck_dropout(key: 0, threshold: 0, scale: 1),
      first_element: UInt32(truncatingIfNeeded: first), scratch: scratch.base, dmixed: nil,
      dquery: nil, dkey: nil, dvalue: nil)
  }
}

/// Softmax cross-entropy over a few classes, or over those of each of several factors.
public enum CrossEntropy {
  /// The loss and its gradient with respect to the logits, at once.
  ///
  /// Lossᵣ = −Σ Σᵢ aimᵢ log softmaxᵢ(logits of the factor), the first sum over factors,
  /// aim = (1 − α) · onehot(target) + α / classes (label smoothing: Szegedy et al. 2016, arXiv:1512.00567).
  /// - Parameters:
  ///   - logits: rows × the classes of one factor after the other; become dlogits in place:
  ///     weightᵣ · (softmax − aim).
  ///   - classes: The number of classes of each factor.
  ///   - targets: rows × factors: the class of each.
  ///   - weights: What each row's loss counts, its share of the batch included.
  ///   - smoothing: α.
  /// - Returns: Σ weight · loss, and Σ weight over the rows whose target is the likeliest class of every factor.
  public static func lossInPlace(
    _ logits: Matrix, classes: [Int], targets: Span<Int32>, weights: Span<Float>,
    smoothing: Double
  ) -> (loss: Double, correct: Double) {
    logits.checkContiguous()
    precondition(
      logits.columns == classes.reduce(0, +) && targets.count == logits.rows * classes.count
        && weights.count == logits.rows,
      "\(targets.count) targets and \(weights.count) weights for \(logits.rows) × \(logits.columns) logits of \(classes) classes"
    )
    for index in targets.indices {
      let count = classes[index % classes.count]
      precondition(
        (0..<count).contains(Int(targets[index])),
        "target \(targets[index]) is none of \(count) classes")
    }
    var correct = 0.0
    let loss = unsafe targets.withUnsafeBufferPointer { targets in
      unsafe weights.withUnsafeBufferPointer { weights in
        // No rows, no addresses.
        guard let target = targets.baseAddress, let weight = weights.baseAddress else { return 0.0 }
        return unsafe ck_cross_entropy(
          logits.rows, classes.count, classes, logits.base, target, weight, Float(smoothing),
          &correct)
      }
    }
    return (loss, correct)
  }
}

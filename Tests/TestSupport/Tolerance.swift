// How far two numbers may lie apart, each with its reason. Tests hold no tolerance of their own.

/// The one table of tolerances.
public enum Tolerance {
  /// Sums of a few hundred doubles.
  public static let exactArithmetic = 1e-12
  /// Central differences of doubles with a step of 10⁻⁵: 10⁻¹⁰ of a third derivative of some hundreds.
  public static let finiteDifferences = 1e-6
  /// The share of 10,000 chances that come true: four standard deviations of at most 0.005.
  public static let shareOfTenThousand = 0.02
  /// The slow reference against PyTorch: both in double precision, some thousand operations deep.
  public static let doublePrecision = 1e-11

  // Fast layers, in floats of 24 bits (one rounding: 6 · 10⁻⁸), relative to the largest element.

  /// Sums over a row, then a handful of operations.
  public static let layerNorm = 2e-6
  /// An exponential of relative error 2 · 10⁻⁷ and a handful of operations.
  public static let elementary = 1e-6
  /// Sums of up to a hundred products.
  public static let linear = 2e-6
  /// Two products and a softmax between them.
  public static let attention = 2e-6
  /// Four products, of lengths up to the number of tokens.
  public static let attentionGradient = 1e-5

  // The fast model, a few layers deep.

  /// Outputs after all layers.
  public static let modelLogits = 5e-6
  /// A mean of many logits' logarithms.
  public static let modelLoss = 2e-6
  /// Gradients through all layers.
  public static let modelGradient = 2e-5
  /// Ten updates, each as good as a gradient, which Adam divides by its size.
  public static let tenUpdates = 1e-4

  // What a model does, in nats.

  /// The loss of a guess among five actions.
  public static let logarithmOfFive = 1.6094379124341003
  /// Logits begin small but not zero.
  public static let initialLoss = 0.05
  /// Far below the guess among three actions, 1.1.
  public static let learnedByHeart = 0.05
}

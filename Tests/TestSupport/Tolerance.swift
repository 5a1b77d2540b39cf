// How far two numbers may lie apart, each with its reason. Tests hold no tolerance of their own.

/// The one table of tolerances.
public enum Tolerance {
  /// Sums of a few hundred doubles.
  public static let exactArithmetic = 1e-12

  /// A recursion of ten single-precision steps over numbers near one.
  public static let lambdaReturn = 1e-5
  /// Central differences of doubles with a step of 10⁻⁵: 10⁻¹⁰ of a third derivative of some hundreds.
  public static let finiteDifferences = 1e-6
  /// The share of 10,000 chances that come true: four standard deviations of at most 0.005.
  public static let shareOfTenThousand = 0.02
  /// The slow reference against PyTorch: both in double precision, some thousand operations deep.
  public static let doublePrecision = 1e-11

  /// Three layers of single-precision sums over inputs of unit size.
  public static let networkOutput = 3e-5

  /// One layer of 130 inputs of unit size, summed in another order.
  public static let networkLayer = 1e-4

  /// Single precision through three layers against differences of doubles, relative to the greatest
  /// entry.
  public static let networkGradient = 2e-5

  /// Ten steps of 0.01, each off by a few units in the last place of a float near one.
  public static let adamStep = 3e-6

  /// A polynomial for e^x, accurate to the last place of a float.
  public static let probability = 3e-7
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

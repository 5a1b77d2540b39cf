// How far two numbers may lie apart, each with its reason. Tests hold no tolerance of their own.

/// The one table of tolerances.
public enum Tolerance {
  /// Sums of a few hundred doubles.
  public static let exactArithmetic = 1e-12

  /// A recursion of ten single-precision steps over numbers near one.
  public static let lambdaReturn = 1e-5

  /// Central differences of doubles with a step of 10⁻⁵: 10⁻¹¹ where gradients are of order one, 10⁻⁷
  /// for the smallest tensors of a model.
  public static let finiteDifferences = 1e-6
  /// The share of 10,000 chances that come true: four standard deviations of at most 0.005.
  public static let shareOfTenThousand = 0.02
  /// The mean and the variance of 3,240 normal numbers: four standard deviations of 0.018 and 0.025.
  public static let momentOfThreeThousand: Float = 0.1
  /// The slow reference against PyTorch: both in double precision, some thousand operations deep;
  /// measured 2.5 · 10⁻¹⁵.
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

  // Fast layers, in floats of 24 bits (one rounding: 6 · 10⁻⁸), relative to the largest element. Each
  // is three to six times what was measured, room for the products of another processor.

  /// Sums over a row, then a handful of operations; measured 1.5 · 10⁻⁷.
  public static let layerNorm = 1e-6
  /// An exponential of relative error 2 · 10⁻⁷ and a handful of operations, the slope of GELU far
  /// from zero cancelling some; measured 8.5 · 10⁻⁷.
  public static let elementary = 3e-6
  /// Sums of up to seventy products; measured 2.8 · 10⁻⁷.
  public static let linear = 1e-6
  /// Two products and a softmax between them; measured 2.9 · 10⁻⁷.
  public static let attention = 1e-6
  /// Four products, of lengths up to the number of tokens; measured 5.2 · 10⁻⁷ at 150.
  public static let attentionGradient = 3e-6

  // The fast model, a few layers deep.

  /// Outputs after all layers; measured 3.5 · 10⁻⁷.
  public static let modelLogits = 2e-6
  /// A mean of the logarithms of many outputs; measured 9 · 10⁻⁸.
  public static let modelLoss = 1e-6
  /// Gradients through all layers, the smallest tensors being small sums of large terms; measured
  /// 1.3 · 10⁻⁶.
  public static let modelGradient = 5e-6
  /// Ten updates, each as good as a gradient that Adam divides by its size; measured 1.6 · 10⁻⁶.
  public static let tenUpdates = 1e-5

  // Networks that look, up to sixteen layers deep.

  /// Outputs of convolutions and linear layers; measured 5.3 · 10⁻⁷.
  public static let sightOutput = 2e-6
  /// Their gradients, a bias's being a sum over all pixels of terms that cancel; measured 3.1 · 10⁻⁶.
  public static let sightGradient = 1e-5

  // What a model does, in nats.

  /// The loss of a guess among five actions.
  public static let logarithmOfFive = 1.6094379124341003
  /// Logits begin small but not zero: half their variance, 64 · 0.02² / 2, and the luck of 80 steps.
  public static let initialLoss = 0.05
  /// Far below the guess among three actions, 1.1; measured 2.4 · 10⁻⁴ after 150 updates.
  public static let learnedByHeart = 0.005
  /// The share of 128 fresh steps in which a rule is followed that was shown; guesses follow it in a half at most.
  public static let learnedShare = 0.9

  /// The mean return of 4,000 random episodes of fifteen steps in a room of 25 cells: five standard
  /// errors of 0.02; measured 0.005.
  public static let randomReturn = 0.1

  // The pool.

  /// Rounding of both coordinates to whole centimetres: half a centimetre each, at right angles.
  public static let wholeCentimetres = 0.7072
  /// How far the number of platforms in a sixteenth of the ring may lie from an even share: the discrepancy
  /// of an additive recurrence, which grows like a logarithm; measured 2.3, 3.5 and 6.1 for 124, 1,000 and
  /// 4,095 platforms.
  public static func evenPlatforms(_ count: Int) -> Double { count > 1000 ? 9 : 5 }
  /// A share of one in ten of a million episodes: four standard deviations of 0.0003, and the last digit of
  /// what is stated.
  public static let shareOfMillion = 0.0017
  /// The difference of two shares of at most one in three, of 4,096 and of 8,065 episodes: four standard
  /// deviations of 0.009.
  public static let shareOfFourThousand = 0.036
  /// The share of pixels whose tile or edge is decided by the rounding of floats; measured 0 of half a
  /// million.
  public static let pixelsOfRounding = 1e-4
  /// The middle of a platform's pixels against the projected middle of its body, in pixels of 72 × 96: its
  /// near half is larger; measured 0.43.
  public static let platformPixels = 0.7
}

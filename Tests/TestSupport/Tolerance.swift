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
}

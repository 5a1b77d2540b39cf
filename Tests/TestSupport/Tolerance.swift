// How far two numbers may lie apart, each with its reason. Tests hold no tolerance of their own.

/// The one table of tolerances.
public enum Tolerance {
  /// Sums of a few hundred doubles.
  public static let exactArithmetic = 1e-12

  /// A recursion of ten single-precision steps over numbers near one.
  public static let lambdaReturn = 1e-5
}

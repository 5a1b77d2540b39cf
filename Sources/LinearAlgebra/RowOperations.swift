// Operations on rows: biases, sums, layer normalisation, the Gaussian error linear unit, dropout.
// Each checks its shapes, then runs a kernel. Matrices must be contiguous.

internal import CKernels

/// Which elements of a stream survive, and how they are rescaled (Srivastava et al. 2014).
///
/// Element i is kept where mix(i · 0x9E3779B9 + key) ≥ ⌊rate · 2³²⌋ with the 32-bit finaliser of
/// MurmurHash3, and divided by 1 − rate: a function of the key and i alone, so that the backward pass
/// drops the same elements without having kept a mask.
public struct Dropout: Sendable {
  let kernel: ck_dropout

  /// A dropout, or nothing at a rate of 0.
  /// - Parameters:
  ///   - rate: The share of elements dropped, in 0 ..< 1.
  ///   - key: The name of the stream of chance; see `key(seed:site:window:)`.
  public init(rate: Double, key: UInt32) {
    precondition((0..<1).contains(rate), "a dropout rate of \(rate) is not in 0 ..< 1")
    kernel = ck_dropout(
      key: key, threshold: UInt32(rate * 0x1p32), scale: Float(1 / (1 - rate)))
  }

  /// The key of a place in the network, for one window of a batch, under one seed.
  public static func key(seed: UInt32, site: Int, window: Int) -> UInt32 {
    mix(mix(seed &+ UInt32(site)) &+ UInt32(window))
  }

  private static func mix(_ word: UInt32) -> UInt32 {
    var h = word
    h ^= h >> 16
    h &*= 0x85EB_CA6B
    h ^= h >> 13
    h &*= 0xC2B2_AE35
    h ^= h >> 16
    return h
  }
}

extension Matrix {
  /// Adds the sum of the rows of `x` to this matrix of one row.
  public func addSumOfRows(of x: Matrix) {
    x.checkContiguous()
    checkRow(of: x)
    unsafe ck_rows_sum(x.rows, x.columns, x.base, base)
  }

  /// Adds another matrix of the same shape.
  public func add(_ x: Matrix) {
    checkContiguous()
    x.checkContiguous()
    checkShape(of: x)
    unsafe ck_add(count, x.base, base)
  }

  /// Multiplies each element by that of another matrix of the same shape.
  public func multiplyElements(by x: Matrix) {
    checkContiguous()
    x.checkContiguous()
    checkShape(of: x)
    unsafe ck_multiply_elements(count, x.base, base)
  }

  /// Drops elements in place, the first of them being element `first` of the stream.
  public func dropInPlace(_ dropout: Dropout, first: Int = 0) {
    checkContiguous()
    unsafe ck_drop(count, UInt32(truncatingIfNeeded: first), dropout.kernel, base)
  }

  /// The sum of squares of all elements, in double precision.
  public var sumOfSquares: Double {
    checkContiguous()
    return unsafe ck_sum_of_squares(count, base)
  }

  func checkContiguous() {
    precondition(isContiguous, "rows of \(columns) floats lie \(stride) apart; they must touch")
  }

  func checkRow(of other: Matrix) {
    precondition(
      rows == 1 && columns == other.columns,
      "\(rows) × \(columns) is not one row of \(other.rows) × \(other.columns)")
  }
}

/// Layer normalisation (Ba, Kiros & Hinton 2016, arXiv:1607.06450), ε = 10⁻⁵.
public enum LayerNorm {
  /// yᵢ = gainᵢ · (xᵢ − μ) / √(σ² + ε) + biasᵢ, for each row.
  /// - Parameters:
  ///   - x: rows × columns.
  ///   - y: Overwritten.
  ///   - moments: 2 × rows; receives μ and 1 / √(σ² + ε) of each row, for `backward`.
  public static func forward(
    _ x: Matrix, gain: Matrix, bias: Matrix, into y: Matrix, keeping moments: Matrix
  ) {
    check(x, y, gain: gain, moments: moments)
    bias.checkRow(of: x)
    unsafe ck_norm_forward(
      x.rows, x.columns, x.base, gain.base, bias.base, y.base, moments.base,
      moments.base + moments.stride)
  }

  /// Undoes `forward`: from dy to dx, dgain and dbias.
  /// - Parameters:
  ///   - dx: Added to when `accumulating`, else overwritten.
  ///   - dgain: Added to, as is `dbias`.
  public static func backward(
    of x: Matrix, gain: Matrix, keeping moments: Matrix, _ dy: Matrix, into dx: Matrix,
    dgain: Matrix, dbias: Matrix, accumulating: Bool
  ) {
    check(x, dy, gain: gain, moments: moments)
    check(x, dx, gain: dgain, moments: moments)
    dbias.checkRow(of: x)
    unsafe ck_norm_backward(
      x.rows, x.columns, x.base, gain.base, moments.base, moments.base + moments.stride, dy.base,
      dx.base, dgain.base, dbias.base, accumulating ? 1 : 0)
  }

  private static func check(_ x: Matrix, _ y: Matrix, gain: Matrix, moments: Matrix) {
    x.checkContiguous()
    y.checkContiguous()
    x.checkShape(of: y)
    gain.checkRow(of: x)
    precondition(
      moments.rows == 2 && moments.columns >= x.rows,
      "\(moments.rows) × \(moments.columns) holds no two moments of \(x.rows) rows")
  }
}

/// The Gaussian error linear unit in its tanh form (Hendrycks & Gimpel 2016, arXiv:1606.08415).
public enum GELU {
  /// x ← x · Φ(x), Φ(x) ≈ ½ (1 + tanh(√(2/π) (x + 0.044715 x³))).
  public static func forwardInPlace(_ x: Matrix) {
    x.checkContiguous()
    unsafe ck_gelu(x.count, x.base, nil)
  }

  /// The same, and the derivative at each element, by which the backward pass multiplies.
  /// - Parameter slope: The shape of `x`; overwritten.
  public static func forwardInPlace(_ x: Matrix, slope: Matrix) {
    x.checkContiguous()
    slope.checkContiguous()
    x.checkShape(of: slope)
    unsafe ck_gelu(x.count, x.base, slope.base)
  }
}

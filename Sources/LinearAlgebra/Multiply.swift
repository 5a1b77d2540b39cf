// The one door to BLAS. One thread per call, always: parallelism is over whole pieces of work
// (see Concurrently.swift), so that results do not depend on the number of workers.

internal import COpenBLAS

/// A matrix as a factor of a product: as it is, or transposed.
public struct Factor {
  let matrix: Matrix
  let isTransposed: Bool

  var rows: Int { isTransposed ? matrix.columns : matrix.rows }
  var columns: Int { isTransposed ? matrix.rows : matrix.columns }
}

extension Matrix {
  /// This matrix with rows and columns exchanged, as a factor; no float moves.
  public var transposed: Factor { Factor(matrix: self, isTransposed: true) }
}

/// C ← scale · A · B, or C ← C + scale · A · B when accumulating (single precision, BLAS level 3).
///
/// - Parameters:
///   - a: m × k.
///   - b: k × n.
///   - c: m × n; overwritten or added to; may not share memory with the factors.
///   - scale: Multiplies the product.
///   - accumulating: Whether the product is added to what `c` holds.
/// - Precondition: The shapes agree.
public func multiply(
  _ a: Factor, _ b: Factor, into c: Matrix, scale: Float = 1, accumulating: Bool = false
) {
  precondition(
    a.columns == b.rows && c.rows == a.rows && c.columns == b.columns,
    "cannot multiply \(a.rows) × \(a.columns) by \(b.rows) × \(b.columns) into \(c.rows) × \(c.columns)"
  )
  guard c.rows > 0 && c.columns > 0 && a.columns > 0 else { return }
  unsafe cblas_sgemm(
    CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
    b.isTransposed ? CblasTrans : CblasNoTrans, blasint(c.rows), blasint(c.columns),
    blasint(a.columns), scale, a.matrix.base, blasint(a.matrix.stride), b.matrix.base,
    blasint(b.matrix.stride), accumulating ? 1 : 0, c.base, blasint(c.stride))
}

/// C ← scale · A · B, or added to C; see the form of two factors.
public func multiply(
  _ a: Matrix, _ b: Matrix, into c: Matrix, scale: Float = 1, accumulating: Bool = false
) {
  multiply(a.asIs, b.asIs, into: c, scale: scale, accumulating: accumulating)
}

/// C ← scale · A · Bᵀ, or added to C; see the form of two factors.
public func multiply(
  _ a: Matrix, _ b: Factor, into c: Matrix, scale: Float = 1, accumulating: Bool = false
) {
  multiply(a.asIs, b, into: c, scale: scale, accumulating: accumulating)
}

/// C ← scale · Aᵀ · B, or added to C; see the form of two factors.
public func multiply(
  _ a: Factor, _ b: Matrix, into c: Matrix, scale: Float = 1, accumulating: Bool = false
) {
  multiply(a, b.asIs, into: c, scale: scale, accumulating: accumulating)
}

extension Matrix {
  fileprivate var asIs: Factor { Factor(matrix: self, isTransposed: false) }
}

/// What is known of the BLAS library in use.
public enum BLAS {
  /// Makes every product run on the thread that asks for it. Call once, before any product.
  public static func useOneThreadPerCall() {
    openblas_set_num_threads(1)
  }

  /// The kernels that the library chose for this processor, such as `Haswell` or `SkylakeX`.
  public static var coreName: String {
    unsafe String(cString: openblas_get_corename())
  }

  /// The library's version and build options.
  public static var configuration: String {
    unsafe String(cString: openblas_get_config())
  }
}

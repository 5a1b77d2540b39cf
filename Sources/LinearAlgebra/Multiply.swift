// The one door to products of matrices. A product that the caches hold, as all of a small transformer's
// are, goes to a kernel of our own, whose bits are the same on every processor with fused multiply-adds;
// a larger one goes to OpenBLAS, one thread per call: parallelism is over whole pieces of work (see
// Concurrently.swift), so that results do not depend on the number of workers.

internal import CKernels
internal import COpenBLAS

/// A matrix as a factor of a product: as it is, or transposed.
public struct Factor {
  let matrix: Matrix
  let isTransposed: Bool

  var rows: Int { isTransposed ? matrix.columns : matrix.rows }
  var columns: Int { isTransposed ? matrix.rows : matrix.columns }
  /// The distance in memory from a row to the next, as the product sees them.
  var rowStride: Int { isTransposed ? 1 : matrix.stride }
  /// The distance in memory from a column to the next.
  var columnStride: Int { isTransposed ? matrix.stride : 1 }
}

extension Matrix {
  /// This matrix with rows and columns exchanged, as a factor; no float moves.
  public var transposed: Factor { Factor(matrix: self, isTransposed: true) }
}

/// C ← A · B + start + bias (single precision).
///
/// - Parameters:
///   - a: m × k.
///   - b: k × n.
///   - c: m × n; overwritten; may not share memory with the factors.
///   - start: m × n, or nil for zero; may be `c` itself, which is then added to.
///   - bias: 1 × n, added to every row, or nil for none.
/// - Precondition: The shapes agree.
public func multiply(
  _ a: Factor, _ b: Factor, into c: Matrix, addedTo start: Matrix? = nil, bias: Matrix? = nil
) {
  c.checkProduct(of: (a.rows, a.columns), (b.rows, b.columns), addedTo: start, bias: bias)
  guard c.rows > 0 && c.columns > 0 else { return }
  guard c.rows * c.columns * a.columns < OpenBLAS.fewestProducts || !OpenBLAS.knowsProcessor else {
    OpenBLAS.multiply(a, b, into: c, addedTo: start, bias: bias)
    return
  }
  var product = unsafe ck_product(
    rows: c.rows, columns: c.columns, depth: a.columns, a: a.matrix.base, a_row: a.rowStride,
    a_column: a.columnStride, b: b.matrix.base, b_row: b.rowStride, b_column: b.columnStride,
    packed: nil, start: start?.base, start_row: start?.stride ?? 0, bias: bias?.base, c: c.base,
    c_row: c.stride)
  unsafe ck_multiply(&product)
}

/// C ← A · B + start + bias; see the form of two factors.
public func multiply(
  _ a: Matrix, _ b: Matrix, into c: Matrix, addedTo start: Matrix? = nil, bias: Matrix? = nil
) {
  multiply(a.asIs, b.asIs, into: c, addedTo: start, bias: bias)
}

/// C ← A · Bᵀ + start + bias; see the form of two factors.
public func multiply(
  _ a: Matrix, _ b: Factor, into c: Matrix, addedTo start: Matrix? = nil, bias: Matrix? = nil
) {
  multiply(a.asIs, b, into: c, addedTo: start, bias: bias)
}

/// C ← Aᵀ · B + start + bias; see the form of two factors.
public func multiply(
  _ a: Factor, _ b: Matrix, into c: Matrix, addedTo start: Matrix? = nil, bias: Matrix? = nil
) {
  multiply(a, b.asIs, into: c, addedTo: start, bias: bias)
}

/// A right factor in the order in which products read it, for one that many products share.
public struct PackedFactor {
  let rows: Int
  let columns: Int
  private let packed: Matrix

  /// Packs a factor as it is now.
  public init(_ factor: Factor) {
    rows = factor.rows
    columns = factor.columns
    packed = Matrix(rows: 1, columns: ck_packed_size(rows, columns))
    pack(factor)
  }

  /// Packs a matrix as it is now.
  public init(_ matrix: Matrix) { self.init(matrix.asIs) }

  /// Packs a matrix of the same shape in the place of what was packed.
  public func pack(_ matrix: Matrix) { pack(matrix.asIs) }

  /// Packs a factor of the same shape in the place of what was packed.
  public func pack(_ factor: Factor) {
    precondition(
      factor.rows == rows && factor.columns == columns,
      "\(factor.rows) × \(factor.columns) does not take the place of \(rows) × \(columns)")
    unsafe ck_pack(
      rows, columns, factor.matrix.base, factor.rowStride, factor.columnStride, packed.base)
  }

  fileprivate var base: UnsafePointer<Float> { unsafe UnsafePointer(packed.base) }
}

/// C ← A · B + start + bias, with the bits of the form of two factors.
public func multiply(
  _ a: Matrix, _ b: PackedFactor, into c: Matrix, addedTo start: Matrix? = nil, bias: Matrix? = nil
) {
  c.checkProduct(of: (a.rows, a.columns), (b.rows, b.columns), addedTo: start, bias: bias)
  var product = unsafe ck_product(
    rows: c.rows, columns: c.columns, depth: a.columns, a: a.base, a_row: a.stride, a_column: 1,
    b: nil, b_row: 0, b_column: 0, packed: b.base, start: start?.base,
    start_row: start?.stride ?? 0, bias: bias?.base, c: c.base, c_row: c.stride)
  unsafe ck_multiply(&product)
}

extension Matrix {
  fileprivate var asIs: Factor { Factor(matrix: self, isTransposed: false) }

  /// Traps unless this matrix takes a product of two shapes, started from what is given.
  fileprivate func checkProduct(
    of a: (rows: Int, columns: Int), _ b: (rows: Int, columns: Int), addedTo start: Matrix?,
    bias: Matrix?
  ) {
    precondition(
      a.columns == b.rows && rows == a.rows && columns == b.columns,
      "cannot multiply \(a.rows) × \(a.columns) by \(b.rows) × \(b.columns) into \(rows) × \(columns)"
    )
    start.map(checkShape)
    bias?.checkRow(of: self)
  }
}

/// The library for products beyond the caches.
public enum OpenBLAS {
  /// The fewest products of two floats that a call is made for: those of 1,024 × 1,024 matrices.
  static let fewestProducts = 1 << 30

  /// Whether it has kernels for this processor: those it does not know get its oldest, a quarter as fast as
  /// ours.
  static let knowsProcessor = coreName != "Prescott"

  /// The kernels that the library chose for this processor, such as `Haswell` or `SkylakeX`.
  public static var coreName: String {
    unsafe String(cString: openblas_get_corename())
  }

  /// The library's version and build options.
  public static var configuration: String {
    unsafe String(cString: openblas_get_config())
  }

  /// Makes every product run on the thread that asks for it, once.
  private static let oneThreadPerCall: Void = openblas_set_num_threads(1)

  static func multiply(
    _ a: Factor, _ b: Factor, into c: Matrix, addedTo start: Matrix?, bias: Matrix?
  ) {
    oneThreadPerCall
    if let start {
      if start.isNotSame(as: c) { c.copy(from: start) }
    } else {
      c.fill(with: 0)
    }
    if let bias { for row in 0..<c.rows { c[rows: row..<row + 1].add(bias) } }
    unsafe cblas_sgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
      b.isTransposed ? CblasTrans : CblasNoTrans, blasint(c.rows), blasint(c.columns),
      blasint(a.columns), 1, a.matrix.base, blasint(a.matrix.stride), b.matrix.base,
      blasint(b.matrix.stride), 1, c.base, blasint(c.stride))
  }
}

extension Matrix {
  fileprivate func isNotSame(as other: Matrix) -> Bool {
    arena !== other.arena || offset != other.offset
  }
}

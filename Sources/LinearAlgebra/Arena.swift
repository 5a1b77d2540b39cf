// Memory for floats. This module is one of the few places that may say `unsafe`: everything outside
// works on matrices and row spans, which are checked when made.

/// A block of zeroed floats, aligned to 64 bytes, that matrices are views of.
///
/// Not `Sendable`: one thread of control at a time. Lives as long as any of its matrices.
@safe public final class Arena {
  /// The number of floats the block has room for.
  public let capacity: Int
  /// The number of floats already handed out.
  public private(set) var used = 0
  let base: UnsafeMutablePointer<Float>

  /// The alignment of every matrix, in floats: one cache line, one widest vector.
  static let alignment = 16

  /// A block with room for `capacity` floats, all zero.
  public init(capacity: Int) {
    precondition(capacity >= 0, "an arena cannot hold \(capacity) floats")
    self.capacity = capacity
    let bytes = max(capacity, 1) * MemoryLayout<Float>.stride
    unsafe base =
      UnsafeMutableRawPointer
      .allocate(byteCount: bytes, alignment: Self.alignment * MemoryLayout<Float>.stride)
      .bindMemory(to: Float.self, capacity: max(capacity, 1))
    unsafe base.initialize(repeating: 0, count: max(capacity, 1))
  }

  deinit {
    unsafe base.deallocate()
  }

  /// The next matrix of the block, aligned to a cache line, its contents zero.
  /// - Precondition: There is room left.
  public func matrix(rows: Int, columns: Int) -> Matrix {
    let count = rows * columns
    precondition(
      used + count <= capacity,
      "\(rows) × \(columns) floats do not fit: \(used) of \(capacity) are in use")
    let matrix = Matrix(arena: self, offset: used, rows: rows, columns: columns, stride: columns)
    used += Self.footprint(of: count)
    return matrix
  }

  /// The room that matrices of some shapes take one behind the other, padding included.
  public static func footprint(of shapes: [(rows: Int, columns: Int)]) -> Int {
    shapes.reduce(0) { $0 + footprint(of: $1.rows * $1.columns) }
  }

  /// The room a matrix of `count` floats takes, padding included.
  public static func footprint(of count: Int) -> Int {
    (count + alignment - 1) / alignment * alignment
  }
}

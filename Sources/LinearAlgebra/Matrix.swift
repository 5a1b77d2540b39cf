// A rectangle of an arena. The rule of all operations: an output shares no memory with an input,
// unless the operation's name says that it works in place.

/// A view of rows × columns floats in an arena, row after row, `stride` floats apart.
///
/// A small value; copying it copies no floats. It keeps its arena alive.
@safe public struct Matrix {
  let arena: Arena
  let offset: Int
  public let rows: Int
  public let columns: Int
  /// The distance from a row to the next, in floats.
  public let stride: Int

  init(arena: Arena, offset: Int, rows: Int, columns: Int, stride: Int) {
    precondition(
      rows >= 0 && columns >= 0 && stride >= columns && offset >= 0
        && (rows == 0 || offset + (rows - 1) * stride + columns <= arena.capacity),
      "\(rows) × \(columns) floats with stride \(stride) at \(offset) leave the arena of \(arena.capacity)"
    )
    self.arena = arena
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// A zeroed matrix with an arena of its own.
  public init(rows: Int, columns: Int) {
    let arena = Arena(capacity: rows * columns)
    self.init(arena: arena, offset: 0, rows: rows, columns: columns, stride: columns)
  }

  var base: UnsafeMutablePointer<Float> { unsafe arena.base + offset }

  /// The number of floats in view.
  public var count: Int { rows * columns }

  /// Whether the rows lie one behind the other without gaps.
  public var isContiguous: Bool { stride == columns || rows <= 1 }

  /// The floats of a row, to read.
  @_lifetime(borrow self)
  public func row(_ index: Int) -> Span<Float> {
    precondition((0..<rows).contains(index), "no row \(index) among \(rows)")
    let span = unsafe Span(_unsafeStart: base + index * stride, count: columns)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// The floats of a row, to read and write. Take one at a time: the compiler does not see that two
  /// mutable rows of one matrix are different.
  @_lifetime(borrow self)
  public func mutableRow(_ index: Int) -> MutableSpan<Float> {
    precondition((0..<rows).contains(index), "no row \(index) among \(rows)")
    let span = unsafe MutableSpan(_unsafeStart: base + index * stride, count: columns)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// A view of some rows.
  public subscript(rows range: Range<Int>) -> Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows, "no rows \(range) among \(rows)")
    return Matrix(
      arena: arena, offset: offset + range.lowerBound * stride, rows: range.count,
      columns: columns, stride: stride)
  }

  /// A view of some columns, such as those of one attention head.
  public subscript(columns range: Range<Int>) -> Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= columns, "no columns \(range) among \(columns)")
    return Matrix(
      arena: arena, offset: offset + range.lowerBound, rows: rows, columns: range.count,
      stride: stride)
  }

  /// The same floats seen in another shape.
  /// - Precondition: The matrix is contiguous and the count stays.
  public func reshaped(rows: Int, columns: Int) -> Matrix {
    precondition(
      isContiguous && rows * columns == count,
      "\(self.rows) × \(self.columns) with stride \(stride) cannot be seen as \(rows) × \(columns)")
    return Matrix(arena: arena, offset: offset, rows: rows, columns: columns, stride: columns)
  }

  /// Views of this one row as matrices of some shapes, one behind the other, each aligned as in an arena.
  /// - Precondition: One row of `Arena.footprint(of: shapes)` floats.
  public func split(into shapes: [(rows: Int, columns: Int)]) -> [Matrix] {
    let footprint = Arena.footprint(of: shapes)
    precondition(
      rows == 1 && columns == footprint,
      "\(rows) × \(columns) floats are not the row of \(footprint) that \(shapes.count) matrices take"
    )
    var first = 0
    return shapes.map { shape in
      let count = shape.rows * shape.columns
      defer { first += Arena.footprint(of: count) }
      return self[columns: first..<first + count].reshaped(rows: shape.rows, columns: shape.columns)
    }
  }

  /// One float; for tests and set-up, not for loops.
  public subscript(row: Int, column: Int) -> Float {
    get {
      checkIndex(row, column)
      return unsafe base[row * stride + column]
    }
    nonmutating set {
      checkIndex(row, column)
      unsafe base[row * stride + column] = newValue
    }
  }

  /// Sets every float.
  public func fill(with value: Float) {
    for row in 0..<rows { unsafe (base + row * stride).update(repeating: value, count: columns) }
  }

  /// Overwrites this matrix with another of the same shape.
  public func copy(from other: Matrix) {
    checkShape(of: other)
    if isContiguous && other.isContiguous {
      unsafe base.update(from: other.base, count: count)
      return
    }
    for row in 0..<rows {
      unsafe (base + row * stride).update(from: other.base + row * other.stride, count: columns)
    }
  }

  /// All floats, row after row.
  public var values: [Float] {
    (0..<rows).flatMap { row in
      unsafe Array(UnsafeBufferPointer(start: base + row * stride, count: columns))
    }
  }

  /// Overwrites all floats, row after row.
  /// - Precondition: There are as many values as floats.
  public func assign(_ values: [Float]) {
    precondition(values.count == count, "\(values.count) values for \(rows) × \(columns) floats")
    for row in 0..<rows {
      for column in 0..<columns {
        unsafe base[row * stride + column] = values[row * columns + column]
      }
    }
  }

  func checkShape(of other: Matrix) {
    precondition(
      rows == other.rows && columns == other.columns,
      "\(rows) × \(columns) does not have the shape \(other.rows) × \(other.columns)")
  }

  private func checkIndex(_ row: Int, _ column: Int) {
    precondition(
      (0..<rows).contains(row) && (0..<columns).contains(column),
      "no element (\(row), \(column)) in \(rows) × \(columns)")
  }
}

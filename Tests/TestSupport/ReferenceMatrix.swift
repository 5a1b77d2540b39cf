// Numbers of the slow reference: rows × columns of doubles, and matrices under names. No BLAS, no
// views, no reuse of memory: everything is a value that can be seen through.

/// Rows × columns of doubles, row after row.
public struct ReferenceMatrix: Equatable, Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// All elements, row after row.
  public var values: [Double]

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, values: Array(repeating: 0, count: rows * columns))
  }

  /// A matrix with the given elements, row after row.
  public init(rows: Int, columns: Int, values: [Double]) {
    precondition(
      values.count == rows * columns, "\(values.count) values for \(rows) × \(columns) elements")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// A matrix whose elements look random, lie in `-scale ..< scale`, depend on `key` alone and are
  /// floats, so that the fast side can start from the same numbers.
  public init(rows: Int, columns: Int, key: UInt32, scale: Double = 1) {
    let values = (0..<rows * columns).map { element in
      let word = ReferenceDropout.mixed(UInt32(element) &* 0x9E37_79B9 &+ key)
      return Double(Float((Double(word >> 8) * 0x1p-23 - 1) * scale))
    }
    self.init(rows: rows, columns: columns, values: values)
  }

  /// One element.
  public subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// The elements rounded to floats, as the fast side takes them.
  public var floats: [Float] { values.map { Float($0) } }

  /// The sum of the products of elements: a scalar function with gradient `other`, for tests.
  public func dot(_ other: ReferenceMatrix) -> Double {
    precondition(rows == other.rows && columns == other.columns, "unequal shapes")
    return zip(values, other.values).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// The sum of two matrices.
  public static func + (left: ReferenceMatrix, right: ReferenceMatrix) -> ReferenceMatrix {
    precondition(left.rows == right.rows && left.columns == right.columns, "unequal shapes")
    return ReferenceMatrix(
      rows: left.rows, columns: left.columns, values: zip(left.values, right.values).map { $0 + $1 }
    )
  }
}

/// Matrices under names, in the order of the model.
public struct ReferenceParameters: Sendable {
  /// The names, in order.
  public let names: [String]
  private var matrices: [ReferenceMatrix]

  /// Named matrices, in order.
  public init(_ named: [(name: String, matrix: ReferenceMatrix)]) {
    names = named.map(\.name)
    matrices = named.map(\.matrix)
  }

  /// The same names and shapes with zeros in them, to collect gradients.
  public var zeros: ReferenceParameters {
    ReferenceParameters(
      names.map { ($0, ReferenceMatrix(rows: self[$0].rows, columns: self[$0].columns)) })
  }

  /// The matrix of a name.
  public subscript(name: String) -> ReferenceMatrix {
    get { matrices[index(of: name)] }
    set { matrices[index(of: name)] = newValue }
  }

  private func index(of name: String) -> Int {
    guard let index = names.firstIndex(of: name) else {
      preconditionFailure("no parameter \(name) among \(names)")
    }
    return index
  }
}

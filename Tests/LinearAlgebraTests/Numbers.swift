import LinearAlgebra
import TestSupport

extension Matrix {
  /// The elements of a reference matrix as a view within a larger one, filled with sevens.
  static func view(of reference: ReferenceMatrix) -> (view: Matrix, whole: Matrix) {
    let whole = Matrix(rows: reference.rows + 3, columns: reference.columns + 5)
    whole.fill(with: 7)
    let view = whole[rows: 2..<reference.rows + 2][columns: 1..<reference.columns + 1]
    view.assign(reference.floats)
    return (view, whole)
  }

  /// A matrix of numbers that look random.
  init(rows: Int, columns: Int, key: UInt32, scale: Double = 1) {
    self.init(ReferenceMatrix(rows: rows, columns: columns, key: key, scale: scale))
  }
}

extension ReferenceMatrix {
  /// Rows as columns.
  var transposed: ReferenceMatrix {
    var result = ReferenceMatrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }

  /// The product, by three loops.
  func times(_ other: ReferenceMatrix) -> ReferenceMatrix {
    var result = ReferenceMatrix(rows: rows, columns: other.columns)
    for row in 0..<rows {
      for column in 0..<other.columns {
        for inner in 0..<columns { result[row, column] += self[row, inner] * other[inner, column] }
      }
    }
    return result
  }
}

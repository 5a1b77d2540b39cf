// The one door to products against three loops.

import LinearAlgebra
import TestSupport
import Testing

@Suite struct `A product` {
  /// Rows, inner length and columns: one, below, at and above the size of a
  /// vector, a tile and a panel.
  static let shapes = [
    (1, 1, 1), (1, 7, 5), (3, 1, 4), (16, 16, 16), (5, 33, 17), (40, 64, 3), (7, 128, 64),
    (13, 129, 130), (11, 300, 47),
  ]
  static let forms = [(false, false), (false, true), (true, false), (true, true)]

  /// What a product may start from.
  enum Start: CaseIterable {
    case zero, itself, another, bias, anotherAndBias
  }

  /// C ← A · B + start by loops, and by the door with the factors as asked.
  private func error(
    _ shape: (Int, Int, Int), _ form: (isLeft: Bool, isRight: Bool), _ start: Start
  ) -> (relative: Double, touchesNeighbours: Bool) {
    let a = ReferenceMatrix(rows: shape.0, columns: shape.1, key: 1)
    let b = ReferenceMatrix(rows: shape.1, columns: shape.2, key: 2)
    let before = ReferenceMatrix(rows: shape.0, columns: shape.2, key: 3)
    let bias = ReferenceMatrix(rows: 1, columns: shape.2, key: 4)
    let left = Matrix.view(of: form.isLeft ? a.transposed : a).view
    let right = Matrix.view(of: form.isRight ? b.transposed : b).view
    let (c, whole) = Matrix.view(
      of: start == .itself ? before : ReferenceMatrix(rows: shape.0, columns: shape.2, key: 5))
    let sum: Matrix? =
      switch start {
      case .itself: c
      case .another, .anotherAndBias: Matrix.view(of: before).view
      case .zero, .bias: nil
      }
    let row = start == .bias || start == .anotherAndBias ? Matrix(bias) : nil
    switch form {
    case (false, false): multiply(left, right, into: c, addedTo: sum, bias: row)
    case (false, true): multiply(left, right.transposed, into: c, addedTo: sum, bias: row)
    case (true, false): multiply(left.transposed, right, into: c, addedTo: sum, bias: row)
    case (true, true):
      multiply(left.transposed, right.transposed, into: c, addedTo: sum, bias: row)
    }
    var expected = a.times(b)
    for index in expected.values.indices {
      if sum != nil { expected.values[index] += before.values[index] }
      if row != nil { expected.values[index] += bias.values[index % shape.2] }
    }
    let sevens = whole.values.count { $0 == 7 }
    return (
      relativeError(c.reference, expected: expected), sevens != whole.count - c.count
    )
  }

  @Test(arguments: shapes, forms)
  func `overwrites a view with the product of views and what it is added to`(
    shape: (Int, Int, Int), form: (Bool, Bool)
  ) {
    for start in Start.allCases {
      let found = error(shape, form, start)
      #expect(found.relative <= Tolerance.linear, "\(start)")
      #expect(!found.touchesNeighbours, "\(start)")
    }
  }

  /// A row's bits say nothing of the rows and columns that were computed with it.
  @Test func `has the same bits alone as among others`() {
    let a = Matrix(rows: 40, columns: 300, key: 1)
    let b = Matrix(rows: 300, columns: 70, key: 2)
    let whole = Matrix(rows: 40, columns: 70)
    multiply(a, b, into: whole)
    for (row, column) in [(0, 0), (13, 5), (39, 69), (25, 64)] {
      let alone = Matrix(rows: 1, columns: 1)
      multiply(a[rows: row..<row + 1], b[columns: column..<column + 1], into: alone)
      #expect(alone[0, 0] == whole[row, column])
    }
  }

  @Test func `beyond the caches agrees with products of its rows`() {
    let a = Matrix(rows: 1024, columns: 1024)
    let b = Matrix(rows: 1024, columns: 1024)
    for index in 0..<1024 {
      a[index, (7 * index) % 1024] = Float(index)
      b[index, (index + 3) % 1024] = 0.5
      b[index, index] = -2
    }
    let bias = Matrix(rows: 1, columns: 1024, key: 3)
    let whole = Matrix(rows: 1024, columns: 1024)
    multiply(a, b, into: whole, bias: bias)
    for row in [0, 17, 1023] {
      let alone = Matrix(rows: 1, columns: 1024)
      multiply(a[rows: row..<row + 1], b, into: alone, bias: bias)
      #expect(whole[rows: row..<row + 1].values == alone.values)
    }
  }

  @Test(arguments: shapes) func `with a packed factor has the same bits`(shape: (Int, Int, Int)) {
    let a = Matrix(rows: shape.0, columns: shape.1, key: 1)
    let b = Matrix(rows: shape.2, columns: shape.1, key: 2)
    let bias = Matrix(rows: 1, columns: shape.2, key: 3)
    let (expected, found) = (
      Matrix(rows: shape.0, columns: shape.2), Matrix(rows: shape.0, columns: shape.2)
    )
    multiply(a, b.transposed, into: expected, bias: bias)
    multiply(a, PackedFactor(b.transposed), into: found, bias: bias)
    #expect(found.values == expected.values)
  }

  @Test func `has the same bits each time`() {
    let (a, b) = (Matrix(rows: 40, columns: 64, key: 1), Matrix(rows: 64, columns: 48, key: 2))
    let products = (0..<3).map { _ in
      let c = Matrix(rows: 40, columns: 48)
      multiply(a, b, into: c)
      return c.values
    }
    #expect(products[0] == products[1])
    #expect(products[0] == products[2])
  }
}

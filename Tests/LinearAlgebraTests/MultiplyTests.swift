// The one door to BLAS against three loops.

import LinearAlgebra
import TestSupport
import Testing

@Suite struct `A product` {
  /// Rows, inner length and columns: one, below, at and above the width of a vector.
  static let shapes = [(1, 1, 1), (1, 7, 5), (3, 1, 4), (16, 16, 16), (5, 33, 17), (40, 64, 3)]
  static let forms = [(false, false), (false, true), (true, false)]

  private let scale = -0.75

  /// C ← start + scale · A · B by loops, and by the door with the factors as asked.
  private func error(
    _ shape: (Int, Int, Int), _ form: (isLeft: Bool, isRight: Bool), isAccumulating: Bool
  ) -> (relative: Double, touchesNeighbours: Bool) {
    let a = ReferenceMatrix(rows: shape.0, columns: shape.1, key: 1)
    let b = ReferenceMatrix(rows: shape.1, columns: shape.2, key: 2)
    let start = ReferenceMatrix(rows: shape.0, columns: shape.2, key: 3)
    let left = Matrix.view(of: form.isLeft ? a.transposed : a).view
    let right = Matrix.view(of: form.isRight ? b.transposed : b).view
    let (c, whole) = Matrix.view(of: start)
    let factor = Float(scale)
    switch form {
    case (false, false):
      multiply(left, right, into: c, scale: factor, accumulating: isAccumulating)
    case (false, true):
      multiply(left, right.transposed, into: c, scale: factor, accumulating: isAccumulating)
    case (true, false):
      multiply(left.transposed, right, into: c, scale: factor, accumulating: isAccumulating)
    case (true, true):
      multiply(
        left.transposed, right.transposed, into: c, scale: factor, accumulating: isAccumulating)
    }
    var expected = a.times(b)
    for index in expected.values.indices {
      expected.values[index] =
        scale * expected.values[index] + (isAccumulating ? start.values[index] : 0)
    }
    let sevens = whole.values.count { $0 == 7 }
    return (
      relativeError(c.reference, expected: expected), sevens != whole.count - c.count
    )
  }

  @Test(arguments: shapes, forms + [(true, true)])
  func `overwrites a view with the scaled product of views`(
    shape: (Int, Int, Int), form: (Bool, Bool)
  ) {
    let found = error(shape, form, isAccumulating: false)
    #expect(found.relative <= Tolerance.linear)
    #expect(!found.touchesNeighbours)
  }

  @Test(arguments: shapes, forms)
  func `is added to what is there when accumulating`(
    shape: (Int, Int, Int), form: (Bool, Bool)
  ) {
    let found = error(shape, form, isAccumulating: true)
    #expect(found.relative <= Tolerance.linear)
    #expect(!found.touchesNeighbours)
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

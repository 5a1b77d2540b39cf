// Sums and products of rows, at sizes below, at and above the width of a vector. Normalisation, the
// error linear unit, dropout and cross-entropy are held to the reference in TransformerTests.

import LinearAlgebra
import TestSupport
import Testing

import func Foundation.exp

@Suite struct `Operations on rows` {
  static let shapes = [(1, 1), (3, 15), (4, 16), (7, 37), (70, 64)]

  @Test(arguments: shapes) func `matrices are added element by element`(rows: Int, columns: Int) {
    let x = Matrix(rows: rows, columns: columns, key: 1)
    let y = Matrix(rows: rows, columns: columns, key: 2)
    let expected = zip(x.values, y.values).map { $0 + $1 }
    y.add(x)
    #expect(y.values == expected)
  }

  @Test(arguments: shapes) func `matrices are multiplied element by element`(
    rows: Int, columns: Int
  ) {
    let x = Matrix(rows: rows, columns: columns, key: 1)
    let y = Matrix(rows: rows, columns: columns, key: 2)
    let expected = zip(x.values, y.values).map { $0 * $1 }
    y.multiplyElements(by: x)
    #expect(y.values == expected)
  }

  @Test(arguments: shapes) func `the sum of rows is added to a row`(rows: Int, columns: Int) {
    let x = ReferenceMatrix(rows: rows, columns: columns, key: 1)
    var expected = ReferenceMatrix(rows: 1, columns: columns, key: 2)
    let sums = Matrix(expected)
    sums.addSumOfRows(of: Matrix(x))
    for row in 0..<rows {
      for column in 0..<columns { expected[0, column] += x[row, column] }
    }
    #expect(relativeError(sums.reference, expected: expected) <= Tolerance.linear)
  }

  @Test(arguments: shapes) func `the sum of squares is exact in double precision`(
    rows: Int, columns: Int
  ) {
    let x = ReferenceMatrix(rows: rows, columns: columns, key: 1)
    let error = relativeError([Matrix(x).sumOfSquares], expected: [x.dot(x)])
    #expect(error <= Tolerance.exactArithmetic)
  }

  @Test func `the exponential is that of the C library`() {
    let inputs = stride(from: Float(-87), through: 88, by: 0.37).map { $0 }
    for x in inputs {
      let error = relativeError([Double(exponential(x))], expected: [exp(Double(x))])
      #expect(error <= Tolerance.probability, "\(x)")
    }
    #expect(exponential(-88) == 0)
    #expect(exponential(0) == 1)
  }
}

import LinearAlgebra
import TestSupport
import Testing

@Suite struct `Matrices of an arena` {
  @Test func `begin as zeros`() {
    let arena = Arena(capacity: 64)
    #expect(arena.matrix(rows: 3, columns: 5).values == Array(repeating: 0, count: 15))
  }

  @Test func `do not overlap`() {
    let arena = Arena(capacity: 64)
    let (first, second) = (arena.matrix(rows: 3, columns: 5), arena.matrix(rows: 2, columns: 7))
    first.fill(with: 1)
    second.fill(with: 2)
    #expect(first.values == Array(repeating: 1, count: 15))
    #expect(second.values == Array(repeating: 2, count: 14))
    #expect(arena.used == Arena.footprint(of: 15) + Arena.footprint(of: 14))
  }

  @Test func `outlive the name of their arena`() {
    func made() -> Matrix {
      let matrix = Arena(capacity: 16).matrix(rows: 4, columns: 4)
      matrix.fill(with: 3)
      return matrix
    }
    #expect(made().values == Array(repeating: 3, count: 16))
  }
}

@Suite struct `A view of a matrix` {
  let whole: Matrix
  let view: Matrix

  init() {
    whole = Matrix(rows: 4, columns: 5)
    whole.assign((0..<20).map { Float($0) })
    view = whole[rows: 1..<3][columns: 2..<5]
  }

  @Test func `has the elements of its rows and columns`() {
    #expect(view.values == [7, 8, 9, 12, 13, 14])
    #expect(view[1, 2] == 14)
    let row = view.row(1)
    #expect(row.indices.map { row[$0] } == [12, 13, 14])
  }

  @Test func `writes into the matrix it is of, and nowhere else`() {
    view.assign([-1, -2, -3, -4, -5, -6])
    var row = view.mutableRow(1)
    row[0] = -7
    view[0, 1] = -8
    var expected = (0..<20).map { Float($0) }
    (expected[7], expected[8], expected[9]) = (-1, -8, -3)
    (expected[12], expected[13], expected[14]) = (-7, -5, -6)
    #expect(whole.values == expected)
  }

  @Test func `is filled without its neighbours`() {
    view.fill(with: 0)
    let sum = whole.values.reduce(0, +)
    #expect(sum == 127)
  }

  @Test func `is contiguous only if its rows touch`() {
    #expect(!view.isContiguous)
    #expect(whole[rows: 1..<3].isContiguous)
    #expect(view[rows: 1..<2].isContiguous)
  }

  @Test func `is copied row by row`() {
    let copy = Matrix(rows: 2, columns: 3)
    copy.copy(from: view)
    #expect(copy.values == view.values)
    view.copy(from: Matrix(rows: 2, columns: 3))
    #expect(copy.values == [7, 8, 9, 12, 13, 14])
    #expect(view.values == Array(repeating: 0, count: 6))
  }

  @Test func `of another shape has the same elements in order`() {
    let other = whole[rows: 1..<3].reshaped(rows: 5, columns: 2)
    #expect(other.values == whole[rows: 1..<3].values)
    other[4, 1] = 100
    #expect(whole[2, 4] == 100)
  }
}

// What convolutions and pooling are made of, against plain loops.

import LinearAlgebra
import TestSupport
import Testing

@Suite struct `A sliding window` {
  /// Strides that fit and do not, windows of one pixel, wider than the picture and narrower than a stride.
  static let windows = [
    SlidingWindow(rows: 18, columns: 24, channels: 3, kernel: 5, stride: 2),
    SlidingWindow(rows: 9, columns: 12, channels: 4, kernel: 3, stride: 2),
    SlidingWindow(rows: 7, columns: 5, channels: 2, kernel: 3, stride: 1),
    SlidingWindow(rows: 5, columns: 6, channels: 17, kernel: 2, stride: 2),
    SlidingWindow(rows: 2, columns: 3, channels: 1, kernel: 5, stride: 2),
    SlidingWindow(rows: 4, columns: 7, channels: 2, kernel: 1, stride: 3),
    SlidingWindow(rows: 1, columns: 1, channels: 3, kernel: 3, stride: 2),
  ]

  private static func pictures(_ count: Int, _ window: SlidingWindow) -> ReferenceMatrix {
    ReferenceMatrix(rows: count, columns: window.pictureSize, key: 1)
  }

  private static func picture(
    _ number: Int, of all: ReferenceMatrix, _ window: SlidingWindow
  ) -> ReferencePicture {
    ReferencePicture(
      rows: window.rows, columns: window.columns, channels: window.channels,
      values: Array(all.values[number * all.columns..<(number + 1) * all.columns]))
  }

  @Test(arguments: windows)
  func `makes patches whose product is a convolution of seven loops`(window: SlidingWindow) {
    let x = Self.pictures(3, window)
    let weight = ReferenceMatrix(rows: 4, columns: window.patchSize, key: 2)
    let bias = ReferenceMatrix(rows: 1, columns: 4, key: 3)
    let patches = Matrix(rows: 3 * window.placeCount, columns: window.patchSize)
    patches.fill(with: 7)
    window.takePatches(of: Matrix(x), into: patches)
    let found = Matrix(rows: patches.rows, columns: 4)
    multiply(patches, Matrix(weight).transposed, into: found, bias: Matrix(bias))
    let expected = (0..<3).flatMap { number in
      ReferenceSight.convolved(
        Self.picture(number, of: x, window), weight, bias, kernel: window.kernel,
        stride: window.stride
      ).values
    }
    let error = relativeError(found.reference.values, expected: expected)
    #expect(error <= Tolerance.linear)
  }

  /// ⟨patches of x, y⟩ = ⟨x, what y adds to x⟩; sums of dozens of floats in doubles.
  @Test(arguments: windows)
  func `takes the gradient of patches back as the adjoint`(window: SlidingWindow) {
    let x = Self.pictures(3, window)
    let patches = Matrix(rows: 3 * window.placeCount, columns: window.patchSize)
    window.takePatches(of: Matrix(x), into: patches)
    let y = ReferenceMatrix(rows: patches.rows, columns: patches.columns, key: 4)
    let dx = Matrix(rows: 3, columns: window.pictureSize)
    window.takePatchesBackward(Matrix(y), addedTo: dx)
    let size = patches.reference.dot(patches.reference).squareRoot() * y.dot(y).squareRoot()
    #expect(abs(patches.reference.dot(y) - x.dot(dx.reference)) <= Tolerance.linear * size)
  }

  @Test(arguments: windows)
  func `pools what plain loops pool`(window: SlidingWindow) {
    let x = Self.pictures(3, window)
    let pooled = Matrix(rows: 3, columns: window.placeCount * window.channels)
    window.pool(Matrix(x), into: pooled)
    let expected = (0..<3).flatMap { number in
      ReferenceSight.pooled(
        Self.picture(number, of: x, window), kernel: window.kernel, stride: window.stride
      ).values
    }
    #expect(pooled.reference.values == expected)
  }

  @Test(arguments: windows)
  func `takes the gradient of pooling back as differences do`(window: SlidingWindow) {
    let x = Self.pictures(1, window)
    let pooled = Matrix(rows: 1, columns: window.placeCount * window.channels)
    window.pool(Matrix(x), into: pooled)
    let weights = ReferenceMatrix(rows: 1, columns: pooled.columns, key: 5)
    let dx = Matrix(rows: 1, columns: window.pictureSize)
    window.poolBackward(of: Matrix(x), keeping: pooled, Matrix(weights), addedTo: dx)
    let expected = centralDifferences(at: x) { moved in
      let pooled = ReferenceSight.pooled(
        Self.picture(0, of: moved, window), kernel: window.kernel, stride: window.stride)
      return zip(pooled.values, weights.values).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(relativeError(dx.reference, expected: expected) <= Tolerance.finiteDifferences)
  }

  @Test func `gives the gradient of equals to the first of them, added to what is there`() {
    let window = SlidingWindow(rows: 2, columns: 2, channels: 1, kernel: 2, stride: 2)
    let x = Matrix(rows: 1, columns: 4)
    x.assign([1, 3, 3, 2])
    let pooled = Matrix(rows: 1, columns: 1)
    window.pool(x, into: pooled)
    let (dpooled, dx) = (Matrix(rows: 1, columns: 1), Matrix(rows: 1, columns: 4))
    dpooled.assign([0.5])
    dx.fill(with: 1)
    window.poolBackward(of: x, keeping: pooled, dpooled, addedTo: dx)
    #expect(dx.values == [1, 1.5, 1, 1])
  }

  @Test func `rectifies, and stops the gradient where nothing is left`() {
    let x = Matrix(rows: 1, columns: 5)
    x.assign([-1, 0, 2, -0.5, 3])
    x.rectifyInPlace()
    #expect(x.values == [0, 0, 2, 0, 3])
    let dx = Matrix(rows: 1, columns: 5)
    dx.assign([1, 2, 3, 4, 5])
    dx.rectifyBackwardInPlace(of: x)
    #expect(dx.values == [0, 0, 3, 0, 5])
  }
}

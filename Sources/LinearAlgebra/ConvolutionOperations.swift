// What convolutions are made of besides products: patches, pooling, rectification. Each checks its shapes,
// then runs a kernel. A picture is a row of a matrix: pixel after pixel, channel after channel.

internal import CKernels

/// A square window that slides over pictures in strides.
///
/// It has ⌈rows / stride⌉ × ⌈columns / stride⌉ places, and reaches over the edges by equal parts, the
/// smaller one at the top and left.
public struct SlidingWindow: Hashable, Sendable {
  /// The rows of a picture.
  public let rows: Int
  /// The columns of a picture.
  public let columns: Int
  /// The channels of a pixel.
  public let channels: Int
  /// The side of the window, in pixels.
  public let kernel: Int
  /// The distance of its places, in pixels.
  public let stride: Int

  /// A window over pictures of a size.
  public init(rows: Int, columns: Int, channels: Int, kernel: Int, stride: Int) {
    precondition(
      rows > 0 && columns > 0 && channels > 0 && kernel > 0 && stride > 0,
      "no window of \(kernel) slides by \(stride) over \(rows) × \(columns) × \(channels)")
    self.rows = rows
    self.columns = columns
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
  }

  public var placeRows: Int { (rows + stride - 1) / stride }
  public var placeColumns: Int { (columns + stride - 1) / stride }
  public var placeCount: Int { placeRows * placeColumns }
  /// The floats under the window.
  public var patchSize: Int { kernel * kernel * channels }
  /// The floats of a picture.
  public var pictureSize: Int { rows * columns * channels }

  /// Overwrites a matrix with the patch at every place, zero beyond the edges.
  /// - Parameters:
  ///   - pictures: Pictures × `pictureSize`.
  ///   - patches: Pictures · `placeCount` × `patchSize`.
  public func takePatches(of pictures: Matrix, into patches: Matrix) {
    check(pictures, pictureSize, patches, rows: pictures.rows * placeCount, columns: patchSize)
    unsafe ck_patches(kernelWindow, pictures.rows, pictures.base, patches.base)
  }

  /// Undoes `takePatches`: adds the gradient of the patches to that of the pictures.
  public func takePatchesBackward(_ dpatches: Matrix, addedTo dpictures: Matrix) {
    check(dpictures, pictureSize, dpatches, rows: dpictures.rows * placeCount, columns: patchSize)
    unsafe ck_patches_backward(kernelWindow, dpictures.rows, dpatches.base, dpictures.base)
  }

  /// Overwrites a matrix with the greatest of each channel under every place.
  /// - Parameter pooled: Pictures × `placeCount` · `channels`.
  public func pool(_ pictures: Matrix, into pooled: Matrix) {
    check(pictures, pictureSize, pooled, rows: pictures.rows, columns: placeCount * channels)
    unsafe ck_max_pool(kernelWindow, pictures.rows, pictures.base, pooled.base)
  }

  /// Undoes `pool`: adds the gradient of what was pooled to that of the first of the greatest.
  public func poolBackward(
    of pictures: Matrix, keeping pooled: Matrix, _ dpooled: Matrix, addedTo dpictures: Matrix
  ) {
    check(pictures, pictureSize, pooled, rows: pictures.rows, columns: placeCount * channels)
    check(dpictures, pictureSize, dpooled, rows: pictures.rows, columns: placeCount * channels)
    unsafe ck_max_pool_backward(
      kernelWindow, pictures.rows, pictures.base, pooled.base, dpooled.base, dpictures.base)
  }

  private var kernelWindow: ck_window {
    ck_window(rows: rows, columns: columns, channels: channels, kernel: kernel, stride: stride)
  }

  private func check(
    _ pictures: Matrix, _ size: Int, _ other: Matrix, rows: Int, columns: Int
  ) {
    pictures.checkContiguous()
    other.checkContiguous()
    precondition(
      pictures.columns == size && other.rows == rows && other.columns == columns,
      "\(pictures.rows) × \(pictures.columns) and \(other.rows) × \(other.columns) do not fit \(self)"
    )
  }
}

extension Matrix {
  /// x ← max(0, x).
  public func rectifyInPlace() {
    checkContiguous()
    unsafe ck_rectify(count, base)
  }

  /// Undoes y = max(0, x): clears this gradient where y is zero.
  public func rectifyBackwardInPlace(of y: Matrix) {
    checkContiguous()
    y.checkContiguous()
    checkShape(of: y)
    unsafe ck_rectify_backward(count, y.base, base)
  }
}

// Pictures as bytes, and what is done to them before they are shown: enlarged by whole pixels, put side by
// side. Files of them stand in PNG.swift.

/// A picture: rows × columns × red, green and blue, a byte each.
public struct Picture: Equatable, Sendable {
  /// The height in pixels.
  public let rows: Int
  /// The width in pixels.
  public let columns: Int
  /// The bytes, row by row from the top.
  public let pixels: [UInt8]

  /// A picture of these pixels.
  /// - Precondition: There is at least one, and as many bytes as the size asks for.
  public init(rows: Int, columns: Int, pixels: [UInt8]) {
    precondition(rows > 0 && columns > 0, "\(rows) × \(columns) pixels are no picture")
    precondition(
      pixels.count == rows * columns * 3,
      "\(pixels.count) bytes are no picture of \(rows) × \(columns)")
    self.rows = rows
    self.columns = columns
    self.pixels = pixels
  }

  /// The picture with each pixel as a square of `factor` × `factor`.
  public func enlarged(by factor: Int) -> Picture {
    precondition(factor > 0, "a factor of \(factor) leaves nothing of a picture")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pixels.count * factor * factor)
    for row in 0..<rows {
      var line: [UInt8] = []
      for column in 0..<columns {
        let place = 3 * (row * columns + column)
        for _ in 0..<factor { line += pixels[place..<place + 3] }
      }
      for _ in 0..<factor { bytes += line }
    }
    return Picture(rows: rows * factor, columns: columns * factor, pixels: bytes)
  }

  /// Pictures of one size in rows of `perRow`, from the left, with white between them and where none is left.
  public static func sheet(_ pictures: [Picture], perRow: Int, gap: Int) -> Picture {
    guard let first = pictures.first else { preconditionFailure("no pictures to lay side by side") }
    precondition(
      pictures.allSatisfy { $0.rows == first.rows && $0.columns == first.columns },
      "pictures of several sizes do not lie side by side; the first has \(first.rows) × \(first.columns)"
    )
    precondition(perRow > 0 && gap >= 0, "\(perRow) pictures in a row, \(gap) pixels apart")
    let across = min(perRow, pictures.count)
    let down = (pictures.count + perRow - 1) / perRow
    let rows = down * (first.rows + gap) - gap
    let columns = across * (first.columns + gap) - gap
    var bytes = [UInt8](repeating: 255, count: rows * columns * 3)
    for (number, picture) in pictures.enumerated() {
      let top = number / perRow * (first.rows + gap)
      let left = number % perRow * (first.columns + gap)
      for row in 0..<first.rows {
        let place = 3 * ((top + row) * columns + left)
        let start = 3 * row * first.columns
        bytes.replaceSubrange(
          place..<place + 3 * first.columns,
          with: picture.pixels[start..<start + 3 * first.columns])
      }
    }
    return Picture(rows: rows, columns: columns, pixels: bytes)
  }
}

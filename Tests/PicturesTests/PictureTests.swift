import Pictures
import Testing

/// A picture whose every byte tells where it is.
func telling(rows: Int, columns: Int, from first: Int = 0) -> Picture {
  Picture(
    rows: rows, columns: columns,
    pixels: (0..<rows * columns * 3).map { UInt8(truncatingIfNeeded: first + 7 * $0) })
}

extension Picture {
  /// The three bytes of a pixel.
  fileprivate func pixel(_ row: Int, _ column: Int) -> [UInt8] {
    Array(pixels[3 * (row * columns + column)..<3 * (row * columns + column) + 3])
  }
}

@Suite struct `A picture` {
  @Test(arguments: [1, 2, 5]) func `is enlarged by whole pixels`(factor: Int) {
    let small = telling(rows: 3, columns: 4)
    let large = small.enlarged(by: factor)
    #expect(large.rows == 3 * factor && large.columns == 4 * factor)
    for row in 0..<large.rows {
      for column in 0..<large.columns {
        #expect(large.pixel(row, column) == small.pixel(row / factor, column / factor))
      }
    }
  }

  @Test func `lies beside others, in rows, with white between`() {
    let pictures = (0..<5).map { telling(rows: 2, columns: 3, from: 40 * $0) }
    let sheet = Picture.sheet(pictures, perRow: 3, gap: 1)
    #expect(sheet.rows == 5 && sheet.columns == 11)
    for row in 0..<5 {
      for column in 0..<11 {
        let number = row / 3 * 3 + column / 4
        let isGap = row % 3 == 2 || column % 4 == 3 || number >= 5
        let expected = isGap ? [255, 255, 255] : pictures[number].pixel(row % 3, column % 4)
        #expect(sheet.pixel(row, column) == expected)
      }
    }
  }

  @Test func `alone is its own sheet`() {
    let picture = telling(rows: 2, columns: 3)
    #expect(Picture.sheet([picture], perRow: 8, gap: 2) == picture)
  }
}

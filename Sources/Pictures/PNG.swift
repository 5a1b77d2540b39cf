// PNG (W3C, third edition, 2025): a picture, or several as an animation, as the bytes of a file. Eight bits
// of red, green and blue, no filter, no interlacing; times of day and names of programs are left out, so
// that the same pictures have the same bytes with the same zlib.

internal import CZlib

/// Files of pictures.
public enum PNG {
  private static let signature: [UInt8] = [137, 80, 78, 71, 13, 10, 26, 10]

  /// The file of a picture.
  public static func encode(_ picture: Picture) -> [UInt8] {
    signature + header(picture) + chunk("IDAT", compressed(picture)) + chunk("IEND", [])
  }

  /// The file of an animation that begins again when it has ended. Programs that know no animation show the
  /// first picture.
  /// - Parameters:
  ///   - pictures: At least one; all of one size.
  ///   - milliseconds: How long each is shown.
  public static func encode(_ pictures: [Picture], milliseconds: UInt16) -> [UInt8] {
    guard let first = pictures.first else { preconditionFailure("no pictures to show in turn") }
    precondition(
      pictures.allSatisfy { $0.rows == first.rows && $0.columns == first.columns },
      "pictures of several sizes are no animation; the first has \(first.rows) × \(first.columns)")
    // How many pictures, and how often all of them: 0 for without end.
    var file = signature + header(first) + chunk("acTL", word(pictures.count) + word(0))
    var number = 0
    for (index, picture) in pictures.enumerated() {
      let place = word(picture.columns) + word(picture.rows) + word(0) + word(0)
      let time = [UInt8(milliseconds >> 8), UInt8(milliseconds & 255)] + [3, 232]  // in 1,000ths
      file += chunk("fcTL", word(number) + place + time + [0, 0])
      number += 1
      if index == 0 {
        file += chunk("IDAT", compressed(picture))
      } else {
        file += chunk("fdAT", word(number) + compressed(picture))
        number += 1
      }
    }
    return file + chunk("IEND", [])
  }

  private static func header(_ picture: Picture) -> [UInt8] {
    // Eight bits, three channels; deflate, the standard's filters, no interlacing.
    chunk("IHDR", word(picture.columns) + word(picture.rows) + [8, 2, 0, 0, 0])
  }

  /// Its length, name, content and checksum.
  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    let sum = unsafe body.withUnsafeBufferPointer { buffer in
      unsafe crc32_z(0, buffer.baseAddress, z_size_t(buffer.count))
    }
    return word(content.count) + body + word(Int(sum))
  }

  /// A number of four bytes, the highest first.
  private static func word(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  /// The rows, each after a 0 that says that it is not filtered, as zlib packs them.
  private static func compressed(_ picture: Picture) -> [UInt8] {
    let width = 3 * picture.columns
    var rows: [UInt8] = []
    rows.reserveCapacity(picture.pixels.count + picture.rows)
    for row in 0..<picture.rows {
      rows.append(0)
      rows += picture.pixels[row * width..<(row + 1) * width]
    }
    var size = compressBound(uLong(rows.count))
    let packed = unsafe [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
      let status = unsafe compress2(
        buffer.baseAddress, &size, rows, uLong(rows.count), Z_BEST_COMPRESSION)
      // Of room there is enough, so that it can only be memory that lacks.
      precondition(status == Z_OK, "zlib could not pack \(rows.count) bytes: status \(status)")
      unsafe count = Int(size)
    }
    return packed
  }
}

// Writing of NumPy's .npz: a zip archive of arrays, stored as they are, with 64-bit sizes. Each array is made a piece at
// a time, twice: first for its checksum, which stands before it, then for the file.

internal import CZlib
public import Foundation

/// An array to be written a piece at a time.
public struct NewArray {
  /// Gives all bytes, in order, in pieces.
  public typealias Blocks = (_ take: ([UInt8]) throws -> Void) throws -> Void

  let name: String
  let type: ArrayType
  let shape: [Int]
  let blocks: Blocks

  /// An array whose elements are little-endian, row by row.
  public init(_ name: String, _ type: ArrayType, shape: [Int], blocks: @escaping Blocks) {
    self.name = name
    self.type = type
    self.shape = shape
    self.blocks = blocks
  }

  /// What NumPy has before the elements.
  fileprivate var header: [UInt8] {
    let codes: [ArrayType: String] = [
      .bool: "|b1", .uint8: "|u1", .int8: "|i1", .uint16: "<u2", .int16: "<i2", .uint32: "<u4",
      .int32: "<i4", .uint64: "<u8", .int64: "<i8", .float16: "<f2", .float32: "<f4",
      .float64: "<f8",
    ]
    let lengths = shape.map { "\($0)," }.joined(separator: " ")
    let text =
      "{'descr': '\(codes[type] ?? "")', 'fortran_order': False, 'shape': (\(lengths)), }"
    // The elements begin at a multiple of 64 bytes.
    let padding = (64 - (10 + text.utf8.count + 1) % 64) % 64
    let padded = text + String(repeating: " ", count: padding) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(padded.utf8.count, 2) + Array(padded.utf8)
  }
}

extension ArrayFile {
  /// Writes arrays, whole or not at all, to a file that is not there yet.
  /// - Throws: `TensorFileError`, or what an array's blocks throw.
  public static func writeNPZ(_ arrays: [NewArray], to url: URL) throws {
    let file = try TemporaryFile(for: url, replacing: false)
    var directory: [UInt8] = []
    var position = 0
    for array in arrays {
      let name = Array("\(array.name).npy".utf8)
      let size = array.header.count + array.shape.reduce(array.type.byteCount, *)
      var sum: UInt32 = 0
      var count = 0
      func add(_ bytes: [UInt8]) {
        let before = sum
        count += bytes.count
        sum = unsafe bytes.withUnsafeBufferPointer { buffer in
          unsafe UInt32(
            truncatingIfNeeded: crc32_z(uLong(before), buffer.baseAddress, z_size_t(buffer.count)))
        }
      }
      add(array.header)
      try array.blocks(add)
      precondition(count == size, "'\(array.name)' has \(count) bytes, its shape takes \(size)")
      // Version 4.5 for 64-bit sizes; stored; the first day that the format knows.
      let common = little(45, 2) + little(0, 2) + little(0, 2) + little(0, 2) + little(33, 2)
      let sizes = little(Int(sum), 4) + little(0xffff_ffff, 4) + little(0xffff_ffff, 4)
      let lengths = little(name.count, 2)
      let wide = little(size, 8) + little(size, 8)
      let local =
        little(0x0403_4b50, 4) + common + sizes + lengths + little(20, 2) + name + little(1, 2)
        + little(16, 2) + wide
      directory +=
        little(0x0201_4b50, 4) + little(45, 2) + common + sizes + lengths + little(28, 2)
        + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) + little(0xffff_ffff, 4) + name
      directory += little(1, 2) + little(24, 2) + wide + little(position, 8)
      try file.append(local)
      try file.append(array.header)
      try array.blocks { try file.append($0) }
      position += local.count + size
    }
    let wideEnd =
      little(0x0606_4b50, 4) + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 4)
      + little(0, 4) + little(arrays.count, 8) + little(arrays.count, 8)
      + little(directory.count, 8) + little(position, 8)
    let locator =
      little(0x0706_4b50, 4) + little(0, 4) + little(position + directory.count, 8) + little(1, 4)
    let end =
      little(0x0605_4b50, 4) + little(0, 4) + little(0xffff, 2) + little(0xffff, 2)
      + little(0xffff_ffff, 4) + little(0xffff_ffff, 4) + little(0, 2)
    try file.append(directory + wideEnd + locator + end)
    try file.finish()
  }
}

/// The lowest bytes of a number, the lowest first.
private func little(_ number: Int, _ bytes: Int) -> [UInt8] {
  (0..<bytes).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

// Bytes of a part of a file, from front to back, as they stand or as deflate packed them: what arrays that do not fit
// the memory are read through. Refuses a part that ends early, and packed bytes whose checksum is another.

internal import CZlib
internal import Foundation

/// A part of a file that is read once, a piece at a time.
final class ByteStream {
  private let path: String
  private let file: FileHandle
  /// The bytes of the part that were not read yet.
  private var remaining: Int
  private let inflater: Inflater?
  private let checksum: UInt32?
  private var sum: UInt32 = 0
  private var unread: [UInt8] = []

  /// - Parameters:
  ///   - range: The part, as it stands in the file.
  ///   - isDeflated: Whether deflate packed it.
  ///   - checksum: The CRC-32 of all its bytes, unpacked; nil if it is not known.
  init(
    _ url: URL, range: Range<Int>, isDeflated: Bool = false, checksum: UInt32? = nil
  ) throws(TensorFileError) {
    path = url.relativePath
    do {
      file = try FileHandle(forReadingFrom: url)
      try file.seek(toOffset: UInt64(range.lowerBound))
    } catch {
      throw .unreadable(path: url.relativePath, reason: error.localizedDescription)
    }
    remaining = range.count
    inflater = isDeflated ? try Inflater(path: url.relativePath) : nil
    self.checksum = checksum
  }

  /// The next bytes.
  /// - Parameter isLast: Whether nothing follows them, so that the checksum must be right now.
  func read(_ count: Int, isLast: Bool) throws(TensorFileError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      let wanted = count - bytes.count
      guard let inflater else {
        bytes += try stored(wanted)
        continue
      }
      let unpacked = try inflater.unpack(upTo: wanted) { () throws(TensorFileError) -> [UInt8] in
        try stored(min(remaining, 1 << 16))
      }
      guard !unpacked.isEmpty else { throw cutShort }
      bytes += unpacked
    }
    if let checksum {
      let before = sum
      sum = unsafe bytes.withUnsafeBufferPointer { buffer in
        unsafe UInt32(
          truncatingIfNeeded: crc32_z(uLong(before), buffer.baseAddress, z_size_t(buffer.count)))
      }
      guard !isLast || sum == checksum else {
        throw .notAnArrayFile(path: path, reason: "the checksum of one of its arrays is wrong")
      }
    }
    return bytes
  }

  private func stored(_ count: Int) throws(TensorFileError) -> [UInt8] {
    guard count > 0, count <= remaining else { throw cutShort }
    let data: Data?
    do {
      data = try file.read(upToCount: count)
    } catch {
      throw .unreadable(path: path, reason: error.localizedDescription)
    }
    guard let data, data.count == count else { throw cutShort }
    remaining -= count
    return Array(data)
  }

  private var cutShort: TensorFileError {
    .notAnArrayFile(path: path, reason: "one of its arrays ends early, so the file is cut short")
  }
}

/// Unpacks what deflate packed.
@safe
private final class Inflater {
  private var stream = unsafe z_stream()
  private var input: [UInt8] = []
  private var position = 0
  private let path: String
  private(set) var isOver = false

  init(path: String) throws(TensorFileError) {
    self.path = path
    // Negative: no header of zlib's own around the bytes.
    let status = unsafe inflateInit2_(
      &stream, -15, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      throw .unreadable(path: path, reason: "zlib answers \(status)")
    }
  }

  deinit { _ = unsafe inflateEnd(&stream) }

  /// The next bytes: at least one, unless there are none.
  func unpack(
    upTo count: Int, more: () throws(TensorFileError) -> [UInt8]
  ) throws(TensorFileError) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: min(count, 1 << 18))
    while !isOver {
      if position == input.count {
        input = try more()
        position = 0
      }
      let (taken, made, status) = step(into: &output)
      position += taken
      isOver = status == Z_STREAM_END
      guard status == Z_OK || isOver || status == Z_BUF_ERROR else {
        throw .notAnArrayFile(path: path, reason: "one of its arrays is damaged")
      }
      if made > 0 { return Array(output.prefix(made)) }
    }
    return []
  }

  private func step(into output: inout [UInt8]) -> (taken: Int, made: Int, status: CInt) {
    let available = input.count - position
    let room = output.count
    let start = position
    let status = unsafe input.withUnsafeMutableBufferPointer { source in
      unsafe output.withUnsafeMutableBufferPointer { target in
        unsafe stream.next_in = source.baseAddress.map { unsafe $0 + start }
        unsafe stream.avail_in = uInt(available)
        unsafe stream.next_out = target.baseAddress
        unsafe stream.avail_out = uInt(room)
        return unsafe inflate(&stream, Z_NO_FLUSH)
      }
    }
    return unsafe (available - Int(stream.avail_in), room - Int(stream.avail_out), status)
  }
}

// The event files that TensorBoard reads: framed records (TFRecord), each of which holds an event in Protocol Buffers. Of
// events there are two kinds here: the version of the format, and numbers under tags at a step.

internal import Foundation
internal import TensorFiles

/// A file of numbers by update, for TensorBoard. The same numbers give the same bytes: an event's time of day is its
/// update in seconds since 1970, so that TensorBoard's relative time counts updates.
struct EventFile {
  /// The file so far.
  private(set) var bytes: [UInt8] = []

  /// A file of no numbers.
  init() {
    var event = Message()
    event.append(double: 0, field: Field.wallTime)
    event.append(Array("brain.Event:2".utf8), field: Field.fileVersion)
    append(record: event.bytes)
  }

  /// Appends the numbers of an update, each under its tag.
  mutating func append(update: Int, _ scalars: [(tag: String, value: Float)]) {
    var summary = Message()
    for (tag, value) in scalars {
      var scalar = Message()
      scalar.append(Array(tag.utf8), field: Field.tag)
      scalar.append(float: value, field: Field.simpleValue)
      summary.append(scalar.bytes, field: Field.value)
    }
    var event = Message()
    event.append(double: Double(update), field: Field.wallTime)
    event.append(UInt64(update), field: Field.step)
    event.append(summary.bytes, field: Field.summary)
    append(record: event.bytes)
  }

  /// Adds to a file what it lacks: TensorBoard may be reading it.
  func write(to url: URL) throws(TensorFileError) { try GrowingFile.bring(url, to: bytes) }

  /// A length, its checksum, the data, their checksum.
  private mutating func append(record data: [UInt8]) {
    let length = littleEndian(UInt64(data.count))
    bytes += length + littleEndian(maskedChecksum(of: length))
    bytes += data + littleEndian(maskedChecksum(of: data))
  }

  /// The numbers of fields in tensorflow/core/util/event.proto and framework/summary.proto.
  private enum Field {
    static let (wallTime, step, fileVersion, summary) = (1, 2, 3, 5)
    static let value = 1
    static let (tag, simpleValue) = (1, 2)
  }
}

/// A message of Protocol Buffers.
private struct Message {
  private(set) var bytes: [UInt8] = []

  /// How the bytes of a field end.
  private enum Wire: UInt64 {
    case variable = 0
    case eightBytes = 1
    case counted = 2
    case fourBytes = 5
  }

  mutating func append(_ number: UInt64, field: Int) {
    begin(field, .variable)
    append(variable: number)
  }

  mutating func append(double: Double, field: Int) {
    begin(field, .eightBytes)
    bytes += littleEndian(double.bitPattern)
  }

  mutating func append(float: Float, field: Int) {
    begin(field, .fourBytes)
    bytes += littleEndian(float.bitPattern)
  }

  /// A text, or another message.
  mutating func append(_ content: [UInt8], field: Int) {
    begin(field, .counted)
    append(variable: UInt64(content.count))
    bytes += content
  }

  private mutating func begin(_ field: Int, _ wire: Wire) {
    append(variable: UInt64(field) << 3 | wire.rawValue)
  }

  /// Seven bits a byte, the lowest first; the eighth says that more follow.
  private mutating func append(variable number: UInt64) {
    var rest = number
    while rest > 127 {
      bytes.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

private func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
  (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}

/// CRC-32C (Castagnoli), reflected, masked as in TFRecord files.
private func maskedChecksum(of bytes: [UInt8]) -> UInt32 {
  let sum = ~bytes.reduce(~0) { sum, byte in
    checksumsOfBytes[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8
  }
  return (sum >> 15 | sum << 17) &+ 0xa282_ead8
}

private let checksumsOfBytes: [UInt32] = (0..<256).map { byte in
  (0..<8).reduce(byte) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0x82f6_3b78 : 0) }
}

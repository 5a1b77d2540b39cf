// Arrays of files that others wrote, read from front to back: NumPy's .npz (a zip archive of .npy files, stored or
// deflated, of any size) and safetensors. Refuses pickled objects, other byte orders and columns first.

public import Foundation

/// A file of named arrays.
public struct ArrayFile {
  /// Where it is.
  public let url: URL
  private var entries: [String: Entry] = [:]
  /// Arrays of types that are not read.
  private var unread: [String: ElementType] = [:]

  private struct Entry {
    var type: ArrayType
    var shape: [Int]
    /// Where the bytes stand in the file.
    var range: Range<Int>
    var isDeflated = false
    var checksum: UInt32?
    /// The bytes before the first element, of an array in an archive.
    var headerBytes = 0
  }

  /// Opens a file; its ending says which it is: `.npz`, or `.safetensors`.
  public init(reading url: URL) throws(TensorFileError) {
    self.url = url
    if url.pathExtension == "safetensors" {
      for tensor in try TensorFile(reading: url).tensors {
        if let type = ArrayType(tensor.type) {
          entries[tensor.name] = Entry(type: type, shape: tensor.shape, range: tensor.range)
        } else {
          unread[tensor.name] = tensor.type
        }
      }
      return
    }
    for member in try ZipDirectory(reading: url).members where member.name.hasSuffix(".npy") {
      let stream = try ByteStream(url, range: member.range, isDeflated: member.isDeflated)
      let header = try NumPyHeader(of: member, stream, path: url.relativePath)
      entries[String(member.name.dropLast(".npy".count))] = Entry(
        type: header.type, shape: header.shape, range: member.range,
        isDeflated: member.isDeflated, checksum: member.checksum, headerBytes: header.byteCount)
    }
  }

  /// The names of the arrays, in alphabetical order.
  public var names: [String] { (Array(entries.keys) + unread.keys).sorted() }

  /// An array, to be read from its beginning; nil if there is none of the name.
  public func array(_ name: String) throws(TensorFileError) -> ArrayReader? {
    if let type = unread[name] {
      throw .notAnArrayFile(
        path: url.relativePath,
        reason: "'\(name)' has the type \(type.rawValue), which is not read; save it as F32")
    }
    guard let entry = entries[name] else { return nil }
    let stream = try ByteStream(
      url, range: entry.range, isDeflated: entry.isDeflated, checksum: entry.checksum)
    let rows = entry.shape.first ?? 1
    let width = entry.shape.dropFirst().reduce(1, *)
    if entry.headerBytes > 0 {
      _ = try stream.read(entry.headerBytes, isLast: rows * width == 0)
    }
    return ArrayReader(
      name, entry.type, rows: rows, rowShape: Array(entry.shape.dropFirst()), stream)
  }
}

/// The type of an array's elements.
public enum ArrayType: String, Sendable {
  case bool, uint8, int8, uint16, int16, uint32, int32, uint64, int64, float16, float32, float64

  /// Nil for a type that NumPy has not.
  init?(_ type: ElementType) {
    switch type {
    case .bool: self = .bool
    case .uint8: self = .uint8
    case .int8: self = .int8
    case .uint16: self = .uint16
    case .int16: self = .int16
    case .uint32: self = .uint32
    case .int32: self = .int32
    case .uint64: self = .uint64
    case .int64: self = .int64
    case .float16: self = .float16
    case .float32: self = .float32
    case .float64: self = .float64
    case .float4, .float6E2M3, .float6E3M2, .float8E5M2, .float8E4M3, .float8E8M0,
      .float8E4M3FNUZ, .float8E5M2FNUZ, .bfloat16, .complex64:
      return nil
    }
  }

  /// Whether the elements are floats.
  public var isFloat: Bool { [.float16, .float32, .float64].contains(self) }

  var byteCount: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .uint16, .int16, .float16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }

  /// The elements of little-endian bytes. Whole numbers beyond 2⁵³ are rounded.
  func numbers(_ bytes: [UInt8]) -> [Double] {
    func bits(_ index: Int) -> UInt64 {
      var bits: UInt64 = 0
      for byte in (0..<byteCount).reversed() {
        bits = bits << 8 | UInt64(bytes[index * byteCount + byte])
      }
      return bits
    }
    let count = bytes.count / byteCount
    switch self {
    case .bool: return bytes.map { $0 == 0 ? 0 : 1 }
    case .uint8: return bytes.map(Double.init)
    case .int8: return bytes.map { Double(Int8(bitPattern: $0)) }
    case .uint16, .uint32, .uint64: return (0..<count).map { Double(bits($0)) }
    case .int16: return (0..<count).map { Double(Int16(truncatingIfNeeded: bits($0))) }
    case .int32: return (0..<count).map { Double(Int32(truncatingIfNeeded: bits($0))) }
    case .int64: return (0..<count).map { Double(Int64(bitPattern: bits($0))) }
    case .float16: return (0..<count).map { Self.half(UInt16(bits($0))) }
    case .float32:
      return (0..<count).map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits($0)))) }
    case .float64: return (0..<count).map { Double(bitPattern: bits($0)) }
    }
  }

  /// A number of half precision: Swift's own type for it is not on every machine.
  private static func half(_ bits: UInt16) -> Double {
    let sign = bits >> 15 == 0 ? 1.0 : -1.0
    let exponent = Int(bits >> 10 & 31)
    let fraction = Double(bits & 1023) / 1024
    switch exponent {
    case 0: return sign * fraction * 0x1p-14
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * (1 + fraction) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }
}

/// An array of a file, read from its first row to its last.
public final class ArrayReader {
  /// The name in the file.
  public let name: String
  /// The type of the elements.
  public let type: ArrayType
  /// The length of the first dimension; 1 of a single number.
  public let rows: Int
  /// The lengths of the others.
  public let rowShape: [Int]
  private let stream: ByteStream
  private var rowsRead = 0

  init(_ name: String, _ type: ArrayType, rows: Int, rowShape: [Int], _ stream: ByteStream) {
    self.name = name
    self.type = type
    self.rows = rows
    self.rowShape = rowShape
    self.stream = stream
  }

  /// The elements of a row.
  public var width: Int { rowShape.reduce(1, *) }

  /// The elements of the next rows, one row after the other; fewer at the end.
  public func read(rows count: Int) throws(TensorFileError) -> [Double] {
    let taken = min(count, rows - rowsRead)
    guard taken > 0, width > 0 else { return [] }
    rowsRead += taken
    return type.numbers(
      try stream.read(taken * width * type.byteCount, isLast: rowsRead == rows))
  }
}

// Reads golden files: safetensors, by itself, so that the tests do not trust our own reader. Only the
// types that golden files hold; nothing is mapped. A file that is not as expected stops the test.

internal import Foundation

/// A safetensors file read into doubles.
public struct GoldenFile: Sendable {
  /// The settings that made the file.
  public let metadata: [String: String]
  private let entries: [String: Entry]
  private let data: Data
  private let start: Int

  /// What was wrong with a file.
  public struct Malformed: Error, CustomStringConvertible {
    /// A sentence.
    public let description: String
  }

  /// The folder `data/golden` of the repository.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../data/golden").standardizedFileURL

  /// Reads `data/golden/<name>.safetensors`.
  public init(named name: String) throws {
    data = try Data(contentsOf: Self.folder.appending(path: "\(name).safetensors"))
    start = 8 + Int(Self.word(data, at: 0, bytes: 8))
    entries = try JSONDecoder().decode([String: Entry].self, from: data[8..<start])
    metadata = entries["__metadata__"]?.text ?? [:]
  }

  /// A tensor as rows of its last dimension.
  public func tensor(_ name: String) throws -> ReferenceMatrix {
    guard let entry = entries[name] else { throw Malformed(description: "no tensor \(name)") }
    let values = try entry.values(in: data, from: start)
    let columns = entry.shape.last ?? 1
    let rows = columns == 0 ? 0 : values.count / columns
    return ReferenceMatrix(rows: rows, columns: columns, values: values)
  }

  /// A setting.
  public func setting(_ name: String) throws -> String {
    guard let text = metadata[name] else { throw Malformed(description: "no setting \(name)") }
    return text
  }

  /// A setting that is a number.
  public func number(_ name: String) throws -> Double {
    let text = try setting(name)
    guard let number = Double(text) else {
      throw Malformed(description: "setting \(name) is \(text), not a number")
    }
    return number
  }

  /// A setting that is an integer.
  public func integer(_ name: String) throws -> Int { Int(try number(name)) }

  static func word(_ data: Data, at offset: Int, bytes: Int) -> UInt64 {
    var word: UInt64 = 0
    for byte in 0..<bytes { word |= UInt64(data[offset + byte]) << UInt64(8 * byte) }
    return word
  }
}

/// One entry of a header: a tensor, or the metadata.
private struct Entry: Decodable {
  var dtype = ""
  var shape: [Int] = []
  var offsets: [Int] = []
  var text: [String: String] = [:]

  enum Key: String, CodingKey { case dtype, shape, offsets = "data_offsets" }

  init(from decoder: any Decoder) throws {
    let tensor = try decoder.container(keyedBy: Key.self)
    guard tensor.contains(.offsets) else {
      text = try decoder.singleValueContainer().decode([String: String].self)
      return
    }
    dtype = try tensor.decode(String.self, forKey: .dtype)
    shape = try tensor.decode([Int].self, forKey: .shape)
    offsets = try tensor.decode([Int].self, forKey: .offsets)
  }

  func values(in data: Data, from start: Int) throws -> [Double] {
    let convert: (UInt64) -> Double
    let bytes: Int
    switch dtype {
    case "F64": (bytes, convert) = (8, { Double(bitPattern: $0) })
    case "F32": (bytes, convert) = (4, { Double(Float(bitPattern: UInt32($0))) })
    case "I32": (bytes, convert) = (4, { Double(Int32(bitPattern: UInt32($0))) })
    case "U8": (bytes, convert) = (1, { Double($0) })
    default: throw GoldenFile.Malformed(description: "type \(dtype) is not among those read")
    }
    guard offsets.count == 2, offsets[1] - offsets[0] == bytes * shape.reduce(1, *) else {
      throw GoldenFile.Malformed(description: "offsets \(offsets) do not suit shape \(shape)")
    }
    return stride(from: start + offsets[0], to: start + offsets[1], by: bytes).map {
      convert(GoldenFile.word(data, at: $0, bytes: bytes))
    }
  }
}

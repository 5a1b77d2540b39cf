// Writing of safetensors files: eight bytes of header length, a JSON header, then the tensors one
// behind the other. The same tensors and metadata always give the same bytes.

public import Foundation

/// A tensor to be written.
public struct NewTensor: Sendable {
  /// The name in the file.
  public let name: String
  /// The type of its elements.
  public let type: ElementType
  /// The lengths of its dimensions; none for a single number.
  public let shape: [Int]
  let bytes: [UInt8]

  /// A tensor of some elements, the last dimension running fastest.
  /// - Precondition: There are as many elements as the shape has room for.
  public init<Element: TensorElement>(_ name: String, shape: [Int], _ elements: [Element]) {
    precondition(
      shape.reduce(1, *) == elements.count,
      "\(elements.count) elements for '\(name)' of shape \(shape)")
    self.name = name
    self.type = Element.elementType
    self.shape = shape
    bytes = unsafe elements.withUnsafeBytes { unsafe Array($0) }
  }

  /// A tensor whose elements are bytes already, as the file holds them: little-endian, the last dimension running
  /// fastest. Nothing is copied.
  /// - Precondition: There are as many bytes as the shape has room for.
  package init(_ name: String, _ type: ElementType, shape: [Int], bytes: [UInt8]) {
    let size = shape.reduce(type.byteCount, *)
    precondition(
      size == bytes.count, "\(bytes.count) bytes for '\(name)' of shape \(shape), not \(size)")
    self.name = name
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// A tensor of one dimension.
  public init<Element: TensorElement>(_ name: String, _ elements: [Element]) {
    self.init(name, shape: [elements.count], elements)
  }
}

extension TensorFile {
  /// Writes a safetensors file: afterwards it is whole, or as it was.
  ///
  /// Tensors stand in the file by element size, widest first, so that each is aligned; otherwise
  /// in the order given. The data start at a multiple of 64 bytes. The metadata tell a checksum of the file, under
  /// `checksumKey`.
  /// - Parameters:
  ///   - tensors: With different names.
  ///   - metadata: Written with sorted keys.
  ///   - checksummed: Whether the metadata tell a checksum, as files of early versions do not.
  ///   - replacing: Whether a file of that name may be overwritten.
  public static func write(
    _ tensors: [NewTensor], metadata: [String: String] = [:], checksummed: Bool = true, to url: URL,
    replacing: Bool = false
  ) throws(TensorFileError) {
    let ordered = ElementType.descendingSizes.flatMap { size in
      tensors.filter { $0.type.byteCount == size }
    }
    var metadata = metadata
    if checksummed {
      metadata[checksumKey] = blankChecksum
      metadata[checksumNameKey] = checksumKey
    }
    var header = header(of: ordered, metadata: metadata)
    if checksummed {
      let checksum = Checksum.sha256(of: [header] + ordered.map(\.bytes))
      guard let place = place(of: blankChecksum, in: header) else {
        preconditionFailure("the header has no place for its checksum")
      }
      header.replaceSubrange(place, with: checksum.utf8)
    }
    let file = try TemporaryFile(for: url, replacing: replacing)
    try file.append(header)
    for tensor in ordered { try file.append(tensor.bytes) }
    try file.finish()
  }

  private static func header(of tensors: [NewTensor], metadata: [String: String]) -> [UInt8] {
    precondition(
      Set(tensors.map(\.name)).count == tensors.count,
      "two tensors have one name among \(tensors.map(\.name))")
    let pairs = metadata.sorted { $0.key < $1.key }
      .map { "\(quoted($0.key)):\(quoted($0.value))" }
    var entries = pairs.isEmpty ? [] : ["\"__metadata__\":{\(pairs.joined(separator: ","))}"]
    var offset = 0
    for tensor in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let end = offset + tensor.bytes.count
      entries.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var json = Array("{\(entries.joined(separator: ","))}".utf8)
    let length = (lengthBytes + json.count + 63) / 64 * 64 - lengthBytes
    json += [UInt8](repeating: UInt8(ascii: " "), count: length - json.count)
    return (0..<lengthBytes).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + json
  }

  /// A JSON string.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension ElementType {
  fileprivate static let descendingSizes = [8, 4, 2, 1]
}

// Reading of safetensors files through mapped memory. Refuses a file whose header and length do not
// agree to the byte, or whose tensors overlap or leave gaps, before any tensor is looked at.

public import Foundation

/// A safetensors file, open to read. Its tensors keep it mapped.
public struct TensorFile: Sendable {
  /// What the header says of a tensor.
  public struct Description: Sendable, Equatable {
    /// The name in the file.
    public let name: String
    /// The type of its elements.
    public let type: ElementType
    /// The lengths of its dimensions.
    public let shape: [Int]
    let range: Range<Int>
  }

  /// Where the file is.
  public let url: URL
  /// The strings of `__metadata__`.
  public let metadata: [String: String]
  /// The tensors, in the order of their data.
  public let tensors: [Description]
  private let file: MappedFile

  /// The bytes of the header's length.
  static let lengthBytes = 8
  /// The longest header that is believed.
  private static let greatestHeader = 100_000_000

  /// The size of the file.
  public var byteCount: Int { file.count }

  /// Opens a file and checks its header against its length.
  public init(reading url: URL) throws(TensorFileError) {
    let file = try MappedFile(url)
    let path = url.relativePath
    guard file.count >= Self.lengthBytes else {
      throw .notSafetensors(path: path, reason: "it has only \(file.count) bytes")
    }
    let length = file.copy(0..<Self.lengthBytes).reversed()
      .reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= Self.greatestHeader else {
      throw .notSafetensors(path: path, reason: "it begins with no header length")
    }
    let start = Self.lengthBytes + Int(length)
    guard start <= file.count else {
      throw .cutShort(path: path, promised: start, found: file.count)
    }
    let header = try TensorFileHeader(
      json: file.copy(Self.lengthBytes..<start), dataStart: start, path: path)
    guard header.end <= file.count else {
      throw .cutShort(path: path, promised: header.end, found: file.count)
    }
    guard header.end == file.count else {
      throw .notSafetensors(
        path: path, reason: "\(grouped(file.count - header.end)) bytes follow its last tensor")
    }
    self.url = url
    self.file = file
    metadata = header.metadata
    tensors = header.tensors
  }

  /// What the header says of a tensor.
  public func description(of name: String) throws(TensorFileError) -> Description {
    guard let tensor = tensors.first(where: { $0.name == name }) else {
      throw .missingTensor(
        path: url.relativePath, tensor: name, present: tensors.map(\.name).sorted())
    }
    return tensor
  }

  /// The elements of a tensor.
  /// - Parameter shape: The shape it must have; `nil` for any.
  public func tensor<Element: TensorElement>(
    _ name: String, of type: Element.Type, shape: [Int]? = nil
  ) throws(TensorFileError) -> TensorView<Element> {
    let tensor = try description(of: name)
    guard tensor.type == Element.elementType else {
      throw .wrongType(
        path: url.relativePath, tensor: name, expected: Element.elementType, found: tensor.type)
    }
    if let shape, shape != tensor.shape {
      throw .wrongShape(path: url.relativePath, tensor: name, expected: shape, found: tensor.shape)
    }
    return TensorView(file, range: tensor.range, shape: tensor.shape)
  }

  /// A copy of all floats of a tensor.
  public func floats(_ name: String, shape: [Int]? = nil) throws(TensorFileError) -> [Float] {
    try tensor(name, of: Float.self, shape: shape).elements()
  }
}

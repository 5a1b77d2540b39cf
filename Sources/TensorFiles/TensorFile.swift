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
  private let dataStart: Int
  /// The places of tensors by their names: files of many layers have thousands.
  private let places: [String: Int]

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
    dataStart = start
    metadata = header.metadata
    tensors = header.tensors
    places = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
  }

  /// The key of the metadata that tells the SHA-256 of the file, in hexadecimal digits: that of all its bytes, with
  /// zeros for these digits.
  public static let checksumKey = "sha256"
  /// The key of the metadata that tells that there is a checksum, so that none is lost with one letter of its own key.
  public static let checksumNameKey = "checksum"
  /// What stands in the place of the digits while they are worked out.
  static let blankChecksum = String(repeating: "0", count: 64)

  /// Compares all bytes with the checksum in the metadata. Files of other programs, and of earlier versions, have none.
  /// - Throws: `TensorFileError.damaged`.
  public func verifyChecksum() throws(TensorFileError) {
    guard metadata[Self.checksumKey] != nil || metadata[Self.checksumNameKey] != nil else { return }
    let said = metadata[Self.checksumKey] ?? "(none)"
    let header = file.copy(0..<dataStart)
    guard said.utf8.count == Self.blankChecksum.utf8.count,
      let place = Self.place(of: said, in: header)
    else { throw .damaged(path: url.relativePath, expected: said, found: "no place for it") }
    let sum = Checksum.Sum()
    unsafe sum.add(UnsafeRawBufferPointer(rebasing: file.bytes[..<place.lowerBound]))
    unsafe Array(Self.blankChecksum.utf8).withUnsafeBytes { unsafe sum.add($0) }
    unsafe sum.add(UnsafeRawBufferPointer(rebasing: file.bytes[place.upperBound...]))
    let found = sum.digits()
    guard found == said else {
      throw .damaged(path: url.relativePath, expected: said, found: found)
    }
  }

  /// Where a text first stands in a header.
  static func place(of text: String, in header: [UInt8]) -> Range<Int>? {
    header.firstRange(of: Array(text.utf8))
  }

  /// Whether there is a tensor of a name.
  public func has(_ name: String) -> Bool { places[name] != nil }

  /// What the header says of a tensor.
  public func description(of name: String) throws(TensorFileError) -> Description {
    guard let place = places[name] else {
      throw .missingTensor(
        path: url.relativePath, tensor: name, present: tensors.map(\.name).sorted())
    }
    return tensors[place]
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

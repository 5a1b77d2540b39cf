// The header of a safetensors file, checked: known types, ranges that fit the shapes, tensors one behind the other from
// the first byte of the data.

struct TensorFileHeader {
  let metadata: [String: String]
  let tensors: [TensorFile.Description]
  /// The length the file must have.
  let end: Int

  init(json: [UInt8], dataStart: Int, path: String) throws(TensorFileError) {
    let text = try HeaderText(json: json, start: dataStart - json.count, path: path)
    var position = dataStart
    var tensors: [TensorFile.Description] = []
    for tensor in text.tensors.sorted(by: Self.standsBefore) {
      let (name, offsets) = (tensor.name, tensor.dataOffsets)
      guard let type = ElementType(rawValue: tensor.type) else {
        throw .notSafetensors(
          path: path,
          reason: "'\(name)' has the unknown type \(tensor.type.prefix(80)), expected one of "
            + ElementType.allCases.map(\.rawValue).joined(separator: ", "))
      }
      guard let size = Self.byteCount(of: tensor.shape, type), offsets.count == 2,
        offsets[0] <= Int.max - dataStart - size, offsets[1] == offsets[0] + size
      else {
        throw .notSafetensors(
          path: path,
          reason: "the bytes \(offsets) of '\(name)' do not hold the shape \(tensor.shape)")
      }
      let start = dataStart + offsets[0]
      guard start == position else {
        throw .notSafetensors(
          path: path,
          reason: start < position
            ? "'\(name)' overlaps the tensor before it" : "there is a gap before '\(name)'")
      }
      position = start + size
      tensors.append(
        TensorFile.Description(
          name: name, type: type, shape: tensor.shape, range: start..<position))
    }
    metadata = text.metadata
    self.tensors = tensors
    end = position
  }

  private static func standsBefore(_ a: HeaderText.Tensor, _ b: HeaderText.Tensor) -> Bool {
    a.dataOffsets.lexicographicallyPrecedes(b.dataOffsets)
      || (a.dataOffsets == b.dataOffsets && a.name < b.name)
  }

  /// Nil if a tensor cannot have the shape, or ends within a byte.
  private static func byteCount(of shape: [Int], _ type: ElementType) -> Int? {
    guard let bits = arraySize(of: shape, each: type.bitCount), bits % 8 == 0 else { return nil }
    return bits / 8
  }
}

/// The size of an array whose elements have a certain size; nil if it cannot be counted. Where one dimension is empty, the
/// lengths of the others must still have a product, since readers multiply them.
func arraySize(of shape: [Int], each: Int) -> Int? {
  var count = each
  for length in shape where length != 0 {
    let (product, overflow) = count.multipliedReportingOverflow(by: length)
    guard length > 0, !overflow else { return nil }
    count = product
  }
  return shape.contains(0) ? 0 : count
}

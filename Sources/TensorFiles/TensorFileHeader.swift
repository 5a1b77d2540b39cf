// The JSON header of a safetensors file, checked: known types, ranges that fit the shapes, tensors
// one behind the other from the first byte of the data.

internal import Foundation

struct TensorFileHeader {
  let metadata: [String: String]
  let tensors: [TensorFile.Description]
  /// The length the file must have.
  let end: Int

  init(json: [UInt8], dataStart: Int, path: String) throws(TensorFileError) {
    let entries: Entries
    do {
      entries = try JSONDecoder().decode(Entries.self, from: Data(json))
    } catch {
      throw .notSafetensors(path: path, reason: "its header is not the JSON of one")
    }
    var position = dataStart
    var tensors: [TensorFile.Description] = []
    for (name, entry) in entries.tensors.sorted(by: Self.standsBefore) {
      guard let type = ElementType(rawValue: entry.dtype) else {
        throw .notSafetensors(path: path, reason: "'\(name)' has the unknown type \(entry.dtype)")
      }
      guard let size = Self.byteCount(of: entry.shape, type),
        entry.dataOffsets.count == 2, entry.dataOffsets[0] >= 0,
        entry.dataOffsets[0] <= Int.max - dataStart - size,
        entry.dataOffsets[1] == entry.dataOffsets[0] + size
      else {
        throw .notSafetensors(
          path: path,
          reason: "the bytes \(entry.dataOffsets) of '\(name)' do not hold the shape \(entry.shape)"
        )
      }
      let start = dataStart + entry.dataOffsets[0]
      guard start == position else {
        throw .notSafetensors(
          path: path,
          reason: start < position
            ? "'\(name)' overlaps the tensor before it" : "there is a gap before '\(name)'")
      }
      position = start + size
      tensors.append(
        TensorFile.Description(name: name, type: type, shape: entry.shape, range: start..<position))
    }
    metadata = entries.metadata
    self.tensors = tensors
    end = position
  }

  private static func standsBefore(_ a: (String, Entry), _ b: (String, Entry)) -> Bool {
    a.1.dataOffsets.lexicographicallyPrecedes(b.1.dataOffsets)
      || (a.1.dataOffsets == b.1.dataOffsets && a.0 < b.0)
  }

  private static func byteCount(of shape: [Int], _ type: ElementType) -> Int? {
    var count = type.byteCount
    for length in shape {
      guard length >= 0 else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard !overflow else { return nil }
      count = product
    }
    return count
  }
}

private struct Entry: Decodable {
  let dtype: String
  let shape: [Int]
  let dataOffsets: [Int]

  enum CodingKeys: String, CodingKey {
    case dtype, shape
    case dataOffsets = "data_offsets"
  }
}

private struct Entries: Decodable {
  var metadata: [String: String] = [:]
  var tensors: [String: Entry] = [:]

  struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    for name in container.allKeys {
      if name.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: name)
      } else {
        tensors[name.stringValue] = try container.decode(Entry.self, forKey: name)
      }
    }
  }
}
